/** What the modules export, as far as programs of the old interface use it. */

export const CONSTANTS: RegExp = /^(?:HUMAN_PROMPT|AI_PROMPT)$/
export const LEGACY_TYPES: RegExp = /^(?:Completion|Completions|CompletionCreateParams\w*)$/

/** What only this package has: it comes from here, whatever the rest of a program comes from. */
export const isLegacyName = (name: string): boolean =>
  CONSTANTS.test(name) || LEGACY_TYPES.test(name) || /^[wW]ithCompletions$/.test(name)

/** What both the old SDK and `legacy-completions` export. */
export const isSharedName = (name: string): boolean =>
  isLegacyName(name) ||
  /^(?:default|Anthropic|ClientOptions|APIPromise|AnthropicError|(?:API|APIConnection|APIConnectionTimeout|APIUserAbort|Authentication|BadRequest|Conflict|InternalServer|NotFound|PermissionDenied|RateLimit|UnprocessableEntity)Error)$/.test(
    name,
  )

/** What a program of the first generation imports. */
export const isFirstGenerationName = (name: string): boolean =>
  CONSTANTS.test(name) || /^(?:Client|SamplingParameters|CompletionResponse|OnOpen|OnUpdate)$/.test(name)

export const isClassName = (name: string): boolean =>
  /^(?:default|\*|Anthropic(?:Bedrock|Vertex|Foundry)?)$/.test(name)

/** A name as it stands in a list of what is imported. */
export interface ImportedName {
  imported: string
  local: string
  isType: boolean
}

/** Names as a list in braces, on as many lines and with as much space as the list before had. */
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
