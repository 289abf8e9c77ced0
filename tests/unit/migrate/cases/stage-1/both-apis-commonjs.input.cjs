const { Anthropic, HUMAN_PROMPT, AI_PROMPT } = require('@anthropic-ai/sdk')

async function main() {
  const client = new Anthropic({ maxRetries: 0 })
  const prompt = HUMAN_PROMPT + ' Why is the sky blue?' + AI_PROMPT
  const reply = await client.completions.create({ model: 'claude-2', max_tokens_to_sample: 9, prompt })
  const models = await client.models.list()
  console.log(reply.completion, typeof models)
}
main()
