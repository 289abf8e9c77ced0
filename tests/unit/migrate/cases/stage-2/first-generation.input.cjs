const { AI_PROMPT, Client, HUMAN_PROMPT } = require('@anthropic-ai/sdk')

const client = new Client(process.env.ANTHROPIC_API_KEY, { apiUrl: process.env.ANTHROPIC_BASE_URL })

client
  .complete({
    prompt: `${HUMAN_PROMPT} Why is the sky blue?${AI_PROMPT}`,
    stop_sequences: [HUMAN_PROMPT],
    max_tokens_to_sample: 200,
    model: 'claude-v1',
  })
  .then(sample => console.log(sample.completion.trim()))
