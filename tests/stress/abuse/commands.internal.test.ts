import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { run } from '../../unit/cli/command.ts'

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'legacy-abuse-'))
  onTestFinished(() => rmSync(path, { recursive: true }))
  return path
}

const POISONS = ['"__proto__":{"polluted":true}', '"constructor":{"prototype":{"polluted":true}}']
const PROMPT = '\\n\\nHuman: Hi\\n\\nAssistant:'

test.each(POISONS)('convert keeps %s as the field that it is', async poison => {
  const dir = folder()
  const line = `{"prompt":"${PROMPT}","model":"claude-2.1","max_tokens_to_sample":5,${poison}}\n`
  for (const to of ['messages', 'request', 'batch']) {
    const source = join(dir, `${to}.jsonl`)
    const out = join(dir, `${to}.out.jsonl`)
    writeFileSync(source, line)
    const { code, err } = await run(['convert', source, '--out', out, '--to', to])
    expect([code, err.includes('polluted')]).toEqual([0, false])
    // A batch has the fields of the API and no others.
    if (to !== 'batch') expect(readFileSync(out, 'utf8')).toContain(poison)
    expect('polluted' in {}).toBe(false)
  }
})

test.each(POISONS)('a model table that holds %s is rejected', async poison => {
  const dir = folder()
  const models = join(dir, 'models.json')
  writeFileSync(models, `{${poison}}`)
  const source = join(dir, 'in.jsonl')
  writeFileSync(source, `{"prompt":"${PROMPT}","model":"claude-2.1","max_tokens_to_sample":5}\n`)
  const { code, err } = await run([
    'convert',
    source,
    '--to',
    'request',
    '--models',
    models,
    '--out',
    join(dir, 'o'),
  ])
  expect(code).toBe(2)
  expect(err).toContain('is not a field of a model row.')
  expect('polluted' in {}).toBe(false)
})
