import { readFile, writeFile } from 'node:fs/promises'
import {
  type AuditReport,
  type AuditResult,
  type Baseline,
  baselineOf,
  countCalls,
  type Problem,
  printable,
  type ReportedUse,
  type Source,
  toHtml,
  toJson,
  toMarkdown,
  toSarif,
  toSummary,
  toTable,
  type Unread,
  withFingerprints,
} from '../../audit/index.ts'
import { VERSION } from '../../client/version.ts'
import { currentDay } from '../../core/call-plan.ts'
import { resolveModel } from '../../translate/index.ts'
import { choice, flag, number, text } from '../arguments.ts'
import { type AuditJob, auditJob, filesRead } from '../audit-files.ts'
import { isCall, type MigrationPlan, type PlanTask, planOfTasks, planTasks } from '../audit-plan.ts'
import { AuditThreads, threadsFor } from '../audit-threads.ts'
import { type Command, defineCommand, type ValuesOf } from '../command.ts'
import { type CliContext, UsageError } from '../context.ts'
import {
  type FileOptions,
  listFiles,
  MAX_FILE_SIZE,
  nameOf,
  REPORT_FAILURE,
  readSourceFile,
  reasonOf,
  SOURCE_FILE_OPTIONS,
} from '../source-files.ts'
import { painter, startProgress } from '../terminal.ts'

const FORMATS: Readonly<
  Record<'table' | 'json' | 'markdown' | 'sarif' | 'html', (report: AuditReport) => string>
> = {
  table: toTable,
  json: toJson,
  markdown: toMarkdown,
  sarif: report => `${JSON.stringify(toSarif(report, VERSION, currentDay()), undefined, 2)}\n`,
  html: toHtml,
}

/** Severities that make the exit code 1, by the value of `--fail-on`. */
const FAILING: Readonly<Record<'error' | 'warning' | 'info' | 'never', readonly string[]>> = {
  error: ['error'],
  warning: ['error', 'warning'],
  info: ['error', 'warning', 'info'],
  never: [],
}

const OPTIONS = {
  'Files to read': {
    ...SOURCE_FILE_OPTIONS,
    'messages-models': flag('Report retired models of the Messages API, too'),
  },
  Report: {
    target: text('MODEL', 'Report what will happen to each call there: prefill, sampling, limits'),
    format: choice('FORMAT', ['table', 'json', 'markdown', 'sarif', 'html'], 'Format of the report', {
      short: 'f',
      default: 'table',
    }),
    threads: number(
      'N',
      'How many threads read files (default: one for 400 files, as many as cores, up to 4)',
      {
        least: 1,
      },
    ),
    'no-plan': flag('Do not run migrate in memory: faster, but calls have no state'),
    summary: flag('Write a summary in Markdown of at most 60 lines, for a pull request'),
    output: text('FILE', 'Write the report to a file', { short: 'o' }),
    baseline: text('FILE', 'Report only uses that this file does not have'),
    'write-baseline': text('FILE', 'Write all uses to this file and report none'),
    'fail-on': choice(
      'SEVERITY',
      ['error', 'warning', 'info', 'never'],
      'Lowest severity that ends with exit code 1',
      {
        default: 'warning',
      },
    ),
  },
} as const

/**
 * `legacy-completions audit`: reports findings in the files below the paths. Exit code 1 if a finding fails the audit.
 */
export const audit: Command = defineCommand({
  usage: '<path...> [options]',
  examples: `
# List the uses in a terminal.
legacy-completions audit .

# Write a page to share: charts, a table to filter, each prompt with its messages.
legacy-completions audit . --format html --output audit.html

# Report what will happen to each call on the model that it moves to.
legacy-completions audit src --target claude-opus-4-8

# In CI: accept the uses of today, fail on new ones, show them at their lines.
legacy-completions audit . --write-baseline audit-baseline.json
legacy-completions audit . --baseline audit-baseline.json --format sarif --output audit.sarif`,
  options: OPTIONS,
  takesArguments: true,
  notes: `A comment with a reason suppresses a finding in its own line or, alone on a line, in the next:
  // legacy-completions-ignore: replays recorded traffic
  // legacy-completions-ignore retired-model: the name of a fixture
  // legacy-completions-ignore-file: generated

Exit code: 0 when nothing was found, 1 when something was found, 2 when the audit failed, as a whole or for a file. Nothing
is sent anywhere, and keys are masked.`,
  run: runAudit,
})

