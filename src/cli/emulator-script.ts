import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { readRules, type ScriptRule } from '../emulator/index.ts'
import { UsageError } from './context.ts'
import { withFile } from './files.ts'

/**
 * Reads the rules of the emulator from a JSON or YAML file.
 *
 * @throws FileError for a file that cannot be read, UsageError for one that is not a script.
 */
export function readScriptFile(path: string): ScriptRule[] {
  const text = withFile(path, () => readFileSync(path, 'utf8'))
  try {
    return readRules(parse(text, { maxAliasCount: 100 }))
  } catch (error) {
    const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
    throw new UsageError(`--script: ${path} is not a script. ${reason}`)
  }
}
