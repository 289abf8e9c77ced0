/** The old Python snippet through the proxy, and the errors of the Python SDK 1.x and 2.x. */
import { readFileSync } from 'node:fs'
import { pythonWith } from './project.mjs'
import { block } from './readme.mjs'

export const title = 'an old Python program, through the proxy'

const HI = '[{"role": "user", "content": "Hi"}]'

/** A program for each Python sentence of docs/errors.md that ends in it, with the version of the SDK. */
const PROGRAMS = {
  "module 'anthropic' has no attribute 'HUMAN_PROMPT'": {
    program: 'import anthropic\nanthropic.HUMAN_PROMPT',
  },
  "cannot import name 'HUMAN_PROMPT' from 'anthropic'": { program: 'from anthropic import HUMAN_PROMPT' },
  "'Anthropic' object has no attribute 'completions'": {
    program: 'from anthropic import Anthropic\nAnthropic().completions',
  },
  "cannot import name 'Completion' from 'anthropic.types'": {
    packages: 'anthropic==2.14.0',
    program: 'from anthropic.types import Completion',
  },
  "'Anthropic' object has no attribute 'completion'": {
    packages: 'anthropic==2.14.0',
    program: 'from anthropic import Anthropic\nAnthropic().completion(prompt="")',
  },
  "'Anthropic' object has no attribute 'count_tokens'": {
    packages: 'anthropic==2.14.0',
    program: 'from anthropic import Anthropic\nAnthropic().count_tokens("Hi")',
  },
  "Missing required arguments; Expected either ('max_tokens', 'messages' and 'model')": {
    packages: 'anthropic==2.14.0',
    program:
      'from anthropic import Anthropic\nAnthropic().messages.create(model="claude-2.1", max_tokens_to_sample=9, prompt="Hi")',
  },
  '`httpx.Client` is from the `httpx` package, but this SDK uses `httpx2`': {
    packages: 'anthropic==2.14.0 httpx',
    program: 'import httpx\nfrom anthropic import Anthropic\nAnthropic(http_client=httpx.Client())',
  },
  "Messages.create() got an unexpected keyword argument 'temperature'": {
    program: `from anthropic import Anthropic\nAnthropic().messages.create(model="claude-haiku-4-5", max_tokens=9, temperature=0, messages=${HI})`,
  },
  "Client.__init__() got an unexpected keyword argument 'proxies'": {
    packages: 'anthropic==0.39.0',
    program: 'from anthropic import Anthropic\nAnthropic()',
  },
}
const YOUNG = 'anthropic>=1,<2'

const errors = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8')
const sentences = [
  ...(errors.split(/^## /m).find(part => part.startsWith('After an upgrade, in Python')) ?? '').matchAll(
    /^### (.+)$/gm,
  ),
].map(([, sentence]) => sentence.replaceAll('\\_', '_'))

export async function walk({ project, tarball, check }) {
  await project.npmInstall(tarball)
  const python = await pythonWith(project, 'old', 'anthropic<1')

  const [line] = block('sh', 'legacy-completions serve --port').split('#')
  const words = line.trim().split(/\s+/)
  // A port that is free, in place of 8080; and the emulator, as README.md says, for there is no key.
  const port = words.indexOf('--port') + 1
  const args = [...words.slice(1, port), '0', ...words.slice(port + 1), '--emulate']
  const { match, stop } = await project.start(words[0], args, /"url":"(http:[^"]+)"/)
  try {
    project.env = { ANTHROPIC_BASE_URL: match[1], ANTHROPIC_API_KEY: 'any' }
    project.write('program.py', block('python', 'client.completions.create'))
    const { stdout, stderr } = await project.run(python, 'program.py')
    check('it runs, and begins as it did', stdout.startsWith(' Air scatters blue light'), { stdout, stderr })

    const proxy = readFileSync(new URL('../../../docs/proxy.md', import.meta.url), 'utf8')
    const curl = /^```sh\n(curl [\s\S]*?)^```$/m.exec(proxy)?.[1] ?? ''
    const asked = await project.run('sh', '-c', curl.replace('http://127.0.0.1:8080', match[1]))
    check('curl, as docs/proxy.md has it', JSON.parse(asked.stdout).completion.startsWith(' Air'), asked)
  } finally {
    stop()
  }

  check(
    'docs/errors.md has these sentences, and no other',
    [...sentences].sort().join('|') === Object.keys(PROGRAMS).sort().join('|'),
    sentences,
  )
  const pythons = {}
  for (const [sentence, { program, packages = YOUNG }] of Object.entries(PROGRAMS)) {
    pythons[packages] ??= await pythonWith(project, packages.replace(/\W+/g, '-'), ...packages.split(' '))
    const { stderr } = await project.run(pythons[packages], '-c', program)
    check(`${packages} fails with: ${sentence}`, stderr.includes(sentence), stderr)
  }
}
