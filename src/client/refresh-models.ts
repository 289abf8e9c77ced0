import { CallAbort } from '../core/abort.ts'
import { bodyText, openBody } from '../core/body.ts'
import { checkRequestOptions, type RequestOptions } from '../core/options.ts'
import { UnreadableReplyError } from '../errors.ts'
import { type ListedModel, type ModelOverrides, rowsFromListing } from '../translate/models.ts'
import { request } from './http.ts'
import type { ClientSettings } from './options.ts'

/** Limits the pages that are read, in case a server always announces one more. */
const MOST_PAGES = 20

/**
 * Reads the limits and retirement dates of all models from the models endpoint. The client uses them from then on. The
 * caller's own `models` take precedence over them.
 *
 * @returns the rows that were read.
 * @throws the errors of a call, and UnreadableReplyError for a response that is not a list of models.
 * @example
 * const client = new Anthropic()
 * await refreshModels(client)
 */
export async function refreshModels(
  client: ClientSettings,
  options: RequestOptions = {},
): Promise<ModelOverrides> {
  checkRequestOptions(options)
  const { listed, isComplete } = await readPages(client, options)
  const rows = rowsFromListing(listed, { isComplete })
  const { models } = client.translation
  const own = (models && ownRows.get(models)) ?? models ?? {}
  const merged = { ...rows }
  for (const [id, row] of Object.entries(own)) merged[id] = { ...rows[id], ...row }
  ownRows.set(merged, own)
  client.translation = { ...client.translation, models: merged }
  return rows
}

/**
 * The caller's own rows, by the table they were merged into. A later refresh replaces only rows of an earlier refresh.
 */
const ownRows = new WeakMap<ModelOverrides, ModelOverrides>()

async function readPages(
  client: ClientSettings,
  options: RequestOptions,
): Promise<{ listed: ListedModel[]; isComplete: boolean }> {
  const abort = new CallAbort()
  if (options.signal) abort.follow(options.signal)
  const listed: ListedModel[] = []
  let after: string | undefined
  try {
    for (let page = 0; page < MOST_PAGES; page++) {
      const { data, last } = await readPage(client, after, options, abort)
      listed.push(...data)
      if (last === undefined) return { listed, isComplete: true }
      after = last
    }
    return { listed, isComplete: false }
  } catch (error) {
    throw abort.error ?? error
  } finally {
    abort.release()
  }
}

interface Page {
  data: readonly ListedModel[]
  /** The `after_id` of the next page; `undefined` on the last page. */
  last: string | undefined
}

async function readPage(
  client: ClientSettings,
  after: string | undefined,
  options: RequestOptions,
  abort: CallAbort,
): Promise<Page> {
  const { signal } = abort
  const response = await request(
    client,
    {
      method: 'GET',
      path: '/v1/models',
      headers: { 'anthropic-version': client.translation.apiVersion ?? '2023-06-01' },
      query: { limit: 1000, after_id: after },
      signal,
    },
    options,
  )
  let text = ''
  const body = openBody(response, signal)
  const readText = async (): Promise<void> => {
    text = await bodyText(body)
  }
  await abort.within(options.timeout ?? client.timeout, readText, body.cancel)
  const page = parse(text)
  if (!isPage(page)) {
    throw new UnreadableReplyError({
      message: 'The answer lists no models. Is baseURL a server that has GET /v1/models?',
    })
  }
  const last = page.has_more === true ? (page.last_id ?? page.data.at(-1)?.id) : undefined
  return { data: page.data, last }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isPage(
  value: unknown,
): value is { data: ListedModel[]; has_more?: boolean; last_id?: string | null } {
  if (typeof value !== 'object' || value === null || !('data' in value)) return false
  return Array.isArray(value.data) && value.data.every(model => typeof Object(model).id === 'string')
}
