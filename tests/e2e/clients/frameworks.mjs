/**
 * Frameworks that bring their own SDK, as docs/frameworks.md describes them: JavaScript ones with an override in
 * package.json, LiteLLM with the proxy; and which versions of the official SDKs read ANTHROPIC_BASE_URL.
 */
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startEmulator } from '../../../dist/emulator.js'
import { serveProxy } from '../../../dist/node.js'
import { fetchPackages, NotToBeHad, once, pythonPackages } from './installations.mjs'

const here = path => fileURLToPath(new URL(path, import.meta.url))
const ROOT = here('../../..')
const MOST_MILLISECONDS = 120_000
const SKY = 'Why is the sky blue?'
const ANSWER = 'Air scatters blue light more than red light, so the sky looks blue from every direction.'

const PAGE = readFileSync(join(ROOT, 'docs/frameworks.md'), 'utf8')
/** The package managers of docs/frameworks.md, by the field of package.json that they read. */
const MANAGERS = {
  npm: {
    field: 'overrides',
    install: ['npm', 'install', '--silent', '--no-audit', '--no-fund', '--ignore-scripts'],
  },
  pnpm: { field: 'pnpm', install: ['npx', '--yes', 'pnpm@9', 'install', '--silent', '--ignore-scripts'] },
  yarn: {
    field: 'resolutions',
    install: ['npx', '--yes', 'yarn@1.22.22', 'install', '--silent', '--ignore-scripts'],
  },
}

/** The program of a framework prints JSON lines: the case, and its text. */
const FRAMEWORKS = [
  {
    name: 'langchain 0.0.200',
    managers: Object.keys(MANAGERS),
    cases: ['whole', 'streamed'],
    program: `
      import { ChatAnthropic } from 'langchain/chat_models/anthropic'
      import { HumanMessage } from 'langchain/schema'
      const model = new ChatAnthropic({ modelName: 'claude-2.1', anthropicApiUrl: process.env.ANTHROPIC_BASE_URL })
      const say = (name, text) => console.log(JSON.stringify({ case: name, text }))
      say('whole', (await model.invoke([new HumanMessage('${SKY}')])).content)
      let text = ''
      for await (const { content } of await model.stream([new HumanMessage('${SKY}')])) text += content
      say('streamed', text)`,
  },
  {
    name: 'llamaindex 0.0.37',
    cases: ['whole'],
    program: `
      import { Anthropic } from 'llamaindex'
      const model = new Anthropic({ model: 'claude-2', maxTokens: 200 })
      const { message } = await model.chat([{ role: 'user', content: '${SKY}' }])
      console.log(JSON.stringify({ case: 'whole', text: message.content }))`,
  },
  {
    name: 'promptfoo 0.28.2',
    cases: ['whole'],
    program: `
      import promptfoo from 'promptfoo'
      const { results } = await promptfoo.default.evaluate(
        { prompts: ['${SKY}'], providers: ['anthropic:completion:claude-2.1'], tests: [{ vars: {} }] },
        { maxConcurrency: 1, showProgressBar: false },
      )
      console.log(JSON.stringify({ case: 'whole', text: results[0].response?.output ?? results[0].error }))
      process.exit()`,
  },
]

/** The last version that ignores ANTHROPIC_BASE_URL, and the first that reads it. */
const BASE_URL = {
  typescript: { ignores: '0.10.2', reads: '0.11.0' },
  python: { ignores: '0.6.0', reads: '0.7.0' },
}
const VENDOR = 'https://api.anthropic.com'

function run(command, args, cwd, extra = {}) {
  return new Promise((resolve, reject) => {
    const { PATH, HOME } = process.env
    const settings = {
      PYTHONDONTWRITEBYTECODE: '1',
      PROMPTFOO_DISABLE_TELEMETRY: '1',
      PROMPTFOO_CACHE_ENABLED: 'false',
    }
    const env = { PATH, HOME, ANTHROPIC_API_KEY: 'any', ...settings, ...extra }
    const child = spawn(command, args, { cwd, env, timeout: MOST_MILLISECONDS })
    let out = ''
    let err = ''
    child.stdout.setEncoding('utf8').on('data', text => (out += text))
    child.stderr.setEncoding('utf8').on('data', text => (err += text))
    child.on('error', reject)
    child.on('close', () => {
      const lines = out.split('\n').filter(line => line.startsWith('{"case"'))
      resolve({ out, err, seen: lines.map(line => JSON.parse(line)) })
    })
  })
}

/** The block of the page that has a field, with the packed tarball in place of the published package. */
function manifestWith(dependency, version, field, tarball) {
  const blocks = [...PAGE.matchAll(/```json\n([\s\S]*?)```/g)].map(([, json]) => JSON.parse(json))
  const found = blocks.find(block => field in block)
  const json = JSON.stringify(found).replace(
    /"npm:legacy-completions@[^"]+"/,
    JSON.stringify(`file:${tarball}`),
  )
  if (!json.includes(tarball)) throw new Error(`docs/frameworks.md replaces nothing in ${field}`)
  return { private: true, type: 'module', dependencies: { [dependency]: version }, ...JSON.parse(json) }
}

