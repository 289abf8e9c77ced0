import { AI_PROMPT, HUMAN_PROMPT } from 'legacy-completions'

export const asPrompt = question => `${HUMAN_PROMPT} ${question}${AI_PROMPT}`
