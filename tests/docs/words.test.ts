import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const SELF = 'tests/docs/words.test.ts'

/** Words and phrases that no text of the project uses. They were private or sounded translated. */
const BANNED: readonly RegExp[] = [
  /told/,
  /tells of/,
  /mend(?:s|ed|ing)?/,
  /remark(?:s|ed)?/,
  /doors?/,
  /rooms?/,
  /besides?/,
  /anew/,
  /likewise/,
  /whoever/,
  /what becomes of/,
  /is none/,
  /of ours/,
  /stands in/,
  /is asked instead/,
  /lets? go/,
  /what it comes to/,
]
const ANY = new RegExp(`(?<![a-z])(?:${BANNED.map(({ source }) => source).join('|')})(?![a-z])`, 'g')

const TEXTS = /\.(?:[cm]?[jt]s|py|md|vue|css|html|ya?ml|json|txt|conf|service)$|(?:^|\/)Dockerfile$/
/** Folders of other projects' texts, of generated files, and of inputs that a fuzzer found. */
const SKIPPED = /(?:^|\/)(?:node_modules|dist|coverage|\.git|\.tmp|api|public|captures|corpus|\.stryker-tmp)$/
/** Generated lists of packages. */
const GENERATED = /(?:^|\/)(?:package-lock|sbom\.cdx)\.json$/

function textFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const path = join(folder, entry.name)
    const name = relative(root, path).replaceAll('\\', '/')
    if (entry.isSymbolicLink() || SKIPPED.test(name) || GENERATED.test(name) || name === SELF) return []
    if (entry.isDirectory()) return textFiles(path)
    return TEXTS.test(name) ? [name] : []
  })
}

/** Returns the banned words of a text, with their lines. Words inside identifiers count. */
function bannedIn(text: string): string[] {
  return text.split('\n').flatMap((line, index) => {
    const words = line
      // Python's identity test, and the ids of failing inputs that are kept outside the project.
      .replaceAll(/\bis None\b|'doors[-.][\w-]+'|'convert-quadratic-remarks'/g, '')
      // Splits identifiers: isRoom, ROOM_SIZE.
      .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
      .replaceAll('_', ' ')
      .toLowerCase()
    return [...words.matchAll(ANY)].map(([word]) => `${index + 1}: ${word}`)
  })
}

describe('banned words', () => {
  it('are found in sentences and in identifiers', () => {
    const text = ['It is told.', 'const isRoom = 1', 'MOST_TOLD', 'a recommended bedroom', 'if x is None:']
    expect(bannedIn(text.join('\n'))).toEqual(['1: told', '2: room', '3: told'])
  })

  it('occur in no file name and in no text', () => {
    const files = textFiles(root)
    expect(files.length).toBeGreaterThan(600)
    const found = files.flatMap(file => [
      ...bannedIn(file).map(word => `${file}, name, ${word}`),
      ...bannedIn(readFileSync(join(root, file), 'utf8')).map(word => `${file}:${word}`),
    ])
    expect(found).toEqual([])
  })
})
