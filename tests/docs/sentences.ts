import { proseOf } from './markdown.ts'

/** The program that reports a sentence, by its heading in docs/errors.md. */
export const SAID_BY = {
  typescript: 'After an upgrade, in JavaScript and TypeScript',
  python: 'After an upgrade, in Python',
  server: 'From the server',
  bedrock: 'From Amazon Bedrock',
} as const

/** Returns the sentences of docs/errors.md below one of these headings, without Markdown escapes. */
export function sentencesOf(speaker: keyof typeof SAID_BY): string[] {
  const parts = proseOf('docs/errors.md').split(/^## /m)
  const part = parts.find(text => text.startsWith(`${SAID_BY[speaker]}\n`)) ?? ''
  return [...part.matchAll(/^### (.+)$/gm)].map(([, heading = '']) => heading.trim().replaceAll('\\_', '_'))
}
