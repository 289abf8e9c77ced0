import { resolve } from 'node:path'
import type { Problem } from '../../audit/index.ts'
import { isWorthReading } from '../../audit/source.ts'
import { VERSION } from '../../client/version.ts'
import { currentDay } from '../../core/call-plan.ts'
import {
  type MigrateDiagnostic,
  type MigratedFile,
  type MigrateRuleName,
  type Migration,
  migrateSources,
  RULES_OF_MIGRATE,
} from '../../migrate/index.ts'
import { PYTHON_FILE } from '../../python/python-file.ts'
import { choice, flag, text, texts } from '../arguments.ts'
import { type Command, defineCommand, type ValuesOf } from '../command.ts'
import { type CliContext, UsageError } from '../context.ts'
import { manifestsNear, readSources } from '../migrate-files.ts'
import {
  addFile,
  MAX_FILE_SIZE,
  modulesNear,
  nameOf,
  REPORT_FAILURE,
  rewriteFile,
  SOURCE_FILE_OPTIONS,
} from '../source-files.ts'
import { paint, startProgress } from '../terminal.ts'

const LEADING_SPACE =
  'A completion begins with a space, and a message does not: with drop, the rewritten program has no space and each location is named; with keep, the program adds the space and streams are not rewritten'

const OPTIONS = {
  'Files to read': SOURCE_FILE_OPTIONS,
  Changes: {
    stage: choice('N', ['1', '2'], 'What to rewrite: 1 is imports, 2 is imports and calls', {
      short: 's',
      default: '1',
    }),
    'python-file': flag(
      'Stage 1: add legacy_completions.py to Python programs, wrap their clients and import the constants from it',
    ),
    write: flag('Write the changes to the files', { short: 'w' }),
    skip: texts('RULE', `Skip a rule: ${Object.keys(RULES_OF_MIGRATE).join(', ')}`),
    model: text(
      'ID',
      'The model that rewritten calls name, instead of the recommended replacement of a retired one',
    ),
    'leading-space': choice('HOW', ['drop', 'keep'], LEADING_SPACE, { default: 'drop' }),
  },
} as const

/** `legacy-completions migrate`: shows the changes as a diff, or writes them. */
export const migrate: Command = defineCommand({
  usage: '<path...> [options]',
  examples: `
# Stage 1, as a diff: imports move to legacy-completions, and no call changes.
legacy-completions migrate .

# The same, written to the files.
legacy-completions migrate . --write

# Python in stage 1: completions go to a proxy, through a file that is added to the program.
legacy-completions migrate . --python-file --write

# Stage 2: calls with readable prompts become messages.create; the others get a TODO with the reason.
legacy-completions migrate src --stage 2
legacy-completions migrate src --stage 2 --write

# Write a patch for git apply.
legacy-completions migrate . > migrate.patch`,
  options: OPTIONS,
  takesArguments: true,
  notes: `Exit code: 0 when there was nothing to do, or all of it was written; 1 when a diff was shown, something was left to a
person, or a file could not be read or written; 2 for an invalid command line.

Rewrites TypeScript, JavaScript and Python. Nothing is sent anywhere.`,
  run: runMigrate,
})

