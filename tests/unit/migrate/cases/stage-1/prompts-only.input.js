import { AI_PROMPT, HUMAN_PROMPT } from '@anthropic-ai/sdk'

export const asPrompt = question => `${HUMAN_PROMPT} ${question}${AI_PROMPT}`
