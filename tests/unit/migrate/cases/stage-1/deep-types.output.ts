import type { Completion, CompletionCreateParams } from 'legacy-completions'

export function textOf(reply: Completion): string {
  return reply.completion.trim()
}

export function short(params: CompletionCreateParams): CompletionCreateParams {
  return { ...params, max_tokens_to_sample: 10 }
}
