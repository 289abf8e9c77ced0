import { createEmulator } from '../../src/emulator/server.ts'
import Anthropic from '../../src/index.ts'
import type { Completion, CompletionRequest } from '../../src/wire.ts'
import type { State } from './state.ts'

/** Streams a completion from an emulator in this page. Resolves to the last chunk. */
export async function streamCompletion(
  request: CompletionRequest,
  state: State,
  signal: AbortSignal,
  onText: (text: string) => void,
): Promise<Completion> {
  const emulator = createEmulator()
  const { prompts, retiredModel, prefill, sampling, maxTokens, thinking, stopSequences } = state
  const client = new Anthropic({
    apiKey: 'no key is needed',
    fetch: emulator.fetch,
    maxRetries: 0,
    prompts,
    retiredModel,
    prefill,
    sampling,
    maxTokens,
    thinking,
    stopSequences,
    // The page shows the diagnostics itself.
    onDiagnostic: () => {},
  })
  const stream = await client.completions.create({ ...request, stream: true }, { signal })
  let last: Completion | undefined
  for await (const chunk of stream) {
    onText(chunk.completion)
    last = chunk
  }
  if (last === undefined) throw new Error('The emulator sent no completion.')
  return last
}