async function runMigrate(
  given: ValuesOf<typeof OPTIONS>,
  context: CliContext,
  paths: readonly string[],
): Promise<number> {
  const { out, err } = context
  const stage = given.stage === '2' ? 2 : 1
  const skip = readSkipped(given.skip)
  const leadingSpace = given['leading-space']
  const maxBytes = given['max-file-size'] ?? MAX_FILE_SIZE
  if (paths.length === 0) throw new UsageError('migrate needs a path: legacy-completions migrate .')

  const fileOptions = {
    exclude: given.exclude,
    gitignore: !given['no-gitignore'],
    except: [],
    maxBytes,
    invalid: 'leave',
    goesOn: true,
  } as const
  const { sources, others, problems: unread } = await readSources(paths, fileOptions)
  if (given['python-file'] && stage === 2) throw new UsageError('--python-file belongs to stage 1.')
  const near = await manifestsNear([...sources, ...others].map(({ file }) => file))
  const modules = given['python-file'] ? await modulesNear([...sources, ...others]) : []
  // A manifest below the paths may be changed, in its own encoding. A manifest above them is only read.
  const roots = paths.map(path => nameOf(resolve(path)))
  const isBelow = (file: string): boolean =>
    roots.some(root => (root === '.' ? !/^(?:\.\.|\/)/.test(file) : file.startsWith(`${root}/`)))
  const encoded = near.filter(
    one => one.encoding !== undefined && isBelow(one.file) && !sources.some(({ file }) => file === one.file),
  )
  const manifests = [...near.filter(one => !encoded.includes(one)), ...modules]
  sources.push(...encoded)
  let [current, done] = ['', 0]
  const progress = startProgress(context, {
    get name() {
      return quoteName(current)
    },
    total: sources.filter(isWorthReading).length,
    done: () => done,
    format: amount => `${Math.round(amount)} files`,
  })
  const onFile = (file: string): void => {
    current = file
    done++
    progress.update()
  }
  const options = {
    stage,
    skip,
    leadingSpace,
    model: given.model,
    version: VERSION,
    pythonFile: given['python-file'] ? PYTHON_FILE : undefined,
    manifests,
    others,
    today: currentDay(),
    onFile,
  } as const
  const migration = await migrateSources(sources, options).finally(() => progress.stop())
  // Do not report a manifest in another encoding as unreadable: `manifestsNear` decoded it.
  const isRead = ({ file }: Problem): boolean => near.some(one => one.file === file)
  const problems = [...unread.filter(problem => !isRead(problem)), ...migration.problems]
  if (given.write) {
    // A file is added before the files that import it are changed.
    for (const { file, before, after, isNew } of migration.files.toSorted(newFirst)) {
      const encode = encoderOf(near.find(one => one.file === file)?.encoding)
      const problem = isNew
        ? await addFile(resolve(file), after)
        : await rewriteFile(resolve(file), encode(before), encode(after))
      if (problem !== undefined) problems.push({ file, message: problem })
    }
  } else {
    for (const file of migration.files) if (file.isNew !== true) out(await diffOf(file))
  }
  for (const { file, after, isNew } of migration.files)
    if (isNew) err(`${quoteName(file)}: new file, ${after.split('\n').length - 1} lines.\n`)
  for (const { file, message } of problems) err(`${quoteName(file)}: ${message}.\n`)
  if (problems.some(({ isFailure }) => isFailure)) err(REPORT_FAILURE)
  for (const line of leftLines(migration.diagnostics, context)) err(line)
  for (const line of changedLines(migration.diagnostics, context)) err(line)
  const failed = new Set(problems.map(({ file }) => file))
  err(summary(migration, given.write, failed))
  for (const line of nextSteps(migration, stage, given.write)) err(line)
  const isLeft = migration.diagnostics.some(({ kind }) => kind === 'left')
  return isLeft || problems.length > 0 || (!given.write && migration.files.length > 0) ? 1 : 0
}

function readSkipped(names: readonly string[]): ReadonlySet<MigrateRuleName> {
  const known = Object.keys(RULES_OF_MIGRATE)
  const isRule = (name: string): name is MigrateRuleName => known.includes(name)
  return new Set(
    names.map(name => {
      if (isRule(name)) return name
      throw new UsageError(`--skip must be ${known.join(', ')}.`)
    }),
  )
}

/** Returns one line for each location that needs work by hand, with all its source lines of the same reason. */
function leftLines(diagnostics: readonly MigrateDiagnostic[], context: CliContext): string[] {
  const lines = new Map<string, { file: string; at: number[]; said: string }>()
  for (const { file, line, code, kind, message } of diagnostics) {
    if (kind !== 'left') continue
    const said = `${paint(code, 'warning', context)}: ${message}.\n`
    const known = lines.get(`${file}\n${said}`)
    if (known === undefined) lines.set(`${file}\n${said}`, { file, at: [line], said })
    else if (!known.at.includes(line)) known.at.push(line)
  }
  return [...lines.values()].map(
    ({ file, at, said }) => `${quoteName(file)}:${at.sort((a, b) => a - b).join(',')}: ${said}`,
  )
}

/** Number of locations that are listed for each kind of change. */
const MOST_PLACES = 5

