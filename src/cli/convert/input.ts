import { isUtf8 } from 'node:buffer'
import { closeSync, createReadStream, openSync, readFileSync, readSync } from 'node:fs'
import { constants, createGunzip, gunzipSync } from 'node:zlib'
import type { CliContext } from '../context.ts'
import { withFile } from '../files.ts'
import { Refusal } from './line.ts'

/** Detected format of a file or stream. */
export interface InputFormat {
  kind: 'prompt' | 'json-lines' | 'json' | 'yaml' | 'csv' | 'tsv'
  isCompressed: boolean
  encoding: 'utf-8' | 'utf-16le' | 'utf-16be'
  /** Whether the text begins with a byte order mark. */
  hasMark: boolean
}

/** An opened input with its detected format. */
export interface Source {
  /** Name for messages. */
  name: string
  /** Absent for standard input. */
  path: string | undefined
  format: InputFormat
  /** Returns the whole input as text, without its byte order mark. */
  text(): Promise<string | Refusal>
  /** Returns the whole input as bytes of UTF-8. */
  stream(): AsyncIterable<Uint8Array>
}

/** Number of bytes that are read to detect the format. */
const HEAD_BYTES = 64 * 1024
/** Longest text that is read in one piece, in bytes after decompression. */
const LONGEST_TEXT = 512 * 1024 * 1024

/** Binary formats by their first bytes, with a remedy for each. */
const FOREIGN: readonly (readonly [name: string, bytes: readonly number[], fix: string])[] = [
  ['a ZIP archive or a spreadsheet', [0x50, 0x4b, 0x03, 0x04], 'Unpack it, or export it as CSV.'],
  ['a spreadsheet of an old version', [0xd0, 0xcf, 0x11, 0xe0], 'Export it as CSV.'],
  ['a Parquet file', [0x50, 0x41, 0x52, 0x31], 'Export it as JSON lines.'],
  ['compressed with Zstandard', [0x28, 0xb5, 0x2f, 0xfd], 'Decompress it with: zstd -d FILE'],
  ['compressed with bzip2', [0x42, 0x5a, 0x68], 'Decompress it with: bzip2 -dk FILE'],
  ['compressed with xz', [0xfd, 0x37, 0x7a, 0x58], 'Decompress it with: xz -dk FILE'],
  ['a PDF', [0x25, 0x50, 0x44, 0x46], 'Copy the prompt into a text file.'],
  ['an SQLite database', [0x53, 0x51, 0x4c, 0x69, 0x74, 0x65], 'Export the table as JSON lines or CSV.'],
  ['a pickle of Python', [0x80, 0x04, 0x95], 'Write the prompts as JSON lines.'],
]

const KIND_BY_ENDING: Readonly<Record<string, InputFormat['kind']>> = {
  jsonl: 'json-lines',
  ndjson: 'json-lines',
  json: 'json',
  yaml: 'yaml',
  yml: 'yaml',
  csv: 'csv',
  tsv: 'tsv',
}

const NO_TEXT = new Refusal(
  'It is not text in UTF-8.',
  'Write it in UTF-8; or name the --field, if it is a file of JSON lines.',
)

const startsWith = (bytes: Uint8Array, start: readonly number[]): boolean =>
  start.every((byte, index) => bytes[index] === byte)

/**
 * Opens a file or standard input and detects its format.
 *
 * @throws FileError if it cannot be read.
 */
