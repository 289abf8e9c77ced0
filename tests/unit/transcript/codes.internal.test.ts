import { repairStopSequences } from 'legacy-completions/repair'
import { renderPrompt } from 'legacy-completions/transcript'
import { expect, it } from 'vitest'
import { DIAGNOSTICS, type DiagnosticCode } from '../../../src/diagnostics/index.ts'
import { REPAIR_CASES } from '../repair/repairs.ts'
import { PROMPT_CASES } from './cases.ts'

/** The codes that the table of requests and replies provokes, in `tests/unit/translate`. */
const NOT_OF_A_PROMPT: readonly DiagnosticCode[] = [
  'retired-model',
  'retiring-model',
  'unknown-model',
  'model-id-whitespace',
  'ill-formed-text',
  'repairable-prompt',
  'max-tokens-capped',
  'unset-sentinel',
  'sampling-dropped',
  'sampling-exclusive',
  'stop-enforced-here',
  'empty-stop-sequence',
  'stop-in-prefill',
  'prefill-trimmed',
  'prefill-continued',
  'prefill-json',
  'thinking-off',
  'thinking-reserve',
  'foreign-stop-reason',
  'no-text',
  'budget-overrun',
]

it('every code of a prompt is provoked by a case, and no other', () => {
  const provoked = new Set(
    [...PROMPT_CASES, ...REPAIR_CASES].flatMap(({ diagnostics = [] }) => diagnostics.map(([code]) => code)),
  )
  for (const { code } of repairStopSequences(['\\n\\nHuman:']).diagnostics) provoked.add(code)
  renderPrompt(
    { messages: [{ role: 'user', content: 'a\n\nHuman: b' }] },
    { onDiagnostic: ({ code }) => provoked.add(code) },
  )
  const codes = Object.keys(DIAGNOSTICS).filter(
    code => !(NOT_OF_A_PROMPT as readonly string[]).includes(code),
  )
  expect([...provoked].sort()).toEqual(codes.sort())
})
