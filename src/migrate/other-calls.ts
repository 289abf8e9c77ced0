import { frameworkClasses } from '../audit/detect/packages.ts'
import type { LegacyUse } from '../audit/index.ts'
import { shortCode } from './cannot-rewrite.ts'
import type { OwnNote } from './diagnostic.ts'
import { isSame, kindOf, nodesOf, type SyntaxNode, type Tree } from './tree.ts'

const ENDPOINT = /\/v1\/complete(?![\w])/
const BEDROCK =
  /^(?:InvokeModelCommand|InvokeModelWithResponseStreamCommand|invokeModel(?:WithResponseStream)?|invoke_model(?:_with_response_stream)?)$/
const HTTP =
  /^(?:f[e]tch\w*|axios|needle|got|ky|request|superagent|ofetch|\$f[e]tch|urlopen|Request)$|(?:^|\.)(?:axios|needle|got|ky|request|superagent|requests|httpx|session|client|http|httpClient|aiohttp)\.(?:post|request|stream|f[e]tch)$|(?:^|\.)(?:urlopen|Request)$|(?:^|\.)session\.post$/i
const BODY = /max_tokens_to_sample/

/** Finds calls of Text Completions outside of the SDK: over HTTP, to Bedrock, and by classes of frameworks. */
export function findOtherCalls(tree: Tree, uses: readonly LegacyUse[]): OwnNote[] {
  const { source, root } = tree
  const isOfSdk = ({ start, end }: SyntaxNode): boolean =>
    uses.some(({ call }) => call !== undefined && call.start <= start && end <= call.end)
  const classes = new Set(
    nodesOf(root, 'import_statement', 'import_from_statement').flatMap(statement =>
      frameworkClasses(statement.text(), source),
    ),
  )
  const hasEndpoint = ENDPOINT.test(source)
  const hasBody = BODY.test(source)
  const notes = passedMethods(tree, uses)
  if (classes.size === 0 && !hasEndpoint && !(hasBody && /bedrock/i.test(source))) return notes
  let hasHttp = false
  for (const node of nodesOf(root, 'call', 'call_expression', 'new_expression')) {
    const callee = node.field('function') ?? node.field('constructor')
    const name = callee?.text() ?? ''
    const last = name.slice(name.lastIndexOf('.') + 1)
    if (isOfSdk(node)) continue
    if (classes.has(name) && isConstruction(node)) notes.push({ code: 'framework-call', at: node.start })
    else if (hasBody && BEDROCK.test(last)) notes.push({ code: 'bedrock-call', at: (callee ?? node).start })
    else if (hasEndpoint && HTTP.test(name) && isToEndpoint(node)) {
      hasHttp = true
      notes.push({ code: 'http-call', at: node.start })
    }
  }
  if (hasEndpoint && !hasHttp) {
    const text = nodesOf(root, 'string', 'template_string').find(
      node => ENDPOINT.test(node.text()) && !isOfSdk(node),
    )
    if (text && !isDocumentation(text)) notes.push({ code: 'http-call', at: text.start })
  }
  return notes
}

/** Finds the places that pass on the method of a client: `partial(client.completions.create, model=…)`. */
function passedMethods({ root, source }: Tree, uses: readonly LegacyUse[]): OwnNote[] {
  if (!/completions\.(?:create|stream)\b/.test(source) || !/(?:import|from|require).*anthropic/.test(source))
    return []
  const isOfOther = /\bimport\b.*openai|require\(['"]openai/i.test(source)
  return nodesOf(root, 'attribute', 'member_expression').flatMap((node): OwnNote[] => {
    const written = /([\w$]*)\.completions\.(?:create|stream)$/.exec(node.text())
    if (written === null) return []
    const isCalled =
      isSame(node.parent()?.field('function'), node) ||
      /^(?:attribute|member_expression)$/.test(kindOf(node.parent()))
    const isCounted = uses.some(
      ({ call }) => call !== undefined && call.start <= node.start && node.end <= call.end,
    )
    const isTheirs = !isOfOther || /anthropic|claude/i.test(written[1] ?? '')
    if (isCalled || isCounted || !isTheirs) return []
    return [
      {
        code: 'call-unknown',
        at: node.start,
        detail: shortCode(node.parent()?.text() ?? node.text()),
        cause: node.start,
      },
    ]
  })
}

/** Returns whether a class is constructed, and not only named in a type or extended. */
const isConstruction = (node: SyntaxNode): boolean => kindOf(node) !== 'call_expression'

/** Returns whether a request goes to the endpoint, or to a URL known only at run time. */
function isToEndpoint(node: SyntaxNode): boolean {
  const given = node.field('arguments')?.text() ?? ''
  return ENDPOINT.test(given) || !/https?:\/\//.test(given)
}

/** Returns whether a text is documentation: a text that is a whole statement has no other use. */
const isDocumentation = (node: SyntaxNode): boolean => kindOf(node.parent()) === 'expression_statement'
