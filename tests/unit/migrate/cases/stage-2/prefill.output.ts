import Anthropic from '@anthropic-ai/sdk'
import { AI_PROMPT, HUMAN_PROMPT, withCompletions } from 'legacy-completions/sdk'

const client = withCompletions(new Anthropic({ maxRetries: 0 }))

const kept = await client.messages.create({
  model: 'claude-haiku-4-5-20251001',
  max_tokens: 300,
  messages: [
    { role: 'user', content: 'Name a colour as JSON.' },
    { role: 'assistant', content: '{"colour":' },
  ],
})
console.log(kept.content.map(block => (block.type === 'text' ? block.text : '')).join(''))

// TODO(legacy-completions: prefill-refused): the prompt ends in the beginning of the reply, which the model rejects; describe the format of the reply instead: claude-opus-4-8, `${HUMAN_PROMPT} Name a colour as JSON.${AI_PRO… (line 20), https://legacy-completions.github.io/migrate#prefill-refused
const left = await client.completions.create({
  model: 'claude-2.1',
  max_tokens_to_sample: 300,
  prompt: `${HUMAN_PROMPT} Name a colour as JSON.${AI_PROMPT} {"colour":`,
})
console.log(left.completion)
