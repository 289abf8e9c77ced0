import Anthropic, { AI_PROMPT, HUMAN_PROMPT } from '@anthropic-ai/sdk'

const client = new Anthropic()

/** Streams a story by an assistant that was introduced before. */
const stream = await client.completions.create({
  model: 'claude-2',
  max_tokens_to_sample: 1000,
  prompt: `You tell stories to children.${HUMAN_PROMPT} Hi, I am Alice.${AI_PROMPT} Hello Alice!${HUMAN_PROMPT} Tell me a story.${AI_PROMPT}`,
  stream: true,
})
let story = ''
for await (const chunk of stream) story += chunk.completion
console.log(story.trim())
