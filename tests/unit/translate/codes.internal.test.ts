import { translateRequest } from 'legacy-completions/translate'
import { expect, it } from 'vitest'
import { DIAGNOSTICS } from '../../../src/diagnostics/index.ts'
import { REPAIR_CASES } from '../repair/repairs.ts'
import { PROMPT_CASES } from '../transcript/cases.ts'
import { REPLY_CASES } from './replies.ts'
import { ASKED, REQUEST_CASES } from './requests.ts'

it('every code is provoked by a case of a prompt, a request or a reply', () => {
  const provoked = new Set<string>([
    ...[...PROMPT_CASES, ...REPAIR_CASES].flatMap(({ diagnostics = [] }) =>
      diagnostics.map(([code]) => code),
    ),
    // See tests/unit/repair/repair.test.ts.
    'repaired-stop-sequence',
    ...[...REQUEST_CASES, ...REPLY_CASES].flatMap(({ diagnostics = [] }) => diagnostics),
    // By a request that is rejected: see tests/unit/translate/refusals.test.ts.
    'repairable-prompt',
    // By writing, not by reading: see tests/unit/transcript/render.test.ts.
    'neutralised-marker',
  ])
  expect([...provoked].sort()).toEqual(Object.keys(DIAGNOSTICS).sort())
})

it('every code of severity error about the prompt refuses the request, and no other does', () => {
  for (const { prompt, diagnostics = [], title } of PROMPT_CASES) {
    // The constants that an SDK exported by mistake are understood.
    if (prompt.startsWith('\\n\\nHuman:')) continue
    const isWrong = prompt === '' || diagnostics.some(([code]) => DIAGNOSTICS[code].severity === 'error')
    const translate = (): unknown => translateRequest({ ...ASKED, prompt })
    if (isWrong) expect(translate, title).toThrow(/^400 /)
    else expect(translate, title).not.toThrow()
  }
})
