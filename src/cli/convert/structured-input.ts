import { CsvError, parse as parseCsv } from 'csv-parse'
import { parse as parseYaml } from 'yaml'
import { counted, listed } from '../arguments.ts'
import type { InputFormat, Source } from './input.ts'
import { elementsOf, membersOf, onOneLine } from './json-members.ts'
import { Refusal } from './line.ts'

/** Records as JSON lines, and the name of the field that holds the prompt. */
export interface Records {
  lines: AsyncIterable<Uint8Array>
  field: string
}

/** Field name for the elements of an array of prompts. */
const FIELD = 'prompt'

/**
 * Reads records from CSV, JSON or YAML: the rows of a table, the elements of a document, or the elements of the array
 * that `field` selects in it. `isReversed`: the records are conversations, not prompts.
 */
export async function readRecords(
  source: Source,
  field: string | undefined,
  isReversed: boolean,
): Promise<Records | Refusal> {
  const { kind } = source.format
  if (kind === 'csv' || kind === 'tsv') {
    const delimiter = kind === 'csv' ? ',' : '\t'
    if (field !== undefined) return { lines: grouped(csvLines(source.stream(), delimiter, field)), field }
    return new Refusal(
      `It is a ${kind.toUpperCase()} file, not a single prompt.`,
      `Name the column that holds the prompt with --field. It has the columns ${await columnsOf(source, delimiter)}.`,
    )
  }
  if (kind === 'json-lines') return { lines: source.stream(), field: field ?? FIELD }
  const text = await source.text()
  if (text instanceof Refusal) return text
  return documentRecords(text, kind, field, isReversed)
}

/** Chunk size in bytes. */
const GROUP = 256 * 1024

/** Combines lines into larger chunks. */
async function* grouped(lines: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let group: Uint8Array[] = []
  let size = 0
  for await (const line of lines) {
    group.push(line)
    size += line.length
    if (size < GROUP) continue
    yield Buffer.concat(group)
    group = []
    size = 0
  }
  if (size > 0) yield Buffer.concat(group)
}

async function columnsOf(source: Source, delimiter: string): Promise<string> {
  const text = await source.text()
  const [line = ''] = text instanceof Refusal ? [''] : text.split(/\r?\n/, 1)
  return listed(
    line.split(delimiter).map(name => name.replace(/^"|"$/g, '')),
    'and',
  )
}

/** Yields the rows of a CSV file as JSON objects whose values are strings. Throws a {@link Refusal}. */
async function* csvLines(
  stream: AsyncIterable<Uint8Array>,
  delimiter: string,
  field: string,
): AsyncGenerator<Uint8Array> {
  const parser = parseCsv({
    delimiter,
    bom: true,
    skip_empty_lines: true,
    columns(names: string[]) {
      if (names.includes(field)) return names
      throw new Refusal(
        `It has no column "${field}".`,
        `Name one of its columns with --field: ${listed(names)}.`,
      )
    },
  })
  const feeding = (async () => {
    for await (const chunk of stream) {
      if (!parser.write(chunk)) await new Promise<void>(resolve => parser.once('drain', () => resolve()))
    }
    parser.end()
  })().catch(error => void parser.destroy(error))
  try {
    for await (const record of parser) yield Buffer.from(`${JSON.stringify(record)}\n`)
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    throw new Refusal(`It is not CSV: ${error.message}.`, 'Export it again, with quotation marks doubled.')
  }
  await feeding
}

/** Names of the formats in messages. */
const TITLES: Readonly<Record<string, string>> = { json: 'JSON', yaml: 'YAML' }

function documentRecords(
  source: string,
  kind: InputFormat['kind'],
  field: string | undefined,
  isReversed: boolean,
): Records | Refusal {
  let text = source
  try {
    if (kind === 'yaml') text = jsonOfYaml(source)
    else JSON.parse(source)
  } catch (error) {
    // Only the position is reported, because the parser's message may quote the text.
    const place = /at (?:position|line) \d+/.exec(error instanceof Error ? error.message : '')?.[0]
    return new Refusal(
      `It is not ${TITLES[kind]}${place === undefined ? '' : ` (${place})`}.`,
      'Correct the file.',
    )
  }
  text = text.trim()
  if (isReversed) return text.startsWith('[') ? lineForEach(elementsOf(text), field ?? FIELD) : NO_RECORDS
  return recordsAt(text, field?.split('.') ?? [], field)
}

const NO_RECORDS = new Refusal(
  'It holds neither records nor a list of prompts.',
  'Write one JSON object a line.',
)

function recordsAt(text: string, path: readonly string[], field: string | undefined): Records | Refusal {
  if (text.startsWith('[')) return arrayRecords(text, path)
  if (!text.startsWith('{')) return NO_RECORDS
  const members = membersOf(text)
  const [name = '', ...rest] = path
  const member = members.find(one => one.name === name)
  const value = member === undefined ? '' : text.slice(member.value, member.end)
  if (leadsToArray(value, rest)) return recordsAt(value, rest, field)
  if (field !== undefined) return lineForEach([text], field)
  const names = members.slice(0, 6).map(one => one.name)
  return new Refusal(
    'It is a record, not a single prompt.',
    `Name the field that holds the prompt with --field. It has ${listed(names, 'and') || 'no fields'}.`,
  )
}

function leadsToArray(text: string, [name, ...rest]: readonly string[]): boolean {
  if (text.startsWith('[')) return true
  if (!text.startsWith('{') || name === undefined) return false
  const member = membersOf(text).find(one => one.name === name)
  return member !== undefined && leadsToArray(text.slice(member.value, member.end), rest)
}

function arrayRecords(text: string, path: readonly string[]): Records | Refusal {
  const elements = elementsOf(text)
  if (elements.length > 0 && elements.every(element => element.startsWith('"')))
    return lineForEach(
      elements.map(element => `{"${FIELD}":${element}}`),
      FIELD,
    )
  if (path.length > 0) return lineForEach(elements, path.join('.'))
  return new Refusal(
    `It is a list of ${counted(elements.length, 'record')}, not a single prompt.`,
    'Name the field that holds the prompt with --field.',
  )
}

const lineForEach = (records: readonly string[], field: string): Records => ({
  lines: grouped(records.map(record => Buffer.from(`${onOneLine(record)}\n`))),
  field,
})

const LARGE = '\0large:'

/** Converts YAML to JSON. Keeps numbers that exceed JavaScript's precision. */
function jsonOfYaml(source: string): string {
  const value: unknown = parseYaml(source, { intAsBigInt: true, maxAliasCount: 100 })
  const json = JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? `${LARGE}${one}` : one))
  return (json ?? 'null').replace(/"\\u0000large:(-?\d+)"/g, '$1')
}
