import Anthropic, { AI_PROMPT, HUMAN_PROMPT } from '@anthropic-ai/sdk'

const client = new Anthropic()

/** Three colours of a longer list: the fourth is where it stops. */
const reply = await client.completions.create({
  model: 'claude-instant-1.2',
  max_tokens_to_sample: 200,
  stop_sequences: ['\n4.'],
  prompt: `${HUMAN_PROMPT} List five colours.${AI_PROMPT}`,
})
if (reply.stop_reason === 'stop_sequence') console.log(reply.completion.trim())
