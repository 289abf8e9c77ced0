import { checkRequestOptions, type RequestOptions } from '../completions/options.ts'
import { UnreadableReplyError } from '../errors.ts'
import { type ListedModel, type ModelOverrides, rowsFromListing } from '../translate/index.ts'
import type { ClientSettings } from './options.ts'
import { request } from './request.ts'

/** A server that always has one more page must not be asked for ever. */
const MOST_PAGES = 20

/**
 * Reads limits and days of all models from the models endpoint, and has the client use them from now on. What the
 * caller's own `models` say stays above them.
 *
 * @returns the rows that were read.
 * @throws the errors of a call, and UnreadableReplyError for an answer that lists no models.
 * @example
 * const client = new Anthropic()
 * await refreshModels(client)
 */
export async function refreshModels(
  client: ClientSettings,
  options: RequestOptions = {},
): Promise<ModelOverrides> {
  checkRequestOptions(options)
  const listed: ListedModel[] = []
  let after: string | undefined
  for (let page = 0; page < MOST_PAGES; page++) {
    const { data, last } = await readPage(client, after, options)
    listed.push(...data)
    if (last === undefined) break
    after = last
  }
  const rows = rowsFromListing(listed)
  const merged = { ...rows }
  for (const [id, row] of Object.entries(client.translation.models ?? {}))
    merged[id] = { ...rows[id], ...row }
  client.translation = { ...client.translation, models: merged }
  return rows
}

interface Page {
  data: readonly ListedModel[]
  /** The id after which the next page begins. */
  last: string | undefined
}

async function readPage(
  client: ClientSettings,
  after: string | undefined,
  options: RequestOptions,
): Promise<Page> {
  const response = await request(
    client,
    {
      method: 'GET',
      path: '/v1/models',
      headers: { 'anthropic-version': client.translation.apiVersion ?? '2023-06-01' },
      query: { limit: 1000, after_id: after },
      signal: options.signal ?? new AbortController().signal,
    },
    options,
  )
  const page: unknown = await response.json().catch(() => undefined)
  if (!isPage(page)) {
    throw new UnreadableReplyError({
      message: 'The answer lists no models. Is baseURL a server that has GET /v1/models?',
    })
  }
  const last = page.has_more === true ? (page.last_id ?? page.data.at(-1)?.id) : undefined
  return { data: page.data, last }
}

function isPage(
  value: unknown,
): value is { data: ListedModel[]; has_more?: boolean; last_id?: string | null } {
  if (typeof value !== 'object' || value === null || !('data' in value)) return false
  return Array.isArray(value.data) && value.data.every(model => typeof Object(model).id === 'string')
}
