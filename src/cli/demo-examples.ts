import type { Anthropic } from '../client/client.ts'
import { AI_PROMPT, HUMAN_PROMPT } from '../transcript/index.ts'
import type { CompletionRequest, MessagesRequest } from '../wire.ts'

/** One example of the legacy interface, from its documentation. */
export interface Example {
  title: string
  run(client: Anthropic, print: (text: string) => void): Promise<void>
}

const model = 'claude-2.1'

/** Example calls of the legacy documentation, unchanged. */
export const examples: readonly Example[] = [
  {
    title: 'A single question',
    async run(client, print) {
      const { completion } = await client.completions.create({
        model,
        max_tokens_to_sample: 300,
        prompt: `${HUMAN_PROMPT} Why is the sky blue?${AI_PROMPT}`,
      })
      print(completion)
    },
  },
  {
    title: 'A conversation: Alice says her name, and asks for it later',
    async run(client, print) {
      let prompt = `${HUMAN_PROMPT} Hi! My name is Alice.${AI_PROMPT}`
      const first = await client.completions.create({ model, max_tokens_to_sample: 300, prompt })
      print(`${first.completion}\n`)

      prompt += `${first.completion}${HUMAN_PROMPT} What is my name?${AI_PROMPT}`
      const second = await client.completions.create({ model, max_tokens_to_sample: 300, prompt })
      print(second.completion)
    },
  },
  {
    title: 'A story, streamed',
    async run(client, print) {
      const stream = await client.completions.create({
        model,
        max_tokens_to_sample: 300,
        prompt: `${HUMAN_PROMPT} Tell me a short story.${AI_PROMPT}`,
        stream: true,
      })
      for await (const { completion } of stream) print(completion)
    },
  },
  {
    title: 'Three colours, by stop sequences',
    async run(client, print) {
      const { completion, stop_reason, stop } = await client.completions.create({
        model,
        max_tokens_to_sample: 300,
        prompt: `${HUMAN_PROMPT} List colours, numbered.${AI_PROMPT}`,
        stop_sequences: ['\n\n', '4.'],
      })
      print(`${completion.trimEnd()}\n(${stop_reason}: ${JSON.stringify(stop)})`)
    },
  },
  {
    title: 'A sum at temperature 0.0',
    async run(client, print) {
      const { completion } = await client.completions.create({
        model,
        max_tokens_to_sample: 10,
        prompt: `${HUMAN_PROMPT} What is 2+2? Answer with only the number.${AI_PROMPT}`,
        temperature: 0.0,
      })
      print(completion)
    },
  },
  {
    title: 'A creative opening at temperature 1.0',
    async run(client, print) {
      const { completion } = await client.completions.create({
        model,
        max_tokens_to_sample: 100,
        prompt: `${HUMAN_PROMPT} Write the opening sentence of a novel.${AI_PROMPT}`,
        temperature: 1.0,
      })
      print(completion)
    },
  },
  {
    title: 'Several calls at once',
    async run(client, print) {
      const sums = ['1+1', '2+3', '5+8']
      const answers = await Promise.all(
        sums.map(sum =>
          client.completions.create({
            model,
            max_tokens_to_sample: 20,
            prompt: `${HUMAN_PROMPT} What is ${sum}? Answer with only the number.${AI_PROMPT}`,
          }),
        ),
      )
      print(sums.map((sum, index) => `${sum} =${answers[index]?.completion}`).join('\n'))
    },
  },
  {
    title: 'A joke, streamed without await',
    async run(client, print) {
      const stream = client.completions.stream({
        model,
        max_tokens_to_sample: 100,
        prompt: `${HUMAN_PROMPT} Tell me a joke.${AI_PROMPT}`,
      })
      for await (const { completion } of stream) print(completion)
    },
  },
]

/** A completions call and the equivalent Messages call: both send the same request. */
export const migrationPair: { completion: CompletionRequest; message: MessagesRequest } = {
  completion: {
    model: 'claude-opus-4-8',
    max_tokens_to_sample: 300,
    prompt: `Today is January 1, 2024.${HUMAN_PROMPT} Hello, Claude${AI_PROMPT} Hi, how can I help?${HUMAN_PROMPT} What day is it?${AI_PROMPT}`,
  },
  message: {
    model: 'claude-opus-4-8',
    max_tokens: 300,
    system: 'Today is January 1, 2024.',
    messages: [
      { role: 'user', content: 'Hello, Claude' },
      { role: 'assistant', content: 'Hi, how can I help?' },
      { role: 'user', content: 'What day is it?' },
    ],
  },
}
