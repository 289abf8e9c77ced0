/** Worker thread of `audit`. */
import { parentPort, workerData } from 'node:worker_threads'
import { Audit } from '../audit/index.ts'
import { type AuditJob, type AuditShare, auditShare } from './audit-files.ts'

const job: AuditJob = workerData
const audit = new Audit(job.options)
const { problems, unread } = await auditShare(job, audit, () => {})
const share: AuditShare = { part: audit.part(), problems, unread }
parentPort?.postMessage(share)
