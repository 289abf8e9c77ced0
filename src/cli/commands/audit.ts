import { readFile, writeFile } from 'node:fs/promises'
import {
  type AuditReport,
  applyIgnores,
  type Baseline,
  baselineOf,
  findUsesIn,
  type LegacyUse,
  type Problem,
  toHtml,
  toJson,
  toMarkdown,
  toSarif,
  toTable,
  withFingerprints,
} from '../../audit/index.ts'
import { VERSION } from '../../client/version.ts'
import { resolveModel } from '../../translate/index.ts'
import { choice, flag, text } from '../arguments.ts'
import { type Command, defineCommand, type ValuesOf } from '../command.ts'
import { type CliContext, UsageError } from '../context.ts'
import { type FileOptions, MAX_FILE_SIZE, readFiles, reasonOf, SOURCE_FILE_OPTIONS } from '../source-files.ts'

const FORMATS: Readonly<
  Record<'table' | 'json' | 'markdown' | 'sarif' | 'html', (report: AuditReport) => string>
> = {
  table: toTable,
  json: toJson,
  markdown: toMarkdown,
  sarif: report => `${JSON.stringify(toSarif(report, VERSION), undefined, 2)}\n`,
  html: toHtml,
}

/** The severities at which the exit code is 1, by the least of them. */
const FAILING: Readonly<Record<'error' | 'warning' | 'info' | 'never', readonly string[]>> = {
  error: ['error'],
  warning: ['error', 'warning'],
  info: ['error', 'warning', 'info'],
  never: [],
}

const OPTIONS = {
  'Files to read': {
    ...SOURCE_FILE_OPTIONS,
    'messages-models': flag('Report retired models of the Messages API, too'),
  },
  Report: {
    target: text('MODEL', 'Report what will happen to each call there: prefill, sampling, limits'),
    format: choice('FORMAT', ['table', 'json', 'markdown', 'sarif', 'html'], 'Format of the report', {
      short: 'f',
      default: 'table',
    }),
    output: text('FILE', 'Write the report to a file', { short: 'o' }),
    baseline: text('FILE', 'Report only uses that this file does not have'),
    'write-baseline': text('FILE', 'Write all uses to this file and report none'),
    'fail-on': choice(
      'SEVERITY',
      ['error', 'warning', 'info', 'never'],
      'Lowest severity that ends with exit code 1',
      {
        default: 'warning',
      },
    ),
  },
} as const

/** `legacy-completions audit`: finds the uses below the paths; 1 when there are any that fail. */
export const audit: Command = defineCommand({
  usage: '<path...> [options]',
  examples: `
# List the uses in a terminal.
legacy-completions audit .

# Write a page to share: charts, a table to filter, each prompt with its messages.
legacy-completions audit . --format html --output audit.html

# Report what will happen to each call on the model that it moves to.
legacy-completions audit src --target claude-opus-4-8

# In CI: accept the uses of today, fail on new ones, show them at their lines.
legacy-completions audit . --write-baseline audit-baseline.json
legacy-completions audit . --baseline audit-baseline.json --format sarif --output audit.sarif`,
  options: OPTIONS,
  takesArguments: true,
  notes: `A comment with a reason suppresses a finding in its own line or, alone on a line, in the next:
  // legacy-completions-ignore: replays recorded traffic
  // legacy-completions-ignore retired-model: the name of a fixture
  // legacy-completions-ignore-file: generated

Exit code: 0 when nothing was found, 1 when something was found, 2 when the audit failed. Nothing is sent anywhere, and keys
are masked.`,
  run: runAudit,
})

