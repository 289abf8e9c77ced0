import type { Span } from '../diagnostics/index.ts'
import type { Edit } from './edits.ts'
import { escapePattern } from './name-patterns.ts'

/** A requirement of the SDK in a manifest. */
export interface SdkRequirement {
  file: string
  language: 'javascript' | 'python'
  /** The version range as written; empty without a range. */
  written: string
  /** The span of the version, or of the name if there is no version. */
  span: Span
  /**
   * `true` if every version in the range has the Messages API, `false` if none has, `undefined` if some have or the
   * range is unknown.
   */
  hasMessages: boolean | undefined
  /**
   * `true` if `withCompletions` accepts every version in the range, `false` if it accepts none, `undefined` otherwise.
   */
  canBeWrapped: boolean | undefined
}

/**
 * Versions of the SDKs: the first with Messages (`messages`), the first that `withCompletions` accepts (`wrapped`), and
 * one with both APIs (`raised`).
 */
const VERSIONS = {
  javascript: { messages: [0, 11], wrapped: [0, 20], raised: '0.60.0' },
  // 0.39 removed `count_tokens`, which was part of the old interface.
  python: { messages: [0, 8], wrapped: [0, 8], raised: '0.125.0', counting: '0.38.0' },
} as const

const MANIFEST =
  /(?:^|\/)(?:package\.json|pyproject\.toml|setup\.cfg|setup\.py|Pipfile|environment\.ya?ml|[\w.-]*requirements[\w.-]*\.(?:txt|in)|requirements\/[\w.-]+\.(?:txt|in))$/

/** Returns whether a file is a manifest that may require the SDK. */
export const isManifest = (file: string): boolean => MANIFEST.test(file)

