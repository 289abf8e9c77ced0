/**
 * Runs docs/scale/spark_pipe.py with a real Spark on this machine, and holds what it wrote against what the command
 * alone writes. PYTHON names a Python that has pyspark. Without one, or without Java, the run says so.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { writeInput } from '../../bench/convert/input.mjs'

const here = name => fileURLToPath(new URL(name, import.meta.url))
const { PYTHON: python = 'python3', PATH } = process.env
const command = here('../../../dist/bin.js')

const runs = (program, ...args) => spawnSync(program, args, { stdio: 'ignore' }).status === 0
if (!runs(python, '-c', 'import pyspark') || !runs('java', '-version')) {
  console.log('skipped: no pyspark for PYTHON, or no java')
  console.log('0 passed, 0 failed')
  process.exit()
}

const folder = mkdtempSync(join(tmpdir(), 'legacy-completions-'))
const file = name => join(folder, name)
let failed = 0
const check = (what, isSo) => {
  if (!isSo) failed++
  console.log(`${isSo ? '✓' : '✗'} ${what}`)
}

/** What Spark wrote, its parts in order. */
const written = name =>
  readdirSync(file(`spark/${name}`))
    .filter(part => part.startsWith('part-'))
    .sort()
    .map(part => readFileSync(file(`spark/${name}/${part}`), 'utf8'))
    .join('')

try {
  mkdirSync(file('bin'))
  writeFileSync(file('bin/legacy-completions'), `#!/bin/sh\nexec '${process.execPath}' '${command}' "$@"\n`)
  chmodSync(file('bin/legacy-completions'), 0o755)
  writeInput(file('in.jsonl'), 8e6)
  // Spark itself joins the lines of a partition by line breaks: nothing that looks like its own ends may be lost.
  const odd = ['', 'not JSON', '{"prompt":"no turns"}', '{"prompt":"\\n\\nHuman: a\u2028b\\n\\nAssistant:"}']
  writeFileSync(file('in.jsonl'), `${odd.join('\n')}\n`, { flag: 'a' })

  const alone = spawnSync(
    process.execPath,
    [command, 'convert', file('in.jsonl'), '--out', file('alone.jsonl'), '--rejects', file('rejects.jsonl')],
    { encoding: 'utf8' },
  )
  check('the command alone leaves out what cannot be converted', alone.status === 1)
  const said = execFileSync(
    python,
    [here('../../../docs/scale/spark_pipe.py'), file('in.jsonl'), file('spark')],
    {
      env: { ...process.env, PATH: `${file('bin')}:${PATH}`, PYSPARK_PYTHON: python },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  )
  console.log(said.trim())
  check('Spark writes the same lines', written('messages') === readFileSync(file('alone.jsonl'), 'utf8'))
  const texts = rejects =>
    rejects
      .trim()
      .split('\n')
      .map(line => JSON.parse(line).text)
  const both = [written('rejects'), readFileSync(file('rejects.jsonl'), 'utf8')].map(texts)
  check(
    'and keeps the same lines aside',
    JSON.stringify(both[0]) === JSON.stringify(both[1]) && both[0].length === 2,
  )
} catch (error) {
  failed++
  console.log(error)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
console.log(`${3 - failed} passed, ${failed} failed`)
if (failed > 0) process.exitCode = 1
