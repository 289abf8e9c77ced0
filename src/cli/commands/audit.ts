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
import { flag, readArguments, text } from '../arguments.ts'
import { type FileOptions, MAX_FILE_SIZE, readFiles, reasonOf } from '../audit-files.ts'
import type { Surroundings } from '../main.ts'
import { AUDIT_HELP, UsageError } from '../usage.ts'

const OPTIONS = {
  help: flag,
  format: text,
  output: text,
  'fail-on': text,
  target: text,
  baseline: text,
  'write-baseline': text,
  exclude: { type: 'string', multiple: true },
  'no-gitignore': flag,
  'messages-models': flag,
  'max-file-size': text,
} as const

/** Every option there is, for the help to be held against. */
export const AUDIT_OPTION_NAMES: readonly string[] = Object.keys(OPTIONS)

const FORMATS: Readonly<Record<string, (report: AuditReport) => string>> = {
  table: toTable,
  json: toJson,
  markdown: toMarkdown,
  sarif: report => `${JSON.stringify(toSarif(report, VERSION), undefined, 2)}\n`,
  html: toHtml,
}

/** The severities at which the exit code is 1, by the least of them. */
const FAILING: Readonly<Record<string, readonly string[]>> = {
  error: ['error'],
  warning: ['error', 'warning'],
  info: ['error', 'warning', 'info'],
  never: [],
}

/** `legacy-completions audit`: finds the uses below the paths; 1 when there are any that fail. */
export async function audit({ args, out, err }: Surroundings): Promise<number> {
  const { values: given, positionals: paths } = readArguments(args, OPTIONS, true)
  if (given.help) {
    out(AUDIT_HELP)
    return 0
  }
  const format = choice('--format', given.format ?? 'table', FORMATS)
  const failing = choice('--fail-on', given['fail-on'] ?? 'warning', FAILING)
  const target = readTarget(given.target)
  if (paths.length === 0) throw new UsageError('audit needs a path: legacy-completions audit .')
  const baseline = given.baseline === undefined ? undefined : await readBaseline(given.baseline)
  const options: FileOptions = {
    exclude: given.exclude ?? [],
    gitignore: given['no-gitignore'] !== true,
    except: [given.baseline, given['write-baseline'], given.output],
    maxBytes: readSize(given['max-file-size']),
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

function choice<T>(option: string, name: string, table: Readonly<Record<string, T>>): T {
  const chosen = Object.hasOwn(table, name) ? table[name] : undefined
  if (chosen === undefined) throw new UsageError(`${option} must be one of ${Object.keys(table).join(', ')}.`)
  return chosen
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

function readSize(given: string | undefined): number {
  if (given === undefined) return MAX_FILE_SIZE
  if (!/^[1-9]\d*$/.test(given)) throw new UsageError('--max-file-size must be a number of bytes.')
  return Number(given)
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
