import type { Match } from '../legacy-use.ts'
import { MODEL_ID } from './patterns.ts'

/** Framework classes that call the legacy interface: the modules that export them, and their names. */
export interface FrameworkClass {
  module: RegExp
  names: RegExp
  /** Whether the class calls the legacy interface only for retired models. */
  needsRetiredModel?: boolean
}

/**
 * As of the last versions that have these classes. The current chat classes of the same vendors are in other modules.
 */
const FRAMEWORK_CLASSES: readonly FrameworkClass[] = [
  // LangChain for Python: the text classes are still there; the chat classes were, until they moved to
  // langchain-anthropic and langchain-aws.
  {
    module: /^langchain(?:_community)?\.(?:llms|chat_models)(?:\.(?:anthropic|bedrock))?$/,
    names: /^(?:Anthropic|AnthropicLLM|ChatAnthropic|Bedrock|BedrockChat)$/,
  },
  { module: /^langchain_(?:anthropic|aws)(?:\.llms)?$/, names: /^(?:AnthropicLLM|BedrockLLM|Bedrock)$/ },
  // LangChain for JavaScript.
  {
    module: /^(?:langchain|@langchain\/community)\/(?:llms|chat_models)\/(?:anthropic|bedrock)(?:\/web)?$/,
    names: /^(?:Anthropic|ChatAnthropic|Bedrock|BedrockChat)$/,
  },
  // The first versions of LangChain exported them from the root.
  { module: /^langchain$/, names: /^Anthropic$/ },
  // LlamaIndex before it was split into packages.
  { module: /^llama_index\.llms$/, names: /^(?:Anthropic|Bedrock)$/ },
  // The packages have the same modules and call Messages, except for the models that had only Text Completions.
  {
    module: /^llama_index\.llms\.(?:anthropic|bedrock)$/,
    names: /^(?:Anthropic|Bedrock)$/,
    needsRetiredModel: true,
  },
]

/** Returns the imported names that are such classes. */
export function frameworkClasses(statement: string, source: string): string[] {
  const module =
    /^from\s+([\w.]+)\s+import\b/.exec(statement)?.[1] ?? /\bfrom\s+['"]([^'"]+)['"]/.exec(statement)?.[1]
  if (module === undefined) return []
  const known = FRAMEWORK_CLASSES.find(one => one.module.test(module))
  if (known === undefined) return []
  if (known.needsRetiredModel && source.search(MODEL_ID) === -1) return []
  const names = statement.match(/[A-Za-z_$][\w$]*/g) ?? []
  return [...new Set(names.filter(name => known.names.test(name)))]
}

/** An SDK with the legacy interface: the versions that had only Text Completions, and those that had both APIs. */
interface LegacyPackage {
  /** Matches the package in a manifest and captures the version. */
  pattern: RegExp
  /** The first version with the Messages API. */
  onlyBelow: readonly [number, number]
  /** The first version without Text Completions. */
  stillBelow: readonly [number, number]
}

const VERSION = String.raw`(?<range>[^"'\n,;#]*?(?<major>\d+)(?:\.(?<minor>\d+))?[^"'\n;#]*)`

/**
 * Checked against the published packages: Messages came with 0.11.0 on npm and 0.8.0 on PyPI, Text Completions was
 * removed with 1.0.0 on both.
 */
const PACKAGES: readonly LegacyPackage[] = [
  {
    pattern: new RegExp(String.raw`"@anthropic-ai/sdk"\s*:\s*"${VERSION}"`, 'g'),
    onlyBelow: [0, 11],
    stillBelow: [1, 0],
  },
  {
    pattern: new RegExp(
      String.raw`^[ \t]*["'-]?[ \t]*["']?anthropic(?:\[\w+\])?["']?\s*(?=[=<>~!^])(?:=\s*["'])?${VERSION}`,
      'gm',
    ),
    onlyBelow: [0, 8],
    stillBelow: [1, 0],
  },
  // The packages for Bedrock: the Python one never had Messages, the npm one removed Text Completions with 1.0.
  {
    pattern: new RegExp(
      String.raw`^[ \t]*["'-]?[ \t]*["']?anthropic[-_]bedrock["']?\s*(?=[=<>~!^])(?:=\s*["'])?${VERSION}`,
      'gm',
    ),
    onlyBelow: [Number.POSITIVE_INFINITY, 0],
    stillBelow: [Number.POSITIVE_INFINITY, 0],
  },
  {
    pattern: new RegExp(String.raw`"@anthropic-ai/bedrock-sdk"\s*:\s*"${VERSION}"`, 'g'),
    onlyBelow: [0, 5],
    stillBelow: [1, 0],
  },
  // The community's Ruby gem, which had no Messages before 0.2.
  {
    pattern: new RegExp(
      String.raw`^[ \t]*(?:gem|[\w.]*add_(?:runtime_|development_)?dependency)[ (]+["']anthropic["']\s*,\s*["']${VERSION}["']`,
      'gm',
    ),
    onlyBelow: [0, 2],
    stillBelow: [0, 2],
  },
]

/**
 * Finds version ranges of SDKs that have the legacy interface. Ranges that include both APIs count only if the code
 * uses Text Completions.
 */
export function findInManifest(source: string): Match[] {
  return PACKAGES.flatMap(({ pattern, onlyBelow, stillBelow }) =>
    [...source.matchAll(pattern)].flatMap((match): Match[] => {
      const { major, minor, range = '' } = match.groups ?? {}
      const version = [Number(major), Number(minor ?? 0)] as const
      // A range with only a lower bound includes all later versions.
      const isOpen = /^\s*>/.test(range) && !/</.test(range)
      if (!isBelow(version, stillBelow)) return []
      const start = match.index + match[0].search(/\S/)
      const code = isBelow(version, onlyBelow) && !isOpen ? 'legacy-sdk' : 'old-sdk'
      return [{ code, start, end: match.index + match[0].trimEnd().length }]
    }),
  )
}

function isBelow(
  [major, minor]: readonly [number, number],
  [thanMajor, thanMinor]: readonly [number, number],
): boolean {
  return major < thanMajor || (major === thanMajor && minor < thanMinor)
}
