import { startEmulator } from 'legacy-completions/emulator'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type Ended, run } from './command.ts'

const PROMPT = '\n\nHuman: Why is the sky blue?\n\nAssistant:'
const ANSWER = ' Air scatters blue light more than red light, so the sky looks blue from every direction.'
const complete = (args: readonly string[], given: Parameters<typeof run>[1] = {}): Promise<Ended> =>
  run(['complete', ...args], given)

describe('complete', () => {
  test.each([
    ['an argument', [PROMPT], '', ''],
    ['standard input', [], PROMPT, ''],
    ['a question without turns', ['Why is the sky blue?'], '', 'It is sent as one Human turn.'],
    ['such a question on standard input', [], 'Why is the sky blue?\n', 'It is sent as one Human turn.'],
  ])('answers %s', async (_, args, stdin, says) => {
    const { code, out, err } = await complete(['--emulate', ...args], { stdin })
    expect([code, out]).toEqual([0, `${ANSWER}\n`])
    expect(err).toContain(says)
  })

  test('writes diagnostics to standard error, and the whole completion with --json', async () => {
    const args = [
      '--emulate',
      '--json',
      '--model',
      'claude-2.1',
      '--temperature',
      '0',
      '--stop',
      'light',
      PROMPT,
    ]
    const { code, out, err } = await complete(args)
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({
      type: 'completion',
      completion: ' Air scatters blue ',
      stop: 'light',
    })
    expect(err).toMatch(/^prompt: warning retired-model: [\s\S]*\nprompt: warning sampling-dropped: /)
  })

  test('writes the answer as it comes', async () => {
    const emulator = await startEmulator({
      reply: { deltas: ['one', ' two', ' three'], faults: { delayMs: 20 } },
    })
    onTestFinished(() => emulator.close())
    const env = { ANTHROPIC_API_KEY: 'test', ANTHROPIC_BASE_URL: emulator.url }
    const { code, out } = await complete([PROMPT, '--max-tokens', '7'], { env })
    expect([code, out]).toEqual([0, ' one two three\n'])
    expect(emulator.requests).toMatchObject([{ body: { max_tokens: 7, stream: true } }])
  })

  test.each<[readonly string[], Record<string, string>, number, string]>([
    [[], {}, 2, 'The prompt is empty.'],
    [['a', 'b'], {}, 2, 'Give one prompt'],
    [['a', '--file', 'b'], {}, 2, 'Give one prompt'],
    [['--file', 'nowhere'], {}, 2, 'nowhere does not exist.'],
    [['--temperature', 'hot', 'a'], {}, 2, '--temperature must be a number'],
    [['--temperature', '2', 'a', '--emulate'], {}, 1, 'temperature: range'],
    [['\n\nHuman: Hi', '--emulate'], {}, 1, 'prompt must end with'],
    [[PROMPT], {}, 2, 'Could not resolve authentication method.'],
    [
      [PROMPT],
      { ANTHROPIC_API_KEY: 'x', ANTHROPIC_BASE_URL: 'http://127.0.0.1:9' },
      1,
      'could not be reached',
    ],
  ])('reports %j with %j', async (args, env, code, says) => {
    const ended = await complete(args, { env })
    expect(ended).toMatchObject({ code, err: expect.stringContaining(says) })
  })
})
