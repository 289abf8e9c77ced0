import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'
import { type RunningEmulator, startEmulator } from 'legacy-completions/emulator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { curlOf, pythonOf, typescriptOf } from '../../../src/cli/request-code.ts'
import { REQUESTS } from './requests-as-code.ts'

const isMissing = (command: string): boolean => spawnSync(command, ['--version']).status !== 0
const cases = REQUESTS.map(({ name, request }) => [name, request] as const)

describe('as curl', () => {
  const isWithoutCurl = isMissing('curl')
  let emulator: RunningEmulator
  beforeAll(async () => {
    emulator = await startEmulator()
  })
  afterAll(() => emulator.close())

  it.for(cases)('%s is sent unchanged', async ([, request], { skip }) => {
    if (isWithoutCurl) return skip('curl is not installed')
    const env = { PATH: process.env.PATH, ANTHROPIC_BASE_URL: emulator.url, ANTHROPIC_API_KEY: 'any key' }
    const { stdout } = await promisify(execFile)('sh', ['-c', curlOf(request)], { env })
    const received = emulator.requests.at(-1)
    expect(received?.body).toEqual(request)
    expect(received?.headers).toMatchObject({ 'x-api-key': 'any key', 'anthropic-version': '2023-06-01' })
    expect(stdout).toMatch(request.stream ? /event: message_stop/ : /"type": ?"message"/)
  })

  it('sends the named API version, with any characters', () => {
    const [{ request }] = REQUESTS as [(typeof REQUESTS)[number]]
    expect(curlOf(request, '2026-10-21')).toContain(`--header 'anthropic-version: 2026-10-21'`)
    const { stdout } = spawnSync(
      'sh',
      ['-c', curlOf(request, "x'$(id)").replace(/^curl/, `printf '%s\\n'`)],
      {
        encoding: 'utf8',
      },
    )
    expect(stdout).toContain(`anthropic-version: x'$(id)\n`)
  })
})

/** Prints what the one call of each script was given, as JSON: the fields by name, and what is added to the body. */
const READ_CALLS = `
import ast, json, sys
def given(script):
    calls = [node for node in ast.walk(ast.parse(script)) if isinstance(node, ast.Call)]
    [create] = [call for call in calls if getattr(call.func, "attr", "") == "create"]
    fields = {keyword.arg: ast.literal_eval(keyword.value) for keyword in create.keywords}
    return {"headers": fields.pop("extra_headers", {}), "body": {**fields.pop("extra_body", {}), **fields}}
print(json.dumps([given(script) for script in json.load(sys.stdin)]))
`

describe('as Python', () => {
  const isWithoutPython = isMissing('python3')
  const { stdout, stderr } = spawnSync('python3', ['-c', READ_CALLS], {
    input: JSON.stringify(REQUESTS.map(({ request }) => pythonOf(request))),
    encoding: 'utf8',
  })

  it.for(REQUESTS.map(({ name, request }, index) => ({ name, request, index })))(
    '$name is read as it is',
    ({ request, index }, { skip }) => {
      if (isWithoutPython) return skip('python3 is not installed')
      expect(stderr).toBe('')
      expect(JSON.parse(stdout)[index]).toEqual({
        headers: 'temperature' in request ? { 'anthropic-version': '2023-06-01' } : {},
        body: request,
      })
    },
  )
})

// What the SDK and the compiler make of it is in tests/e2e/sdks.
describe('as TypeScript', () => {
  it.for(cases)('%s shows all there is in it', ([, request]) => {
    expect(typescriptOf(request)).not.toMatch(
      /[\p{Zl}\p{Zp}\u007f-\u009f\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u,
    )
  })
})

describe.each([
  ['curl', curlOf],
  ['TypeScript', typescriptOf],
  ['Python', pythonOf],
])('invisible characters in %s', (_, write) => {
  it.each([
    '\u200b',
    '\u00ad',
    '\u2064',
    '\u2060',
    '\u180e',
    '\u202e',
    '\u2028',
    '\ufeff',
    '\u0085',
    '\0',
    '\x1b',
    '\r',
  ])('%j is escaped', character => {
    const content = `a${character}b`
    const code = write({ model: 'm', max_tokens: 1, messages: [{ role: 'user', content }] })
    expect(code).not.toContain(character)
    expect(code).toMatch(/a\\\w+b/)
  })

  it('keeps the joiner of emoji', () => {
    const content = '\ud83d\udc69\u200d\ud83d\udcbb'
    expect(write({ model: 'm', max_tokens: 1, messages: [{ role: 'user', content }] })).toContain(content)
  })
})