/** Returns one line for each kind of change, with its first locations. */
function changedLines(diagnostics: readonly MigrateDiagnostic[], context: CliContext): string[] {
  const groups = new Map<string, { code: string; message: string; places: Set<string> }>()
  for (const { file, line, code, kind, message } of diagnostics) {
    if (kind === 'left') continue
    const group = groups.get(`${code}: ${message}`) ?? { code, message, places: new Set<string>() }
    group.places.add(`${quoteName(file)}:${line}`)
    groups.set(`${code}: ${message}`, group)
  }
  return [...groups.values()].map(({ code, message, places }) => {
    const named = [...places].slice(0, MOST_PLACES).join(', ')
    const more = places.size > MOST_PLACES ? ` and ${places.size - MOST_PLACES} more` : ''
    return `${paint(code, 'info', context)} (${places.size}): ${message}. ${named}${more}\n`
  })
}

/** Returns a patch for `git apply` and `patch -p1`. */
async function diffOf({ file, before, after }: MigratedFile): Promise<string> {
  const { createTwoFilesPatch } = await import('diff')
  const isBelow = !file.startsWith('/')
  const [from, to] = isBelow ? [`a/${file}`, `b/${file}`] : [file, file]
  const patch = createTwoFilesPatch(from, to, before, after, undefined, undefined, { context: 3 })
  // The first line is a ruler of `=`, which other tools do not write.
  return patch.replace(/^=+\n/, '')
}

function summary(
  { files, calls, diagnostics }: Migration,
  isWritten: boolean,
  failed: ReadonlySet<string>,
): string {
  const done = files.filter(({ file }) => !(isWritten && failed.has(file))).length
  const places = new Set(
    diagnostics.flatMap(({ file, line, kind }) => (kind === 'left' ? [`${file}:${line}`] : [])),
  ).size
  const changed =
    done === 0
      ? places === 0 && failed.size === 0
        ? 'Nothing to change'
        : 'No file changes'
      : `${done} ${done === 1 ? 'file' : 'files'} ${isWritten ? 'changed' : 'to change'}`
  const rewritten = calls.filter(({ state }) => state === 'rewritten').length
  const of =
    rewritten === 0
      ? ''
      : `, ${rewritten} of ${calls.length} ${calls.length === 1 ? 'call' : 'calls'} rewritten`
  const rest = places === 0 ? '' : `, ${places} ${places === 1 ? 'place' : 'places'} left to a person`
  const how = isWritten || done === 0 ? '' : ' --write changes them.'
  return `${changed}${of}${rest}.${how}\n`
}

/** Returns what to do after the files are written. */
function nextSteps({ files, calls, diagnostics }: Migration, stage: 1 | 2, isWritten: boolean): string[] {
  if (!isWritten || files.length === 0) return []
  const hasManifest =
    diagnostics.some(({ code }) => code === 'sdk-raised') ||
    files.some(({ file }) => /package\.json$/.test(file))
  const hasModule = files.some(({ isNew }) => isNew)
  const isPrompted = stage === 1 && calls.length > 0
  return [
    'Next steps:\n',
    ...(hasManifest ? ['  Install the dependencies: a manifest changed.\n'] : []),
    ...(hasModule
      ? [
          '  Commit legacy_completions.py, and start the proxy that it calls: legacy-completions serve --port 8080\n',
          '  Set LEGACY_COMPLETIONS_PROXY=http://127.0.0.1:8080 for the program, or base_url in its clients.\n',
        ]
      : []),
    '  Run the formatter and the tests of the project.\n',
    ...(stage === 2
      ? [
          '  Compare the requests before and after: legacy-completions record, then legacy-completions verify.\n',
        ]
      : []),
    ...(isPrompted ? ['  Rewrite the calls: legacy-completions migrate . --stage 2\n'] : []),
  ]
}

const newFirst = (one: MigratedFile, other: MigratedFile): number =>
  Number(other.isNew === true) - Number(one.isNew === true)

const encoderOf =
  (encoding: 'utf16le' | undefined) =>
  (text: string): Uint8Array =>
    Buffer.from(text, encoding ?? 'utf8')

/** Escapes control characters in a file name, so that a terminal shows them instead of obeying them. */
function quoteName(file: string): string {
  return file.replace(/\p{Cc}/gu, char => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