async function runAudit(
  given: ValuesOf<typeof OPTIONS>,
  context: CliContext,
  paths: readonly string[],
): Promise<number> {
  const { out, err } = context
  const format = given.summary ? toSummary : FORMATS[given.format ?? 'table']
  const failing = FAILING[given['fail-on'] ?? 'warning']
  const target = readTarget(given.target)
  if (paths.length === 0) throw new UsageError('audit needs a path: legacy-completions audit .')
  const baseline = given.baseline === undefined ? undefined : await readBaseline(given.baseline)
  const options: FileOptions = {
    exclude: given.exclude,
    gitignore: !given['no-gitignore'],
    except: [given.baseline, given['write-baseline'], given.output],
    maxBytes: given['max-file-size'] ?? MAX_FILE_SIZE,
  }

  const { files, problems } = await listFiles(paths, options)
  const threads = given.threads ?? threadsFor(files.length)
  const auditOptions = { target, messagesModels: given['messages-models'], today: currentDay() }
  const job = auditJob(files, options, auditOptions, threads)
  const {
    found,
    plan,
    unread,
    problems: others,
  } = await searchAndPlan(job, threads, given['no-plan'], context)
  problems.push(...others)
  const uses = withFingerprints(found.uses).map((use, index): ReportedUse => {
    const planned = found.uses[index]
    if (planned === undefined || plan === undefined) return use
    return {
      ...use,
      isMigratable: plan.isRewritten(planned),
      ...(isCall(use) && { plan: plan.planOf(planned) }),
    }
  })
  const isKnown = new Set(baseline?.uses.map(({ fingerprint }) => fingerprint))
  const fresh = uses.filter(({ fingerprint }) => !isKnown.has(fingerprint))
  const report: AuditReport = {
    version: 1,
    ...(target !== undefined && { target }),
    files: files.length,
    programs: programsOf(uses, found.manifests),
    calls: countCalls(fresh),
    uses: fresh,
    ignored: found.ignored.length,
    known: uses.length - fresh.length,
    ...(baseline && { progress: progressOf(baseline, uses) }),
    unread,
    problems,
  }

  for (const { file, message } of problems) err(`${printable(file)}: ${printable(message)}.\n`)
  const hasFailed = problems.some(({ isFailure }) => isFailure)
  if (hasFailed) err(REPORT_FAILURE)
  if (given['write-baseline'] !== undefined) {
    await write(given['write-baseline'], `${JSON.stringify(baselineOf(uses), undefined, 2)}\n`)
    err(
      `${given['write-baseline']} holds ${uses.length} uses: audit --baseline ${given['write-baseline']} reports others only.\n`,
    )
    return hasFailed ? 2 : 0
  }
  if (given.output === undefined)
    out(format === toTable ? toTable(report, painter(context.isStdoutColored)) : format(report))
  else await write(given.output, format(report))
  if (hasFailed) return 2
  return fresh.some(({ severity }) => failing.includes(severity)) ? 1 : 0
}

/** Audits the files of a job and runs `migrate` on them in memory, with a progress bar for each. */
async function searchAndPlan(
  job: AuditJob,
  threadCount: number,
  isWithoutPlan: boolean,
  context: CliContext,
): Promise<{ found: AuditResult; plan?: MigrationPlan; unread: Unread; problems: Problem[] }> {
  const threads = new AuditThreads(job, threadCount)
  try {
    let current = ''
    const progress = startProgress(context, {
      get name() {
        return printable(nameOf(current))
      },
      total: job.files.length,
      done: () => filesRead(job),
      format: countFiles,
    })
    const onFile = (file: string): void => {
      current = file
      progress.update()
    }
    const { audit: search, problems, unread } = await threads.search(onFile).finally(() => progress.stop())
    const paths = new Map(job.files.map(path => [nameOf(path), path]))
    const pathOf = (file: string): string => paths.get(file) ?? file
    const read = (file: string): Source | undefined => readSourceFile(pathOf(file), job.fileOptions, [])
    const found = await search.finish(file => read(file)?.text)
    problems.push(...found.problems)
    if (isWithoutPlan) return { found, unread, problems }
    // The plan knows nothing of the uses that only this option reports.
    const isKnown = job.options.messagesModels !== true
    const tasks = planTasks(found, file => (isKnown ? search.auditedFile(file) : undefined))
    const plan = await planWithProgress(threads, found, tasks, read, pathOf, context)
    return { found, plan, unread, problems: [...problems, ...plan.problems] }
  } finally {
    await threads.end()
  }
}

