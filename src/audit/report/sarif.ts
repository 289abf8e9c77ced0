import { DIAGNOSTICS, type Severity } from '../../diagnostics/index.ts'
import { resolveModel } from '../../translate/index.ts'
import type { Location } from '../legacy-use.ts'
import { LINT_MESSAGES, RULES } from '../rules.ts'
import type { AuditReport, ReportedUse } from './report.ts'

/** The parts of SARIF 2.1.0 that the report uses. */
export interface SarifLog {
  $schema: string
  version: '2.1.0'
  runs: readonly SarifRun[]
}

interface SarifRun {
  tool: { driver: { name: string; version: string; informationUri: string; rules: readonly SarifRule[] } }
  columnKind: 'utf16CodeUnits'
  originalUriBaseIds: Readonly<Record<string, { description: Text }>>
  invocations: readonly {
    executionSuccessful: boolean
    toolExecutionNotifications: readonly Notification[]
  }[]
  results: readonly SarifResult[]
}

interface Text {
  text: string
  markdown?: string
}

interface SarifRule {
  id: string
  name: string
  shortDescription: Text
  fullDescription: Text
  help: Text
  defaultConfiguration: { level: Level }
}

interface Notification {
  level: Level
  message: Text
  locations: readonly { physicalLocation: { artifactLocation: Artifact } }[]
}

interface SarifResult {
  ruleId: string
  ruleIndex: number
  level: Level
  message: Text
  locations: readonly { physicalLocation: { artifactLocation: Artifact; region: Region } }[]
  partialFingerprints?: Readonly<Record<string, string>>
  fixes?: readonly SarifFix[]
}

interface SarifFix {
  description: Text
  artifactChanges: readonly {
    artifactLocation: Artifact
    replacements: readonly { deletedRegion: Region; insertedContent: Text }[]
  }[]
}

interface Artifact {
  uri: string
  uriBaseId: string
}

interface Region {
  startLine: number
  startColumn: number
  endLine: number
  endColumn: number
}

type Level = 'error' | 'warning' | 'note'

const ROOT = 'ROOT'
const levelOf = (severity: Severity): Level => (severity === 'info' ? 'note' : severity)

/**
 * Writes the report as SARIF 2.1.0. Code hosts and editors show its results next to the lines.
 *
 * @param today - The day, as `YYYY-MM-DD`, for which models count as retired. By default that of the model table.
 */
export function toSarif(report: AuditReport, version: string, today?: string): SarifLog {
  const rules = rulesOf(report)
  const indices = new Map(rules.map(({ id }, index) => [id, index]))
  const result = (
    id: string,
    severity: Severity,
    text: string,
    file: string,
    locate: Location,
  ): SarifResult => ({
    ruleId: id,
    ruleIndex: indices.get(id) ?? -1,
    level: levelOf(severity),
    message: { text },
    locations: [{ physicalLocation: { artifactLocation: artifact(file), region: region(locate) } }],
  })
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'legacy-completions',
            version,
            informationUri: 'https://www.npmjs.com/package/legacy-completions',
            rules,
          },
        },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { [ROOT]: { description: { text: 'The directory that the audit ran in.' } } },
        invocations: [
          { executionSuccessful: true, toolExecutionNotifications: report.problems.map(notification) },
        ],
        results: report.uses.flatMap(use => [
          {
            ...result(use.code, use.severity, `${use.message} ${use.fix}`, use.file, use),
            partialFingerprints: { 'legacyUse/v1': use.fingerprint },
            ...fixesOf(use, today),
          },
          ...use.lint.map(lintMessage => ({
            ...result(
              lintMessage.code,
              lintMessage.severity,
              `${lintMessage.message} ${lintMessage.fix}`,
              use.file,
              lintMessage,
            ),
            ...(lintMessage.code === 'trailing-whitespace' && {
              fixes: [fix('Remove the whitespace.', use.file, lintMessage, '')],
            }),
          })),
        ]),
      },
    ],
  }
}

/** Returns the rules that the results refer to, those of uses first. */
function rulesOf({ uses }: AuditReport): SarifRule[] {
  const named = new Set([
    ...uses.map(({ code }) => code),
    ...uses.flatMap(({ lint }) => lint.map(({ code }) => code)),
  ])
  const entries = [
    ...Object.entries(RULES),
    ...[...Object.entries(LINT_MESSAGES), ...Object.entries(DIAGNOSTICS)].map(
      ([id, entry]) => [id, { title: titleOf(id), ...entry }] as const,
    ),
  ]
  return entries
    .filter(([id]) => [...named].some(name => name === id))
    .map(([id, { severity, title, message, fix }]) => ({
      id,
      name: id.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase()),
      shortDescription: { text: title },
      fullDescription: { text: message },
      help: { text: `${message}\n\n${fix}`, markdown: `${message}\n\n**Fix.** ${fix}` },
      defaultConfiguration: { level: levelOf(severity) },
    }))
}

const titleOf = (id: string): string => id.charAt(0).toUpperCase() + id.slice(1).replaceAll('-', ' ')

function fixesOf(use: ReportedUse, today: string | undefined): { fixes?: SarifFix[] } {
  if (use.model === undefined) return {}
  const { retired } = resolveModel(use.model, { today })
  return retired ? { fixes: [fix(`Name ${retired.replacement}.`, use.file, use, retired.replacement)] } : {}
}

function fix(text: string, file: string, locate: Location, inserted: string): SarifFix {
  return {
    description: { text },
    artifactChanges: [
      {
        artifactLocation: artifact(file),
        replacements: [{ deletedRegion: region(locate), insertedContent: { text: inserted } }],
      },
    ],
  }
}

const notification = ({ file, message }: AuditReport['problems'][number]): Notification => ({
  level: 'warning',
  message: { text: message },
  locations: [{ physicalLocation: { artifactLocation: artifact(file) } }],
})

const artifact = (file: string): Artifact => ({
  uri: file.split('/').map(encodeURIComponent).join('/'),
  uriBaseId: ROOT,
})

const region = ({ line, column, endLine, endColumn }: Location): Region => ({
  startLine: line,
  startColumn: column,
  endLine,
  endColumn,
})
