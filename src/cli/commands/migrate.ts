import { resolve } from 'node:path'
import { VERSION } from '../../client/version.ts'
import {
  type MigratedFile,
  type MigrateRemark,
  type MigrateRuleName,
  type Migration,
  migrateSources,
  RULES_OF_MIGRATE,
} from '../../migrate/index.ts'
import { choice, flag, texts } from '../arguments.ts'
import { type Command, defineCommand, type ValuesOf } from '../command.ts'
import { type CliContext, UsageError } from '../context.ts'
import { MAX_FILE_SIZE, readFiles, rewriteFile, SOURCE_FILE_OPTIONS } from '../source-files.ts'

const LEADING_SPACE =
  'A completion begins with a space, and a message does not: with drop, the rewritten program has no space and each location is named; with keep, the program adds the space and streams are not rewritten'

const OPTIONS = {
  'Files to read': SOURCE_FILE_OPTIONS,
  Changes: {
    stage: choice('N', ['1', '2'], 'What to rewrite: 1 is imports, 2 is imports and calls', {
      short: 's',
      default: '1',
    }),
    write: flag('Change the files; without it they are only read', { short: 'w' }),
    skip: texts('RULE', `Leave a rule out: ${Object.keys(RULES_OF_MIGRATE).join(', ')}`),
    'leading-space': choice('HOW', ['drop', 'keep'], LEADING_SPACE, { default: 'drop' }),
  },
} as const

/** `legacy-completions migrate`: shows what would be rewritten as a diff, or writes it. */
export const migrate: Command = defineCommand({
  usage: '<path...> [options]',
  examples: `
# Stage 1, as a diff: imports move to legacy-completions, and no call changes.
legacy-completions migrate .

# The same, written to the files.
legacy-completions migrate . --write

# Stage 2: calls with readable prompts become messages.create; the others get a TODO with the reason.
legacy-completions migrate src --stage 2
legacy-completions migrate src --stage 2 --write

# Write a patch for git apply.
legacy-completions migrate . > migrate.patch`,
  options: OPTIONS,
  takesArguments: true,
  notes: `Exit code: 0 when there was nothing to do, or all of it was written; 1 when a diff was shown, something was left to a
person, or a file could not be read or written; 2 when the command was called in a way that it does not support.
TypeScript, JavaScript and Python. Nothing is sent anywhere.`,
  run: runMigrate,
})

async function runMigrate(
  given: ValuesOf<typeof OPTIONS>,
  { out, err }: CliContext,
  paths: readonly string[],
): Promise<number> {
  const stage = given.stage === '2' ? 2 : 1
  const skip = readSkipped(given.skip)
  const leadingSpace = given['leading-space']
  const maxBytes = given['max-file-size'] ?? MAX_FILE_SIZE
  if (paths.length === 0) throw new UsageError('migrate needs a path: legacy-completions migrate .')

  const { sources, problems } = await readFiles(paths, {
    exclude: given.exclude,
    gitignore: !given['no-gitignore'],
    except: [],
    maxBytes,
    invalid: 'leave',
    goesOn: true,
  })
  const migration = await migrateSources(sources, { stage, skip, leadingSpace, version: VERSION })
  problems.push(...migration.problems)
  if (given.write) {
    for (const { file, before, after } of migration.files) {
      const problem = await rewriteFile(resolve(file), before, after)
      if (problem !== undefined) problems.push({ file, message: problem })
    }
  } else {
    for (const file of migration.files) out(await diffOf(file))
  }
  for (const { file, message } of problems) err(`${file}: ${message}.\n`)
  for (const line of remarkLines(migration.remarks)) err(line)
  const failed = new Set(problems.map(({ file }) => file))
  err(summary(migration, given.write, failed))
  const isLeft = migration.remarks.some(({ kind }) => kind === 'left')
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

/** A line for each thing that is said of a file, with all the lines it is said of. */
function remarkLines(remarks: readonly MigrateRemark[]): string[] {
  const lines = new Map<string, { file: string; at: number[]; said: string }>()
  for (const { file, line, code, message } of remarks) {
    const said = `${code}: ${message}.\n`
    const known = lines.get(`${file}\n${said}`)
    if (known === undefined) lines.set(`${file}\n${said}`, { file, at: [line], said })
    else if (!known.at.includes(line)) known.at.push(line)
  }
  return [...lines.values()].map(
    ({ file, at, said }) => `${file}:${at.sort((a, b) => a - b).join(',')}: ${said}`,
  )
}

/** As `git apply` and `patch -p1` take it. */
async function diffOf({ file, before, after }: MigratedFile): Promise<string> {
  const { createTwoFilesPatch } = await import('diff')
  const isBelow = !file.startsWith('/')
  const [from, to] = isBelow ? [`a/${file}`, `b/${file}`] : [file, file]
  const patch = createTwoFilesPatch(from, to, before, after, undefined, undefined, { context: 3 })
  // Its first line is a ruler, which other tools do not write.
  return patch.replace(/^=+\n/, '')
}

function summary({ files, remarks }: Migration, isWritten: boolean, failed: ReadonlySet<string>): string {
  const done = files.filter(({ file }) => !(isWritten && failed.has(file))).length
  const left = remarks.filter(({ kind }) => kind === 'left').length
  const changed =
    done === 0
      ? 'Nothing to change'
      : `${done} ${done === 1 ? 'file' : 'files'} ${isWritten ? 'changed' : 'to change'}`
  const rest = left === 0 ? '' : `, ${left} ${left === 1 ? 'place' : 'places'} left to a person`
  const how = isWritten || done === 0 ? '' : ' --write changes them.'
  return `${changed}${rest}.${how}\n`
}
