/**
 * `withCompletions` takes the clients of the published SDKs as they are declared, and gives them back with all they
 * have. Nothing here is run.
 */
import AnthropicBedrock from '@anthropic-ai/bedrock-sdk'
import AnthropicFoundry from '@anthropic-ai/foundry-sdk'
import Anthropic, { type BaseAnthropic } from '@anthropic-ai/sdk'
import AnthropicVertex from '@anthropic-ai/vertex-sdk'
import {
  type APIPromise,
  type Completion,
  type CompletionStream,
  type Completions,
  type PrefillOptions,
  type WithCompletions,
  withCompletions,
  withPrefill,
} from 'legacy-completions/sdk'
import { Anthropic as Anthropic39 } from 'sdk-0.39.0'
import { Anthropic as Anthropic60 } from 'sdk-0.60.0'
import { Anthropic as Anthropic137 } from 'sdk-0.137.0'
import { expectTypeOf } from 'vitest'

const params = { model: 'claude-2.1', max_tokens_to_sample: 300, prompt: '\n\nHuman: Hi\n\nAssistant:' }

// A client that has lost its completions.
const client = withCompletions(new Anthropic(), { onDiagnostic: ({ code, fix }) => `${code}: ${fix}` })
expectTypeOf(client.completions).toEqualTypeOf<Completions>()
expectTypeOf(client.completions.create(params)).toEqualTypeOf<APIPromise<Completion>>()
expectTypeOf(client.completions.create({ ...params, stream: true })).toEqualTypeOf<
  APIPromise<CompletionStream>
>()
expectTypeOf(client.completions.stream(params)).toEqualTypeOf<CompletionStream>()
expectTypeOf<Awaited<ReturnType<CompletionStream['finalCompletion']>>>().toEqualTypeOf<Completion>()
// It is still that client, wherever one is asked for, and has all of its own.
expectTypeOf(client).toExtend<Anthropic>()
expectTypeOf(client).toExtend<BaseAnthropic>()
expectTypeOf(client.messages).toEqualTypeOf<Anthropic['messages']>()
expectTypeOf(client.beta).toEqualTypeOf<Anthropic['beta']>()
expectTypeOf(client.apiKey).toEqualTypeOf<Anthropic['apiKey']>()
// So has one made of it.
expectTypeOf(client.withOptions({ maxRetries: 0 }).completions).toEqualTypeOf<Completions>()
expectTypeOf(client.withOptions({}).withOptions({}).completions).toEqualTypeOf<Completions>()
expectTypeOf(client.withOptions({}).messages).toEqualTypeOf<Anthropic['messages']>()
// @ts-expect-error: what the old SDK took, and nothing else
client.completions.create({ model: 'claude-2.1', max_tokens: 300, prompt: '' })

// A client that has completions of its own: they are replaced.
const old = withCompletions(new Anthropic39())
expectTypeOf(old.completions).toEqualTypeOf<Completions>()
expectTypeOf(old.messages).toEqualTypeOf<Anthropic39['messages']>()
const later = withCompletions(new Anthropic60())
expectTypeOf(later.completions).toEqualTypeOf<Completions>()
expectTypeOf(later.withOptions({}).completions).toEqualTypeOf<Completions>()
expectTypeOf(later.messages).toEqualTypeOf<Anthropic60['messages']>()
const last = withCompletions(new Anthropic137())
expectTypeOf(last.completions).toEqualTypeOf<Completions>()
expectTypeOf(last.models).toEqualTypeOf<Anthropic137['models']>()

// The clients of other clouds.
const bedrock = withCompletions(new AnthropicBedrock({ awsRegion: 'eu-west-1' }))
expectTypeOf(bedrock.completions).toEqualTypeOf<Completions>()
expectTypeOf(bedrock.awsRegion).toEqualTypeOf<AnthropicBedrock['awsRegion']>()
const vertex = withCompletions(new AnthropicVertex({ region: 'europe-west1', projectId: 'p' }))
expectTypeOf(vertex.completions).toEqualTypeOf<Completions>()
expectTypeOf(vertex.region).toEqualTypeOf<AnthropicVertex['region']>()
const foundry = withCompletions(new AnthropicFoundry({ apiKey: 'k', resource: 'r' }))
expectTypeOf(foundry.completions).toEqualTypeOf<Completions>()
expectTypeOf(foundry.messages).toEqualTypeOf<AnthropicFoundry['messages']>()

// A function of the program that is given one.
export function complete(given: WithCompletions<Anthropic>): APIPromise<Completion> {
  return given.completions.create(params)
}
complete(client)

// @ts-expect-error: a client that cannot create messages
withCompletions({ completions: {} })

// A client whose messages accept a prefill again: its type does not change.
expectTypeOf(withPrefill(new Anthropic())).toEqualTypeOf<Anthropic>()
expectTypeOf(withPrefill(new Anthropic39())).toEqualTypeOf<Anthropic39>()
expectTypeOf(withPrefill(new AnthropicBedrock({ awsRegion: 'eu-west-1' }))).toEqualTypeOf<AnthropicBedrock>()
expectTypeOf<NonNullable<PrefillOptions['prefill']>>().toEqualTypeOf<'adapt' | 'error' | 'pass'>()
// @ts-expect-error: only the options of a prefill
withPrefill(new Anthropic(), { sampling: 'pass' })
