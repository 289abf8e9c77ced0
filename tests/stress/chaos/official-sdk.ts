import type { MessagesClient } from 'legacy-completions/sdk'
import type { Asking, Sdk } from './adapters.ts'

/** What is used of the official SDK, which is installed in this folder where the run at length needs it. */
interface OfficialModule {
  default: (new (
    options: Readonly<Record<string, unknown>>,
  ) => MessagesClient) & {
    AnthropicError: new (...args: never[]) => Error
  }
}

export async function officialSdk(): Promise<Sdk> {
  // Not by a name that the compiler would look for: the suite does without it.
  const name = '@anthropic-ai/sdk'
  const { default: Anthropic }: OfficialModule = await import(name)
  return {
    connect: ({ key, way, maxRetries, timeout }: Asking) =>
      new Anthropic({
        apiKey: key,
        authToken: null,
        baseURL: way.url,
        maxRetries,
        logLevel: 'off',
        ...(way.fetch && { fetch: way.fetch }),
        ...(timeout !== undefined && { timeout }),
      }),
    isOwnError: error => error instanceof Anthropic.AnthropicError,
  }
}
