import Anthropic from '@anthropic-ai/sdk'
import { type WithCompletions, withCompletions } from 'legacy-completions/sdk'

export async function ask(client: WithCompletions<Anthropic>, question: string): Promise<string> {
  const reply = await client.completions.create({
    model: 'claude-2.1',
    max_tokens_to_sample: 300,
    prompt: `\n\nHuman: ${question}\n\nAssistant:`,
  })
  return reply.completion
}

console.log(await ask(withCompletions(new Anthropic({ maxRetries: 0 })), 'Why is the sky blue?'))
