/** The first generation's `Client`, typed by this package in its place. Nothing here is run. */
import {
  AI_PROMPT,
  Client,
  type CompletionResponse,
  HUMAN_PROMPT,
  type SamplingParameters,
} from 'legacy-completions/v0'
import type * as Old from 'sdk-0.4.4'
import { expectTypeOf } from 'vitest'

const client = new Client('key', { apiUrl: 'https://example.test' })
expectTypeOf(client.complete).toExtend<Old.Client['complete']>()
expectTypeOf(client.completeStream).toExtend<Old.Client['completeStream']>()
expectTypeOf<Old.SamplingParameters>().toExtend<SamplingParameters>()
expectTypeOf<CompletionResponse>().toExtend<Old.CompletionResponse>()

client
  .completeStream(
    {
      prompt: `${HUMAN_PROMPT} How many toes do dogs have?${AI_PROMPT}`,
      stop_sequences: [HUMAN_PROMPT],
      max_tokens_to_sample: 200,
      model: 'claude-v1',
    },
    {
      onOpen: response => console.log(response.status),
      onUpdate: ({ completion }) => console.log(completion),
    },
  )
  .then(({ completion, stop_reason }) => console.log(completion, stop_reason))
