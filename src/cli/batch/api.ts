import { CompletionsClient } from '../../client/client.ts'
import { request } from '../../client/request.ts'
import { UnreadableReplyError } from '../../errors.ts'
import type { CliContext } from '../context.ts'

/** The part of a batch that decides what is done next. */
export interface Batch {
  id: string
  processing_status: string
  request_counts?: Readonly<Record<string, number>>
}

/** The three calls that a batch takes. Each throws the errors of a call. */
export interface BatchesApi {
  create(body: Uint8Array<ArrayBuffer>): Promise<Batch>
  show(id: string): Promise<Batch>
  /** One result a line, in any order. */
  results(id: string): Promise<ReadableStream<Uint8Array>>
}

const PATH = '/v1/messages/batches'
/** Under which the requests were written. */
const headers = { 'anthropic-version': '2023-06-01' }

/** The key comes from the environment alone: arguments can be read by everybody on the machine. */
export function batchesApi({ env, signal }: Pick<CliContext, 'env' | 'signal'>): BatchesApi {
  const client = new CompletionsClient({
    apiKey: env.ANTHROPIC_API_KEY ?? null,
    authToken: env.ANTHROPIC_AUTH_TOKEN ?? null,
    baseURL: env.ANTHROPIC_BASE_URL,
  })
  return {
    async create(body) {
      // Not tried again by itself: where no answer came, the batch may be there all the same, and be paid for twice.
      const sent = { method: 'POST', path: PATH, headers, body, signal } as const
      return readBatch(await request(client, sent, { maxRetries: 0 }))
    },
    async show(id) {
      const sent = { method: 'GET', path: `${PATH}/${encodeURIComponent(id)}`, headers, signal } as const
      return readBatch(await request(client, sent, {}))
    },
    async results(id) {
      const path = `${PATH}/${encodeURIComponent(id)}/results`
      const { body } = await request(client, { method: 'GET', path, headers, signal }, {})
      return body ?? new ReadableStream({ start: controller => controller.close() })
    },
  }
}

async function readBatch(response: Response): Promise<Batch> {
  const batch: unknown = await response.json().catch(() => undefined)
  if (isBatch(batch)) return batch
  throw new UnreadableReplyError({
    message: 'The answer is no batch. Is ANTHROPIC_BASE_URL a server that has /v1/messages/batches?',
  })
}

function isBatch(value: unknown): value is Batch {
  const { id, processing_status }: { id?: unknown; processing_status?: unknown } = Object(value)
  return typeof id === 'string' && typeof processing_status === 'string'
}
