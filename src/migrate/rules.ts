/** The rules that can be switched off individually. */
export type MigrateRuleName = 'calls' | 'comments' | 'imports' | 'manifests' | 'streams'

/** The description of each rule, and the stage from which it applies. */
export const RULES_OF_MIGRATE: Readonly<Record<MigrateRuleName, { stage: 1 | 2; does: string }>> = {
  imports: {
    stage: 1,
    does: 'where the SDK, its constants and its types are imported from, and clients wrapped',
  },
  manifests: { stage: 1, does: 'legacy-completions among the dependencies of package.json' },
  calls: { stage: 2, does: 'completions.create written as messages.create' },
  streams: { stage: 2, does: 'the same for calls with stream: true, and the loops that read them' },
  comments: { stage: 2, does: 'a TODO comment above each call that was left' },
}
