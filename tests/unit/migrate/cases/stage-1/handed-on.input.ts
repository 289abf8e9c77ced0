import Anthropic from '@anthropic-ai/sdk'

export async function ask(client: Anthropic, question: string): Promise<string> {
  const reply = await client.completions.create({
    model: 'claude-2.1',
    max_tokens_to_sample: 300,
    prompt: `\n\nHuman: ${question}\n\nAssistant:`,
  })
  return reply.completion
}

console.log(await ask(new Anthropic({ maxRetries: 0 }), 'Why is the sky blue?'))
