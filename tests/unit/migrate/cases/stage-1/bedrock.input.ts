import { AI_PROMPT, HUMAN_PROMPT } from '@anthropic-ai/sdk'
import AnthropicBedrock from '@anthropic-ai/bedrock-sdk'

const client = new AnthropicBedrock({ maxRetries: 0 })

export const ask = async (question: string): Promise<string> => {
  const { completion } = await client.completions.create({
    model: 'anthropic.claude-v2:1',
    max_tokens_to_sample: 300,
    prompt: `${HUMAN_PROMPT} ${question}${AI_PROMPT}`,
  })
  return completion
}
