import type { DiagnosticCode } from '../../src/transcript/index.ts'
import { type Answer, answerTo } from './answer.ts'
import type { State } from './state.ts'

/** A change of the controls that resolves a diagnostic. */
export type Fix = { readonly label: string } & Partial<State>

/** The fixes that the page can apply, by diagnostic code. Each is tried first: it must lead to a request. */
export function fixesFor(state: State, answer: Answer): ReadonlyMap<DiagnosticCode, readonly Fix[]> {
  const fixes = new Map<DiagnosticCode, readonly Fix[]>()
  const { translation, input, diagnostics } = answer
  for (const { code, severity } of diagnostics) {
    const candidates: Fix[] = []
    if (code === 'retired-model' && translation !== undefined)
      candidates.push({ label: `Use ${translation.request.model}`, model: translation.request.model })
    if (severity === 'error' && input.kind === 'prompt') {
      if (state.prompts === 'strict') candidates.push({ label: "Use prompts: 'repair'", prompts: 'repair' })
      if (code === 'missing-assistant-turn')
        candidates.push({ label: 'Add \\n\\nAssistant:', text: `${state.text.trimEnd()}\n\nAssistant:` })
      if (code === 'missing-human-turn')
        candidates.push({
          label: 'Add \\n\\nHuman: and \\n\\nAssistant:',
          text: `\n\nHuman: ${state.text.trim()}\n\nAssistant:`,
        })
    }
    const working = candidates.filter(fix => answerTo({ ...state, ...fix }).translation !== undefined)
    if (working.length > 0) fixes.set(code, working)
  }
  return fixes
}