async function runAudit(
  given: ValuesOf<typeof OPTIONS>,
  { out, err }: CliContext,
  paths: readonly string[],
): Promise<number> {
  const format = FORMATS[given.format ?? 'table']
  const failing = FAILING[given['fail-on'] ?? 'warning']
  const target = readTarget(given.target)
  if (paths.length === 0) throw new UsageError('audit needs a path: legacy-completions audit .')
  const baseline = given.baseline === undefined ? undefined : await readBaseline(given.baseline)
  const options: FileOptions = {
    exclude: given.exclude,
    gitignore: !given['no-gitignore'],
    except: [given.baseline, given['write-baseline'], given.output],
    maxBytes: given['max-file-size'] ?? MAX_FILE_SIZE,
  }

  const { count, sources, problems } = await readFiles(paths, options)
  const found = await findUsesIn(sources, { target, messagesModels: given['messages-models'] })
  problems.push(...found.problems)
  const texts = new Map(sources.map(({ file, text }) => [file, text]))
  const { kept, ignored } = leaveIgnored(texts, found.uses, problems)
  const uses = withFingerprints(kept)
  const isKnown = new Set(baseline?.uses.map(({ fingerprint }) => fingerprint))
  const fresh = uses.filter(({ fingerprint }) => !isKnown.has(fingerprint))
  const report: AuditReport = {
    version: 1,
    ...(target !== undefined && { target }),
    files: count,
    uses: fresh,
    ignored,
    known: uses.length - fresh.length,
    problems,
  }

  for (const { file, message } of problems) err(`${file}: ${message}.\n`)
  if (given['write-baseline'] !== undefined) {
    await write(given['write-baseline'], `${JSON.stringify(baselineOf(uses), undefined, 2)}\n`)
    err(
      `${given['write-baseline']} holds ${uses.length} uses: audit --baseline ${given['write-baseline']} reports others only.\n`,
    )
    return 0
  }
  if (given.output === undefined) out(format(report))
  else await write(given.output, format(report))
  return fresh.some(({ severity }) => failing.includes(severity)) ? 1 : 0
}

function readTarget(target: string | undefined): string | undefined {
  if (target === undefined) return undefined
  const { isKnown, retired } = resolveModel(target)
  if (retired)
    throw new UsageError(
      `--target ${target} was retired on ${retired.retired}; ${retired.replacement} is its replacement.`,
    )
  if (!isKnown)
    throw new UsageError(
      `--target ${target} is not in the model table, so nothing can be said of it. docs/models.md lists them.`,
    )
  return target
}

async function readBaseline(file: string): Promise<Baseline> {
  const json = await readFile(file, 'utf8').catch(error => {
    throw new UsageError(
      `Cannot read the baseline ${file}: ${reasonOf(error)}. --write-baseline ${file} makes one.`,
    )
  })
  try {
    const read: unknown = JSON.parse(json)
    if (isBaseline(read)) return read
  } catch {
    // What is no JSON is no baseline either.
  }
  throw new UsageError(`${file} is no baseline. --write-baseline ${file} makes one.`)
}

function isBaseline(read: unknown): read is Baseline {
  if (typeof read !== 'object' || read === null || !('uses' in read) || !Array.isArray(read.uses))
    return false
  return read.uses.every(use => typeof use?.fingerprint === 'string')
}

function leaveIgnored(
  texts: ReadonlyMap<string, string>,
  uses: readonly LegacyUse[],
  problems: Problem[],
): { kept: LegacyUse[]; ignored: number } {
  const kept: LegacyUse[] = []
  let ignored = 0
  for (const file of new Set(uses.map(use => use.file))) {
    const own = uses.filter(use => use.file === file)
    const applied = applyIgnores(texts.get(file) ?? '', own)
    kept.push(...applied.kept)
    ignored += applied.ignored.length
    problems.push(
      ...applied.unreasoned.map(line => ({
        file,
        message: `line ${line} asks to ignore a use and gives no reason, so it ignores none: legacy-completions-ignore: why`,
      })),
    )
  }
  return { kept, ignored }
}

async function write(file: string, contents: string): Promise<void> {
  await writeFile(file, contents).catch(error => {
    throw new UsageError(`Cannot write ${file}: ${reasonOf(error)}.`)
  })
}
