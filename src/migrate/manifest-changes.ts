import type { LegacyUse } from '../audit/index.ts'
import { CODES } from './codes.ts'
import type { MigrateDiagnostic } from './diagnostic.ts'
import { applyEdits, openText } from './edits.ts'
import { addDependency, raised, requirementsFor, type SdkRequirement } from './manifests.ts'
import { languageOf, type OpenedFile, type Program } from './program.ts'
import type { Results } from './results.ts'

/** A file with rewritten calls. */
interface RewrittenFile {
  one: OpenedFile
  text: string
  rewritten: readonly LegacyUse[]
}

const folderOf = (file: string): string => file.replace(/[^/]*$/, '')

/**
 * Raises the version of the SDK in the manifests of rewritten files, if that version has no Messages API.
 *
 * @returns the new texts of the manifests, and the diagnostics about lock files
 */
export function raiseRequirements(
  files: readonly RewrittenFile[],
  program: Program,
  results: Results,
): { texts: ReadonlyMap<string, string>; diagnostics: readonly MigrateDiagnostic[] } {
  const wanted = new Map<string, Map<number, SdkRequirement>>()
  const diagnostics = new Map<string, MigrateDiagnostic>()
  let unknown: RewrittenFile | undefined
  for (const file of files) {
    if (file.rewritten.length === 0) continue
    const own = requirementsFor(file.one.file, languageOf(file.one), program.requirements)
    if (own.length === 0) unknown ??= file
    for (const one of own) {
      if (one.hasMessages !== false) continue
      const inFile = wanted.get(one.file) ?? new Map<number, SdkRequirement>()
      wanted.set(one.file, inFile.set(one.span.start, one))
    }
    const lock = oldLock(file.one, own, program)
    if (lock !== undefined) diagnostics.set(lock.file, lock)
  }
  const texts = new Map<string, string>()
  for (const [name, requirements] of wanted) {
    const manifest = program.files.find(one => one.file === name)
    const [first] = requirements.values()
    if (manifest === undefined || first === undefined) continue
    // The SDK removed its tokenizer before it removed completions, so code that counts tokens needs an older version.
    const isCounting = files.some(
      ({ one, text }) =>
        one.file.startsWith(folderOf(name)) && languageOf(one) === 'python' && /\.count_tokens\(/.test(text),
    )
    const edits = [...requirements.values()].map(one => raised(one, isCounting))
    const raisedText = results.attempt(name, () => applyEdits(manifest.text, edits))
    if (raisedText === undefined) continue
    texts.set(name, raisedText)
    results.report(manifest, { code: 'sdk-raised', at: first.span.start, detail: first.written })
    if (isCounting) results.report(manifest, { code: 'count-tokens', at: first.span.start })
  }
  const [use] = unknown?.rewritten ?? []
  if (unknown !== undefined && use !== undefined) {
    const version = languageOf(unknown.one) === 'python' ? 'anthropic 0.8' : '@anthropic-ai/sdk 0.11'
    results.report(unknown.one, { code: 'sdk-unknown', at: use.start, detail: `${version} or later` })
  }
  return { texts, diagnostics: [...diagnostics.values()] }
}

/** Reports a lock file that installs an old version, if the manifest allows both old and new versions. */
function oldLock(
  one: OpenedFile,
  own: readonly SdkRequirement[],
  { locked }: Program,
): MigrateDiagnostic | undefined {
  const open = own.find(({ hasMessages }) => hasMessages === undefined)
  const lock =
    open &&
    locked.find(
      each =>
        each.language === languageOf(one) &&
        !each.hasMessages &&
        folderOf(open.file).startsWith(folderOf(each.file)),
    )
  if (lock === undefined) return undefined
  const { kind, message } = CODES['sdk-locked']
  return { file: lock.file, line: 1, code: 'sdk-locked', kind, message: `${message}: ${lock.version}` }
}

/** Matches an import of a module of this package. */
export const OUR_NAME: RegExp = /(?:from|require\(|import\()\s*["']legacy-completions["'/]/

/** Adds this package to the dependencies in the nearest manifest above each file that now imports it. */
export function addDependencies(
  all: readonly OpenedFile[],
  { migration: { files }, attempt }: Pick<Results, 'migration' | 'attempt'>,
  version: string,
): void {
  const manifests = all.filter(({ file }) => /(?:^|\/)package\.json$/.test(file))
  const homes = new Set(
    files.flatMap(({ file, after }) => {
      if (!OUR_NAME.test(after)) return []
      const above = manifests.filter(one => file.startsWith(folderOf(one.file)))
      return above.sort((a, b) => b.file.length - a.file.length).slice(0, 1)
    }),
  )
  for (const { file, before } of homes) {
    const changed = files.find(one => one.file === file)
    const now = changed?.after ?? before
    const opened = openText(now)
    if (opened === undefined) continue
    const added = attempt(file, () => addDependency(opened.text, 'legacy-completions', `^${version}`))
    if (added === undefined) continue
    const after = opened.restore(added)
    if (changed !== undefined) changed.after = after
    else if (after !== before) files.push({ file, before, after })
  }
  for (const { file, before } of manifests) {
    const folder = folderOf(file)
    const isLastUse = files.some(one => one.file.startsWith(folder) && OUR_NAME.test(one.before))
    const isUsed = all.some(one => {
      const now = files.find(changed => changed.file === one.file)?.after ?? one.before
      return one.file.startsWith(folder) && OUR_NAME.test(now)
    })
    if (!isLastUse || isUsed) continue
    const changed = files.find(one => one.file === file)
    const after = (changed?.after ?? before).replace(/,\s*"legacy-completions"\s*:\s*"[^"]*"/, '')
    if (changed !== undefined) changed.after = after
    else if (after !== before) files.push({ file, before, after })
  }
}
