/** The marker constants that the modules export. */

export const CONSTANTS: RegExp = /^(?:HUMAN_PROMPT|AI_PROMPT)$/
export const LEGACY_TYPES: RegExp = /^(?:Completion|Completions|CompletionCreateParams\w*)$/

/**
 * Returns whether a name is exported by this package and not by the current SDK. It has to be imported from this
 * package.
 */
export const isLegacyName = (name: string): boolean =>
  CONSTANTS.test(name) || LEGACY_TYPES.test(name) || /^[wW]ithCompletions$/.test(name)

/** Returns whether both the old SDK and `legacy-completions` export a name. */
export const isSharedName = (name: string): boolean =>
  isLegacyName(name) ||
  /^(?:default|Anthropic|ClientOptions|APIPromise|AnthropicError|(?:API|APIConnection|APIConnectionTimeout|APIUserAbort|Authentication|BadRequest|Conflict|InternalServer|NotFound|PermissionDenied|RateLimit|UnprocessableEntity)Error)$/.test(
    name,
  )

/** Returns whether a program of the first generation imports a name. */
export const isFirstGenerationName = (name: string): boolean =>
  CONSTANTS.test(name) || /^(?:Client|SamplingParameters|CompletionResponse|OnOpen|OnUpdate)$/.test(name)

/**
 * Returns whether a name of an official package is a client class: the default export, `Anthropic`, and those of the
 * clouds such as `AnthropicBedrock` and `AnthropicAws`.
 */
export const isClientClass = (name: string): boolean =>
  /^(?:default|Anthropic(?:[A-Z]\w*)?)$/.test(name) && !name.endsWith('Error')

/** Returns whether a name is a client class, or the namespace that has it as a member. */
export const isClassName = (name: string): boolean => name === '*' || isClientClass(name)

/** A name in an import list. */
export interface ImportedName {
  imported: string
  local: string
  isType: boolean
}

/** Returns the names as a list in braces, with the line breaks and spaces of the previous list. */
export function nameList(names: readonly ImportedName[], before: string, isRequire: boolean): string {
  const items = [...new Map(names.map(name => [name.local, name])).values()]
    .map(({ imported, local, isType }) => {
      const alias = imported === local ? imported : `${imported}${isRequire ? ':' : ' as'} ${local}`
      return isType && !isRequire ? `type ${alias}` : alias
    })
    .sort((a, b) => compare(a.replace(/^type /, ''), b.replace(/^type /, '')))
  const indent = /^\{[^\S\n]*\n([ \t]*)/.exec(before)?.[1]
  if (indent !== undefined) {
    const end = /\n[ \t]*\}$/.exec(before)?.[0] ?? '\n}'
    const comma = /,\s*\}$/.test(before) ? ',' : ''
    return `{\n${items.map(item => indent + item).join(',\n')}${comma}${end}`
  }
  const pad = /^\{\S/.test(before) ? '' : ' '
  return `{${pad}${items.join(', ')}${pad}}`
}

const compare = (a: string, b: string): number => {
  const [x, y] = [a.toLowerCase(), b.toLowerCase()]
  return x < y ? -1 : x > y ? 1 : a < b ? -1 : 1
}
