import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { LINT_MESSAGES, RULES } from 'legacy-completions/audit'
import { expect, it } from 'vitest'

const file = fileURLToPath(new URL('../../../docs/audit.md', import.meta.url))
const BEGINS = '## What is found\n'

const oneLine = (text: string): string => JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"')

it('docs/audit.md ends in what the tables say (mend with: npx vitest run tests/unit/audit/docs.test.ts -u)', async () => {
  const text = readFileSync(file, 'utf8')
  const rules = Object.entries(RULES).map(
    ([code, { severity, message, fix, isMigratable }]) =>
      `| ${code} | ${severity} | ${oneLine(message)} | ${oneLine(fix)} | ${isMigratable ? 'yes' : 'no'} |`,
  )
  const remarks = Object.entries(LINT_MESSAGES).map(
    ([code, { severity, message, fix }]) =>
      `| ${code} | ${severity} | ${oneLine(message)} | ${oneLine(fix)} |`,
  )
  const found = `${BEGINS}
| code | severity | what is the case | what to do | can be migrated |
| --- | --- | --- | --- | --- |
${rules.join('\n')}

## What is remarked on prompts

Beside these, a prompt carries the [diagnostics](diagnostics.md) of the grammar, and with \`--target\` a call carries
those of the translation.

| code | severity | what is the case | what to do |
| --- | --- | --- | --- |
${remarks.join('\n')}
`
  await expect(text.slice(0, text.indexOf(BEGINS)) + found).toMatchFileSnapshot('../../../docs/audit.md')
})
