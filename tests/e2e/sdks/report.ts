import { mkdirSync, writeFileSync } from 'node:fs'
import type { Difference } from './compare.ts'
import type { Observations } from './run.ts'

/** What a table says of a client, case by case. */
export interface Column {
  client: string
  cell(title: string): string
}

/** A case a line, a client a column. */
export function formatTable(titles: readonly string[], columns: readonly Column[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`
  return [
    '\n',
    line(['case', ...columns.map(({ client }) => client)]),
    line(['---', ...columns.map(() => '---')]),
    ...titles.map(title => line([title, ...columns.map(({ cell }) => cell(title))])),
  ].join('')
}

export interface Reports {
  observed: ReadonlyMap<string, Observations>
  differences: readonly (Difference & { client: string; reason: string | undefined })[]
  table: string
  generations: string
}

/** Leaves everything that was seen in files, for a closer look. */
export function writeReports({ observed, differences, table, generations }: Reports): void {
  const folder = new URL('../../../.tmp/conformance/', import.meta.url)
  mkdirSync(folder, { recursive: true })
  const write = (name: string, text: string): void => writeFileSync(new URL(name, folder), text)
  for (const [name, observations] of observed)
    write(`${name}.json`, `${JSON.stringify(observations, null, 2)}\n`)
  write('differences.json', `${JSON.stringify(differences, null, 2)}\n`)
  write('table.md', table)
  write('generations.md', generations)
}
