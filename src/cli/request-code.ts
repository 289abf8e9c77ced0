import { escapeInvisible } from '../source-text.ts'
import type { MessagesRequest } from '../wire.ts'

/** The latest API version that accepts sampling parameters. Current SDKs send a later one by default. */
const API_VERSION = '2023-06-01'

/** Parameters that the API accepts at {@link API_VERSION}, but that the types of current SDKs omit. */
const SAMPLING: readonly string[] = ['temperature', 'top_p', 'top_k']

/**
 * Returns a shell command that sends a request.
 *
 * The body is a quoted here-document, in which the shell expands nothing. No line of the body can equal the end marker,
 * because JSON writes line breaks in strings as `\n`.
 */
export function curlOf(request: MessagesRequest, apiVersion: string = API_VERSION): string {
  const unbuffered = request.stream ? ' --no-buffer' : ''
  return `curl${unbuffered} "\${ANTHROPIC_BASE_URL:-https://api.anthropic.com}/v1/messages" \\
  --header "x-api-key: $ANTHROPIC_API_KEY" \\
  --header ${shellQuoted(`anthropic-version: ${apiVersion}`)} \\
  --header 'content-type: application/json' \\
  --data-binary @- <<'EOF'
${escapeInvisible(JSON.stringify(request, null, 2))}
EOF
`
}

/** Returns a TypeScript module that sends a request with the official SDK and prints the text of the response. */
export function typescriptOf(request: MessagesRequest, apiVersion: string = API_VERSION): string {
  const { named, sampling } = splitSampling(request)
  const fields = named.map(([name, value]) => `${name}: ${literal(value, TYPESCRIPT)}`)
  const isPinned = sampling.length > 0
  const constants = `
// The API takes these at this version; the SDK's types leave them out.
const sampling = ${literal(Object.fromEntries(sampling), TYPESCRIPT)};
const options = { headers: { "anthropic-version": ${quoted(apiVersion)} } };
`
  const call = `await client.messages.create({
${lines(isPinned ? [...fields, '...sampling'] : fields, TYPESCRIPT)}}${isPinned ? ', options' : ''});`
  const use = request.stream
    ? `const events = ${call}
for await (const event of events) {
  if (event.type === "content_block_delta" && event.delta.type === "text_delta") {
    process.stdout.write(event.delta.text);
  }
}`
    : `const message = ${call}
for (const block of message.content) {
  if (block.type === "text") console.log(block.text);
}`
  return `import Anthropic from "@anthropic-ai/sdk";

const client = new Anthropic();
${isPinned ? constants : ''}
${use}
`
}

/** Returns a Python script that sends a request with the official SDK and prints the text of the response. */
export function pythonOf(request: MessagesRequest, apiVersion: string = API_VERSION): string {
  const { named, sampling } = splitSampling(request)
  const fields = named.map(([name, value]) => `${name}=${literal(value, PYTHON)}`)
  if (sampling.length > 0) {
    fields.push(
      `# The API takes these at this version; the SDK no longer names them.
    extra_body=${literal(Object.fromEntries(sampling), PYTHON)}`,
      `extra_headers={"anthropic-version": ${quoted(apiVersion)}}`,
    )
  }
  const call = `client.messages.create(\n${lines(fields, PYTHON)})`
  const use = request.stream
    ? `events = ${call}
for event in events:
    if event.type == "content_block_delta" and event.delta.type == "text_delta":
        print(event.delta.text, end="", flush=True)`
    : `message = ${call}
for block in message.content:
    if block.type == "text":
        print(block.text)`
  return `from anthropic import Anthropic

client = Anthropic()

${use}
`
}

/** How a language writes JSON values. */
interface Notation {
  key: (name: string) => string
  truth: (value: boolean) => string
  /** Text between the braces of an object and its fields. */
  padding: string
  indent: string
}

const TYPESCRIPT: Notation = { key: name => name, truth: String, padding: ' ', indent: '  ' }
const PYTHON: Notation = {
  key: quoted,
  truth: value => (value ? 'True' : 'False'),
  padding: '',
  indent: '    ',
}

/** Writes a request field as a literal: one message per line, everything else on one line. */
function literal(value: unknown, notation: Notation): string {
  const { key, truth, padding, indent } = notation
  if (typeof value === 'boolean') return truth(value)
  if (typeof value === 'string') return quoted(value)
  if (Array.isArray(value)) {
    const items = value.map(item => literal(item, notation))
    if (typeof value[0] === 'string') return `[${items.join(', ')}]`
    return `[\n${lines(items, notation, indent + indent)}${indent}]`
  }
  if (typeof value !== 'object' || value === null) return String(value)
  const fields = Object.entries(value).map(([name, field]) => `${key(name)}: ${literal(field, notation)}`)
  return `{${padding}${fields.join(', ')}${padding}}`
}

function lines(items: readonly string[], notation: Notation, indent: string = notation.indent): string {
  return items.map(item => `${indent}${item},\n`).join('')
}

/** Writes a string literal. JSON strings are valid literals with the same value in JavaScript and Python. */
function quoted(text: string): string {
  return escapeInvisible(JSON.stringify(text))
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

type Field = [name: string, value: unknown]

function splitSampling(request: MessagesRequest): { named: Field[]; sampling: Field[] } {
  const fields: Field[] = Object.entries(request)
  return {
    named: fields.filter(([name]) => !SAMPLING.includes(name)),
    sampling: fields.filter(([name]) => SAMPLING.includes(name)),
  }
}
