const Anthropic = require('@anthropic-ai/sdk')

const client = new Anthropic()

/** A single question. */
async function ask(question) {
  const { completion } = await client.completions.create({
    model: 'claude-2.1',
    max_tokens_to_sample: 300,
    prompt: `${Anthropic.HUMAN_PROMPT} ${question}${Anthropic.AI_PROMPT}`,
  })
  return completion.trim()
}

async function main() {
  console.log(await ask('Why is the sky blue?'))
  console.log(await ask('Write a haiku.'))
}

main()