export async function openSource(
  path: string | undefined,
  field: string | undefined,
  context: CliContext,
): Promise<Source | Refusal> {
  // Without a field, the input may be a single prompt, which only the whole text shows. With a field or a known
  // extension, the first bytes suffice.
  const isWhole = field === undefined && !isNamedJsonLines(path)
  const name = path ?? 'standard input'
  let head: Buffer
  let stream: () => AsyncIterable<Uint8Array>
  if (path !== undefined) {
    head = isWhole ? withFile(path, () => readFileSync(path)) : readHead(path)
    stream = () => createReadStream(path, { highWaterMark: 1024 * 1024 })
  } else {
    if (context.isStdinTerminal === true)
      context.err('Reading standard input from the terminal. End it with Ctrl+D, or name a file.\n')
    const chunks = context.stdin()[Symbol.asyncIterator]()
    head = await readStart(chunks, isWhole)
    stream = () => joined(head, chunks)
  }
  const format = recognize(path, head, field)
  if (format instanceof Refusal) return format
  const all = async (): Promise<Buffer> => {
    if (isWhole) return head
    const parts: Uint8Array[] = []
    for await (const chunk of stream()) parts.push(chunk)
    return Buffer.concat(parts)
  }
  return {
    name,
    path,
    format,
    text: async () => decodeWhole(await all(), format),
    stream: () => decodeStream(stream, format),
  }
}

/** Returns whether the file extension is that of JSON lines. */
export const isNamedJsonLines = (path: string | undefined): boolean =>
  /\.(?:jsonl|ndjson)(?:\.gz)?$/i.test(path ?? '')

function readHead(path: string): Buffer {
  return withFile(path, () => {
    const fd = openSync(path, 'r')
    try {
      const head = Buffer.alloc(HEAD_BYTES)
      return head.subarray(0, readSync(fd, head))
    } finally {
      closeSync(fd)
    }
  })
}

/** Minimum number of bytes for detecting a format. A pipe may deliver them one by one. */
const SHORTEST_HEAD = 8

async function readStart(chunks: AsyncIterator<Uint8Array>, isWhole: boolean): Promise<Buffer> {
  const parts: Uint8Array[] = []
  let size = 0
  while (isWhole || size < SHORTEST_HEAD) {
    const { done, value } = await chunks.next()
    if (done) break
    parts.push(value)
    size += value.length
  }
  return Buffer.concat(parts)
}

async function* joined(head: Buffer, chunks: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (head.length > 0) yield head
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value
}

/**
 * Detects the format by the name and the first bytes. `field` is the value of `--field`: with it, an input without a
 * known extension or another format counts as JSON lines.
 */
function recognize(
  name: string | undefined,
  head: Uint8Array,
  field: string | undefined,
): InputFormat | Refusal {
  const isCompressed = startsWith(head, [0x1f, 0x8b])
  const bytes = isCompressed ? decompressedHead(head) : head
  if (bytes === undefined)
    return new Refusal('It is damaged: its gzip data cannot be read.', 'Write it again.')
  const foreign = FOREIGN.find(([, start]) => startsWith(bytes, start))
  if (foreign !== undefined) return new Refusal(`It is ${foreign[0]}, not text.`, foreign[2])

  const encoding = startsWith(bytes, [0xff, 0xfe])
    ? 'utf-16le'
    : startsWith(bytes, [0xfe, 0xff])
      ? 'utf-16be'
      : 'utf-8'
  const hasMark = encoding !== 'utf-8' || startsWith(bytes, [0xef, 0xbb, 0xbf])
  const text = new TextDecoder(encoding).decode(bytes)
  if (encoding === 'utf-8' && bytes.includes(0)) {
    if (field !== undefined && !isWideText(bytes))
      return { kind: 'json-lines', isCompressed, encoding, hasMark }
    return isWideText(bytes)
      ? new Refusal(
          'It looks like UTF-16 without a byte order mark.',
          'Write it in UTF-8: iconv -f UTF-16LE -t UTF-8 FILE',
        )
      : NO_TEXT
  }
  const ending = /\.(\w+)$/.exec((name ?? '').replace(/\.gz$/i, ''))?.[1]?.toLowerCase() ?? ''
  const kind = kindOf(ending, text, field)
  return { kind, isCompressed, encoding, hasMark }
}