/** Runs `migrate` in memory, with a progress bar that counts the files of the plan. */
async function planWithProgress(
  threads: AuditThreads,
  found: AuditResult,
  tasks: readonly PlanTask[],
  read: (file: string) => Source | undefined,
  pathOf: (file: string) => string,
  context: CliContext,
): Promise<MigrationPlan> {
  let [current, done] = ['', 0]
  const progress = startProgress(context, {
    get name() {
      return printable(current)
    },
    total: tasks.reduce((total, { files }) => total + files.length, 0),
    done: () => done,
    format: countFiles,
  })
  const onFile = (file: string): void => {
    current = file
    done++
    progress.update()
  }
  const { planned, problems } = await threads.plan(tasks, read, pathOf, onFile).finally(() => progress.stop())
  return planOfTasks(found.uses, planned, problems)
}

const countFiles = (amount: number): string =>
  `${Math.round(amount)} ${Math.round(amount) === 1 ? 'file' : 'files'}`

function readTarget(target: string | undefined): string | undefined {
  if (target === undefined) return undefined
  const { isKnown, retired } = resolveModel(target, { today: currentDay() })
  if (retired)
    throw new UsageError(
      `--target ${target} was retired on ${retired.retired}; ${retired.replacement} is its replacement.`,
    )
  if (!isKnown)
    throw new UsageError(
      `--target ${target} is not in the model table, so nothing can be said of it. docs/models.md lists them.`,
    )
  return target
}

async function readBaseline(file: string): Promise<Baseline> {
  const json = await readFile(file, 'utf8').catch(error => {
    throw new UsageError(
      `Cannot read the baseline ${file}: ${reasonOf(error)}. --write-baseline ${file} makes one.`,
    )
  })
  try {
    const read: unknown = JSON.parse(json)
    if (isBaseline(read)) return read
  } catch {
    // Text that is not valid JSON is not a baseline; the error below reports it.
  }
  throw new UsageError(`${file} is no baseline. --write-baseline ${file} makes one.`)
}

function isBaseline(read: unknown): read is Baseline {
  if (typeof read !== 'object' || read === null || !('uses' in read) || !Array.isArray(read.uses))
    return false
  return read.uses.every(use => typeof use?.fingerprint === 'string')
}

/** Counts the programs that have a finding. Each manifest begins a program. */
function programsOf(uses: readonly ReportedUse[], manifests: readonly string[]): number {
  const roots = new Set(manifests.map(folderOf))
  return new Set(
    [...new Set(uses.map(({ file }) => folderOf(file)))].map(folder => {
      for (let at = folder; at !== ''; at = folderOf(at.slice(0, -1))) if (roots.has(at)) return at
      return ''
    }),
  ).size
}

const folderOf = (file: string): string => file.slice(0, file.lastIndexOf('/') + 1)

/** Counts the calls of the baseline, and those of them that were removed or now use this package. */
function progressOf(baseline: Baseline, uses: readonly ReportedUse[]): { calls: number; done: number } {
  const calls = baseline.uses.filter(({ code }) => code === 'legacy-call' || code === 'legacy-invoke')
  const open = new Set(uses.flatMap(({ fingerprint, isOnShim }) => (isOnShim ? [] : [fingerprint])))
  return { calls: calls.length, done: calls.filter(({ fingerprint }) => !open.has(fingerprint)).length }
}

async function write(file: string, contents: string): Promise<void> {
  await writeFile(file, contents).catch(error => {
    throw new UsageError(`Cannot write ${file}: ${reasonOf(error)}.`)
  })
}