const NPM = /"@anthropic-ai\/sdk"(\s*:\s*")([^"\n]*)"/g
const PYPI =
  /(?<![\w./-])anthropic(?![\w./-])(?:\[[\w,\s-]*\])?["']?((?:\s*=\s*(?:\{[^}\n]*?version\s*=\s*)?["'])?\s*)((?:[<>=!~^]+\s*)?\d[^"'\n;#\]}]*|\*)?/g

/** Returns the requirements of the SDK in a manifest. */
export function requirementsIn(file: string, text: string): SdkRequirement[] {
  const isNpm = file.endsWith('package.json')
  const language = isNpm ? 'javascript' : 'python'
  const found = [...text.matchAll(isNpm ? NPM : PYPI)].flatMap((match): SdkRequirement[] => {
    const [whole, , version = ''] = match
    const line = text.slice(text.lastIndexOf('\n', match.index) + 1, match.index)
    if (!isNpm && (/^\s*#/.test(line) || /import\s|from\s|https?:|git\+/.test(line))) return []
    const end = match.index + whole.length - (isNpm ? 1 : 0)
    const written = version.trimEnd()
    const start = end - version.length
    const span = { start: written === '' ? match.index : start, end: start + written.length }
    const bounds = boundsOf(written)
    const { messages, wrapped } = VERSIONS[language]
    return [
      {
        file,
        language,
        written,
        span,
        hasMessages: isAbove(bounds, messages),
        canBeWrapped: isAbove(bounds, wrapped),
      },
    ]
  })
  // One line may have a version and another only the name, as in a list of extras. The version counts.
  const versioned = found.filter(({ written }) => written !== '' && written !== '*')
  return versioned.length > 0 ? versioned : found.slice(0, 1)
}

type Version = readonly [major: number, minor: number]
interface Bounds {
  least: Version
  /** The first version above the range; `undefined` if the range has no upper bound. */
  below: Version | undefined
}

/** Returns the bounds of a version range, by major and minor numbers. */
function boundsOf(written: string): Bounds | undefined {
  if (!/\d/.test(written)) return undefined
  let least: Version = [0, 0]
  let below: Version | undefined
  for (const part of written.split(/,|\s+(?=[<>=^~])|\s*\|\|\s*/)) {
    const [, operator = '', major = '', minor, patch] =
      /^\s*([<>=!~^]*)\s*v?(\d+)(?:\.(\d+|x|\*))?(?:\.(\d+|x|\*))?/.exec(part) ?? []
    if (major === '' || operator.startsWith('!')) continue
    const version: Version = [Number(major), /^\d+$/.test(minor ?? '') ? Number(minor) : 0]
    const next: Version = /^\d+$/.test(minor ?? '') ? [version[0], version[1] + 1] : [version[0] + 1, 0]
    if (operator.startsWith('<')) below = operator === '<=' ? next : version
    else if (operator.startsWith('>')) least = version
    else {
      least = version
      const isCaret = operator === '^'
      const isCompatible = operator === '~=' && patch === undefined
      if (isCompatible) below = [version[0] + 1, 0]
      else below = isCaret && version[0] > 0 ? [version[0] + 1, 0] : next
    }
  }
  return { least, below }
}

const compare = (a: Version, b: Version): number => a[0] - b[0] || a[1] - b[1]

function isAbove(bounds: Bounds | undefined, version: Version): boolean | undefined {
  if (bounds === undefined) return undefined
  if (compare(bounds.least, version) >= 0) return true
  return bounds.below !== undefined && compare(bounds.below, version) <= 0 ? false : undefined
}

/** Returns the requirements in the nearest directory above a file whose manifest requires the SDK. */
export function requirementsFor(
  file: string,
  language: 'javascript' | 'python',
  all: readonly SdkRequirement[],
): SdkRequirement[] {
  const above = all.filter(one => one.language === language && file.startsWith(folderOf(one.file)))
  const deepest = Math.max(...above.map(one => folderOf(one.file).length))
  return above.filter(one => folderOf(one.file).length === deepest)
}

/** Returns the directory that a manifest applies to: for `requirements/base.txt` it is the directory above. */
const folderOf = (file: string): string => file.replace(/(?:requirements\/)?[^/]*$/, '')

/** Raises a requirement to a version with both APIs, in the same notation. */
export function raised({ language, written, span }: SdkRequirement, isCounting: boolean): Edit {
  const version = language === 'python' && isCounting ? VERSIONS.python.counting : VERSIONS[language].raised
  const isRange = /,|\s<|\|\|/.test(written)
  if (isRange)
    return { ...span, text: `>=${version},<1`.replace(language === 'javascript' ? ',' : '\u0000', ' ') }
  const operator = /^[<>=~^]*\s*v?/.exec(written)?.[0] ?? ''
  const rest = /=[\w]+$/.exec(written.slice(operator.length))?.[0] ?? ''
  return { ...span, text: operator + version + rest }
}

/** Returns the version of the SDK that a lock file installs, if it has the SDK. */
export function lockedVersion(
  file: string,
  text: string,
): { language: 'javascript' | 'python'; version: string; hasMessages: boolean } | undefined {
  const isNpm = /package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock/.test(file)
  const language = isNpm ? 'javascript' : 'python'
  const pattern = isNpm
    ? /@anthropic-ai\/sdk"?\s*:\s*\{\s*"version"\s*:\s*"([\d.]+)"|"?@anthropic-ai\/sdk@[^\n]*:\n\s+version:? "?([\d.]+)|\/?@anthropic-ai\/sdk[@/]([\d.]+)/
    : /name = "anthropic"\s*\nversion = "([\d.]+)"|"anthropic"\s*:\s*\{[^{}]*?"version"\s*:\s*"==([\d.]+)"/
  const match = pattern.exec(text)
  const version = match?.[1] ?? match?.[2] ?? match?.[3]
  if (version === undefined) return undefined
  const hasMessages = isAbove(boundsOf(version), VERSIONS[language].messages) === true
  return { language, version, hasMessages }
}

const STRING = String.raw`"(?:[^"\\]|\\.)*"`

/**
 * Adds a dependency to a package.json, in alphabetical order and with the formatting of the adjacent lines. Returns the
 * text unchanged if the dependency is present, or if the manifest has no object to add it to.
 */
export function addDependency(manifest: string, name: string, range: string): string {
  if (new RegExp(`"${escapePattern(name)}"\\s*:`).test(manifest)) return manifest
  const entry = `${JSON.stringify(name)}: ${JSON.stringify(range)}`
  const block = /("dependencies"\s*:\s*\{)([^{}]*)\}/.exec(manifest)
  if (block === null) return openBlock(manifest, entry)
  const [, head = '', body = ''] = block
  const start = block.index + head.length
  const entries = [...body.matchAll(new RegExp(String.raw`(${STRING})\s*:\s*${STRING}`, 'g'))]
  const lead = /^\s*/.exec(body)?.[0] ?? ''
  const next = entries.find(([, key = '']) => JSON.parse(key) > name)
  if (entries.length === 0) {
    const indent = /\n([ \t]*)"dependencies"/.exec(manifest)?.[1]
    const inside = indent === undefined ? entry : `\n${indent}${indent}${entry}\n${indent}`
    return manifest.slice(0, start) + inside + manifest.slice(start + body.length)
  }
  if (next !== undefined) {
    const at = start + next.index
    return `${manifest.slice(0, at)}${entry},${lead === '' ? ' ' : lead}${manifest.slice(at)}`
  }
  const last = entries.at(-1)
  const at = start + (last === undefined ? 0 : last.index + last[0].length)
  return `${manifest.slice(0, at)},${lead === '' ? ' ' : lead}${entry}${manifest.slice(at)}`
}

/** Adds a new object of dependencies at the end of the manifest. */
function openBlock(manifest: string, entry: string): string {
  const end = /(\S)(\s*)\}\s*$/.exec(manifest)
  const indent = /^\{\s*\n([ \t]+)"/.exec(manifest)?.[1]
  if (end === null || indent === undefined || end[1] === '{') return manifest
  const at = end.index + 1
  return `${manifest.slice(0, at)},\n${indent}"dependencies": {\n${indent}${indent}${entry}\n${indent}}${manifest.slice(at)}`
}
