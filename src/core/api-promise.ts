/** What a call came to: its result and the HTTP answer it was made from. */
export interface Answer<T> {
  data: T
  response: Response
  /** The result as an HTTP answer of the legacy endpoint. */
  toResponse(): Response
}

/** A promise of a result, which can also hand out the HTTP answer. */
export interface APIPromise<T> extends Promise<T> {
  /** The answer as the legacy endpoint would have sent it, its body not yet read. */
  asResponse(): Promise<Response>
  /** The result, and the answer it was made from, whose body has been read. */
  withResponse(): Promise<{ data: T; response: Response; request_id: string | null }>
}

export function toAPIPromise<T>(answer: Promise<Answer<T>>): APIPromise<T> {
  const data = answer.then(({ data }) => data)
  // Who asks for the answer sees a failure there; the unused promise of the result must not report it again.
  const insteadOfData = <R>(other: Promise<R>): Promise<R> => {
    data.catch(() => {})
    return other
  }
  return Object.assign(data, {
    asResponse: () => insteadOfData(answer.then(({ toResponse }) => toResponse())),
    withResponse: () =>
      insteadOfData(
        answer.then(({ data, response }) => ({
          data,
          response,
          request_id: response.headers.get('request-id'),
        })),
      ),
  })
}
