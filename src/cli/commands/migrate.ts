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
import { count, flag, oneOf, readArguments, text } from '../arguments.ts'
import { MAX_FILE_SIZE, readFiles } from '../audit-files.ts'
import type { Surroundings } from '../main.ts'
import { MIGRATE_HELP } from '../migrate-help.ts'
import { rewriteFile } from '../rewrite-file.ts'
import { UsageError } from '../usage.ts'

const OPTIONS = {
  help: flag,
  stage: text,
  write: flag,
  skip: { type: 'string', multiple: true },
  'leading-space': text,
  exclude: { type: 'string', multiple: true },
  'no-gitignore': flag,
  'max-file-size': text,
} as const

/** Every option there is, for the help to be held against. */
export const MIGRATE_OPTION_NAMES: readonly string[] = Object.keys(OPTIONS)

/** `legacy-completions migrate`: shows what would be rewritten as a diff, or writes it. */
export async function migrate({ args, out, err }: Surroundings): Promise<number> {
  const { values: given, positionals: paths } = readArguments(args, OPTIONS, true)
  if (given.help) {
    out(MIGRATE_HELP)
    return 0
  }
  const stage = oneOf(given.stage, ['1', '2'], '--stage') === '2' ? 2 : 1
  const skip = readSkipped(given.skip ?? [])
  const leadingSpace = oneOf(given['leading-space'], ['drop', 'keep'], '--leading-space')
  const maxBytes = count(given['max-file-size'], '--max-file-size') ?? MAX_FILE_SIZE
  if (paths.length === 0) throw new UsageError('migrate needs a path: legacy-completions migrate .')

  const { sources, problems } = await readFiles(paths, {
    exclude: given.exclude ?? [],
    gitignore: given['no-gitignore'] !== true,
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
  err(summary(migration, given.write === true, failed))
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
