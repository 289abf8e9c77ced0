import { proseOf } from './markdown.ts'

/** Who says a sentence, by the heading under which docs/errors.md has it. */
export const SAID_BY = {
  typescript: 'After an upgrade, in JavaScript and TypeScript',
  python: 'After an upgrade, in Python',
  server: 'From the server',
} as const

/** The sentences of docs/errors.md that are said by one of them, without the marks of the page. */
export function sentencesOf(speaker: keyof typeof SAID_BY): string[] {
  const parts = proseOf('docs/errors.md').split(/^## /m)
  const part = parts.find(text => text.startsWith(`${SAID_BY[speaker]}\n`)) ?? ''
  return [...part.matchAll(/^### (.+)$/gm)].map(([, heading = '']) => heading.trim().replaceAll('\\_', '_'))
}
