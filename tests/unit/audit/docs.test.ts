import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { LINT_MESSAGES, RULES } from 'legacy-completions/audit'
import { expect, it } from 'vitest'

const file = fileURLToPath(new URL('../../../docs/audit.md', import.meta.url))
const BEGINS = '## Finding codes\n'

const oneLine = (text: string): string => JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"')

it('docs/audit.md lists every code of the audit (update with: npx vitest run tests/unit/audit/docs.test.ts -u)', async () => {
  const text = readFileSync(file, 'utf8')
  const rules = Object.entries(RULES).map(
    ([code, { severity, message, fix, isMigratable }]) =>
      `| ${code} | ${severity} | ${oneLine(message)} | ${oneLine(fix)} | ${isMigratable ? 'yes' : 'no'} |`,
  )
  const messages = Object.entries(LINT_MESSAGES).map(
    ([code, { severity, message, fix }]) =>
      `| ${code} | ${severity} | ${oneLine(message)} | ${oneLine(fix)} |`,
  )
  const found = `${BEGINS}
| code | severity | problem | fix | \`migrate\` can fix it |
| --- | --- | --- | --- | --- |
${rules.join('\n')}

## Prompt messages

In addition, the audit reports the [diagnostics](diagnostics.md) of each prompt and, with \`--target\`, those of each
translated call.

| code | severity | message | fix |
| --- | --- | --- | --- |
${messages.join('\n')}
`
  await expect(text.slice(0, text.indexOf(BEGINS)) + found).toMatchFileSnapshot('../../../docs/audit.md')
})