function kindOf(ending: string, text: string, field: string | undefined): InputFormat['kind'] {
  const first = text.trimStart()[0] ?? ''
  const isJsonText = first === '{' || first === '['
  const byName = Object.hasOwn(KIND_BY_ENDING, ending) ? KIND_BY_ENDING[ending] : undefined
  if (byName === 'json') return isJsonText && isJsonLines(text) ? 'json-lines' : 'json'
  if (byName !== undefined) return byName
  if (isJsonText && isJsonLines(text)) return 'json-lines'
  if (first === '[' && field !== undefined) return 'json'
  if (isJsonText && isJson(text)) return 'json'
  if (field !== undefined) return isCsvWith(text, field) ? 'csv' : 'json-lines'
  return isQuotedCsv(text) ? 'csv' : 'prompt'
}

/** Returns whether the first line is a complete JSON object and more text follows. */
function isJsonLines(text: string): boolean {
  const start = text.trimStart()
  const end = start.indexOf('\n')
  const rest = start.slice(end + 1).trimStart()
  return start.startsWith('{') && end !== -1 && rest !== '' && isJson(start.slice(0, end))
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Returns whether the first line is a CSV header that includes the field. */
function isCsvWith(text: string, field: string): boolean {
  const [line = ''] = text.split(/\r?\n/, 1)
  return !line.startsWith('{') && line.split(',').some(name => name.replace(/^"|"$/g, '') === field)
}

/**
 * Returns whether the text is CSV with quoted prompts: a header line, then a first marker directly after a quotation
 * mark. No prompt of the legacy API begins that way.
 */
function isQuotedCsv(text: string): boolean {
  return /^[\w "-]+(?:,[\w "-]+)+\r?\n(?:(?!\n\nHuman:)[\s\S])*"\r?\n\r?\nHuman:/.test(text.slice(0, 4096))
}

/** Returns whether every other byte is zero, as in Latin text encoded as UTF-16. */
function isWideText(bytes: Uint8Array): boolean {
  const start = [...bytes.subarray(0, 64)]
  const isWide = (order: number): boolean =>
    start.every((byte, index) => (byte === 0) === (index % 2 === order))
  return start.length > 1 && (isWide(0) || isWide(1))
}

function decompressedHead(head: Uint8Array): Buffer | undefined {
  try {
    return gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: LONGEST_TEXT }).subarray(
      0,
      HEAD_BYTES,
    )
  } catch {
    return undefined
  }
}

/** Decodes an input that is read in one piece. Removes its byte order mark. */
function decodeWhole(bytes: Buffer, { isCompressed, encoding }: InputFormat): string | Refusal {
  let plain: Buffer
  try {
    plain = isCompressed ? gunzipSync(bytes, { maxOutputLength: LONGEST_TEXT }) : bytes
  } catch {
    return new Refusal('It is damaged, or too large to be read in one piece.', 'Split it into JSON lines.')
  }
  if (encoding === 'utf-8' && (!isUtf8(plain) || plain.includes(0))) return NO_TEXT
  return new TextDecoder(encoding).decode(plain)
}

/**
 * Decodes an input as a stream of UTF-8, which opens at the first read. UTF-8 without compression passes through
 * unchanged.
 */
async function* decodeStream(
  open: () => AsyncIterable<Uint8Array>,
  { isCompressed, encoding }: InputFormat,
): AsyncGenerator<Uint8Array> {
  const plain = isCompressed ? decompressed(open()) : open()
  if (encoding === 'utf-8') {
    yield* plain
    return
  }
  const decoder = new TextDecoder(encoding)
  for await (const chunk of plain) yield Buffer.from(decoder.decode(chunk, { stream: true }))
  yield Buffer.from(decoder.decode())
}

async function* decompressed(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip()
  const feeding = (async () => {
    for await (const chunk of stream) {
      if (!gunzip.write(chunk)) await new Promise<void>(resolve => gunzip.once('drain', () => resolve()))
    }
    gunzip.end()
  })().catch(error => gunzip.destroy(error))
  yield* gunzip
  await feeding
}