async function installFramework(folder, [dependency, version], manager, tarball) {
  const { field, install } = MANAGERS[manager]
  const own = join(folder, `${manager}-${dependency}-${version}`)
  await once(own, [tarball, here('../../../docs/frameworks.md')], async () => {
    writeFileSync(
      join(own, 'package.json'),
      JSON.stringify(manifestWith(dependency, version, field, tarball)),
    )
    await fetchPackages(install[0], install.slice(1), { cwd: own })
  })
  return own
}

/** @returns {Promise<{ rows: string[][], passed: number, failures: string[], missing: string[] }>} */
export async function checkFrameworks(folder, isNamed) {
  const report = { rows: [], passed: 0, failures: [], missing: [] }
  // Hundreds of packages: only when this suite is named.
  if (!isNamed) return report
  mkdirSync(folder, { recursive: true })
  const packed = join(folder, 'packed')
  rmSync(packed, { recursive: true, force: true })
  mkdirSync(packed)
  execFileSync('npm', ['pack', '--silent', '--pack-destination', packed], { cwd: ROOT, stdio: 'ignore' })
  const tarball = join(packed, readdirSync(packed)[0])

  const record = (name, outcomes) => {
    const faults = outcomes.filter(({ fault }) => fault !== undefined)
    report.passed += outcomes.length - faults.length
    report.failures.push(...faults.map(({ title, fault }) => `${name}, ${title}: ${fault}`))
    report.rows.push([
      name,
      outcomes.map(({ title, fault }) => `${title} ${fault === undefined ? 'ok' : 'FAILED'}`).join(', '),
    ])
  }
  const attempt = async (name, check) => {
    try {
      record(name, await check())
    } catch (error) {
      if (!(error instanceof NotToBeHad)) throw error
      report.missing.push(`${name}: ${error.message}`)
    }
  }
  const emulator = await startEmulator()
  try {
    for (const { name, cases, program, managers = ['npm'] } of FRAMEWORKS)
      for (const manager of managers)
        await attempt(`${name}, ${manager}`, async () => {
          const own = await installFramework(folder, name.split(' '), manager, tarball)
          writeFileSync(join(own, 'program.mjs'), program)
          const before = emulator.requests.length
          const { seen, err } = await run(process.execPath, ['program.mjs'], own, {
            ANTHROPIC_BASE_URL: emulator.url,
          })
          const paths = new Set(emulator.requests.slice(before).map(({ path }) => path))
          return [
            ...cases.map(title => {
              const text = seen.find(line => line.case === title)?.text
              return { title, fault: text?.trim() === ANSWER ? undefined : `${text} ${err.slice(-400)}` }
            }),
            {
              title: 'at /v1/messages',
              fault: [...paths].join() === '/v1/messages' ? undefined : [...paths].join(),
            },
          ]
        })
    await attempt('LiteLLM 1.110.2', () => checkLiteLLM(folder, emulator))
    await attempt('langchain-anthropic 0.1.23, ChatAnthropic', () => checkChatAnthropic(folder, emulator))
    await attempt('langchain-anthropic 1.7.10, AnthropicLLM', () => checkAnthropicLLM(folder, emulator))
    await attempt('llama-index 0.9.48 on anthropic 2.14.0, install()', () =>
      checkLlamaIndex(folder, emulator),
    )
    await attempt('ANTHROPIC_BASE_URL in TypeScript', () => checkTypeScript(folder))
    await attempt('ANTHROPIC_BASE_URL in Python', () => checkPython(folder))
  } finally {
    await emulator.close()
  }
  return report
}

/** What LiteLLM does in each case; the table of docs/frameworks.md says the same. */
const LITELLM = {
  'anthropic_text, whole': text => text === ` ${ANSWER}`,
  // Its parser takes every chunk for the last one.
  'anthropic_text, streamed, loses text': text => text !== '' && text.trim().length < ANSWER.length,
  'anthropic_text without a template is rejected': text => text.includes('prompt must start with'),
  'anthropic, whole': text => text === ANSWER,
  'anthropic, streamed': text => text === ANSWER,
}

async function checkLiteLLM(folder, emulator) {
  const [python] = await pythonPackages(
    'litellm-1.110.2',
    'litellm_calls.py',
  )(join(folder, 'litellm-1-110-2'))
  const proxy = await serveProxy({
    upstream: emulator.url,
    adaptMessages: ['retired-model'],
    onDiagnostic() {},
  })
  try {
    const { seen, err } = await run(python, [here('python/litellm_calls.py'), proxy.url])
    return Object.entries(LITELLM).map(([title, isRight]) => {
      const text = seen.find(line => line.case === title)?.text
      return { title, fault: text !== undefined && isRight(text) ? undefined : `${text} ${err.slice(-400)}` }
    })
  } finally {
    await proxy.close()
  }
}

