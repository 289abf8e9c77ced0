/** A request the server refuses: thrown by whatever finds it, answered in one place. */
export class Problem extends Error {
  readonly status: number
  readonly type: string

  constructor(type: string, message: string, status: number = statusOf(type)) {
    super(message)
    this.type = type
    this.status = status
  }
}

/** The status that belongs to each error type, as documented for both endpoints. */
const STATUS: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  conflict_error: 409,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
}

export function statusOf(type: string): number {
  return STATUS[type] ?? 500
}

/** The usual refusal: 400, invalid_request_error. */
export function invalid(message: string): Problem {
  return new Problem('invalid_request_error', message)
}

/** The `x-should-retry` of a failed response: false on a 400 and 401 (recorded 2025-01), true on a 529 (2024-11). */
export function shouldRetry(status: number): 'true' | 'false' | undefined {
  if (status >= 500) return 'true'
  return status === 408 || status === 409 || status === 429 ? undefined : 'false'
}
