import Anthropic, { AI_PROMPT, HUMAN_PROMPT } from '@anthropic-ai/sdk'

const client = new Anthropic({ maxRetries: 0 })
const reply = await client.completions.create(
  {
    model: 'claude-2',
    max_tokens_to_sample: 100_000,
    prompt: `${HUMAN_PROMPT} Write a novel.${AI_PROMPT}`,
  },
  { timeout: 5000 },
)
if (reply.stop_reason === 'max_tokens') console.log('cut off')
else if (reply.stop_reason !== 'stop_sequence') console.log('refused')
console.log(reply.completion.trimStart(), reply.model)