/** LangChain's `ChatAnthropic`, whose calls the proxy adapts only with `adaptMessages`. */
async function checkChatAnthropic(folder, emulator) {
  const requirements = 'langchain-anthropic-0.1.23'
  const [python] = await pythonPackages(requirements, 'chat_anthropic.py')(join(folder, requirements))
  const outcomes = []
  for (const adaptMessages of [undefined, ['retired-model']]) {
    const proxy = await serveProxy({ upstream: emulator.url, adaptMessages, onDiagnostic() {} })
    try {
      const { seen, err } = await run(python, [here('python/chat_anthropic.py'), proxy.url])
      for (const title of ['whole', 'streamed', 'prefill']) {
        const text = seen.find(line => line.case === title)?.text ?? err.slice(-400)
        const isRight =
          adaptMessages === undefined
            ? text.startsWith('NotFoundError')
            : title === 'prefill'
              ? text !== '' && !text.includes('Error')
              : text === ANSWER
        const how = adaptMessages === undefined ? 'not found without the option' : 'adapted'
        outcomes.push({ title: `${title} ${how}`, fault: isRight ? undefined : text })
      }
    } finally {
      await proxy.close()
    }
  }
  return outcomes
}

/** LangChain's `AnthropicLLM` reads the markers of a prompt from the SDK, which has none since 1.0. */
async function checkAnthropicLLM(folder, emulator) {
  const requirements = 'langchain-anthropic-1.7.10'
  const [python] = await pythonPackages(requirements, 'anthropic_llm.py')(join(folder, requirements))
  const proxy = await serveProxy({ upstream: emulator.url, onDiagnostic() {} })
  const outcomes = []
  try {
    for (const [title, turns, ...args] of [
      ['sends one turn', 1],
      ['after install() three', 3, 'install'],
    ]) {
      const PYTHONPATH = join(ROOT, 'src/python')
      const { seen, err } = await run(python, [here('python/anthropic_llm.py'), proxy.url, ...args], folder, {
        PYTHONPATH,
      })
      const sent = Object(emulator.requests.at(-1)?.body).messages?.length
      const isRight = seen[0]?.text === ANSWER && sent === turns
      outcomes.push({ title, fault: isRight ? undefined : `${sent} ${seen[0]?.text} ${err.slice(-300)}` })
    }
  } finally {
    await proxy.close()
  }
  return outcomes
}

async function checkLlamaIndex(folder, emulator) {
  const requirements = 'llama-index-0.9.48-anthropic-2.14.0'
  const [python] = await pythonPackages(requirements, 'llama_installed.py')(join(folder, requirements))
  const proxy = await serveProxy({ upstream: emulator.url, onDiagnostic() {} })
  try {
    const PYTHONPATH = join(ROOT, 'src/python')
    const { seen, err } = await run(python, [here('python/llama_installed.py'), proxy.url], folder, {
      PYTHONPATH,
    })
    return ['complete', 'stream_complete', 'chat'].map(title => {
      const text = seen.find(line => line.case === title)?.text
      return { title, fault: text?.trim() === ANSWER ? undefined : `${text} ${err.slice(-400)}` }
    })
  } finally {
    await proxy.close()
  }
}

const SOMEWHERE = 'http://127.0.0.1:1/here'
const expectedOf = kind => (kind === 'reads' ? SOMEWHERE : VENDOR)
const outcomeOf = (kind, version, url, err) => ({
  title: `${version} ${kind} it`,
  fault: url.replace(/\/$/, '') === expectedOf(kind) ? undefined : `${url} ${err.slice(-300)}`,
})

async function checkTypeScript(folder) {
  const outcomes = []
  for (const [kind, version] of Object.entries(BASE_URL.typescript)) {
    const own = join(folder, `sdk-${version}`)
    await once(own, [], async () => {
      writeFileSync(join(own, 'package.json'), '{ "private": true }')
      const options = ['--silent', '--no-audit', '--no-fund', '--prefix', own]
      await fetchPackages('npm', ['install', ...options, `@anthropic-ai/sdk@${version}`])
    })
    const program = "console.log(new (require('@anthropic-ai/sdk'))().baseURL)"
    const { out, err } = await run(process.execPath, ['-e', program], own, { ANTHROPIC_BASE_URL: SOMEWHERE })
    outcomes.push(outcomeOf(kind, version, out.trim(), err))
  }
  return outcomes
}

async function checkPython(folder) {
  const outcomes = []
  for (const [kind, version] of Object.entries(BASE_URL.python)) {
    const [python] = await pythonPackages(
      `anthropic-${version}`,
      'sdk.py',
    )(join(folder, `anthropic-${version}`))
    const program = 'import anthropic; print(anthropic.Anthropic().base_url)'
    const { out, err } = await run(python, ['-c', program], folder, { ANTHROPIC_BASE_URL: SOMEWHERE })
    outcomes.push(outcomeOf(kind, version, out.trim(), err))
  }
  return outcomes
}
