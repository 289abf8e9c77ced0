import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { PYTHON_FILE, PYTHON_FILE_MARK } from '../../python/python-file.ts'
import { text } from '../arguments.ts'
import { type Command, defineCommand } from '../command.ts'
import { UsageError } from '../context.ts'
import { withFile } from '../files.ts'

/** `legacy-completions python`: writes a Python file that restores completions. */
export const python: Command = defineCommand({
  usage: '[options]',
  examples: `
# Write the file next to the program that imports it, and start the proxy that it calls.
legacy-completions python --output legacy_completions.py
legacy-completions serve`,
  options: {
    Options: {
      output: text('FILE', 'Write the file there; a newer version replaces an older one', {
        short: 'o',
        default: 'standard output',
      }),
    },
  },
  notes: `The file needs Python 3.9 or later and no package except anthropic. It is MIT licensed: commit it.

Exit code: 0 when the file was written, 2 when it could not be.`,
  async run({ output }, { out, err }) {
    if (output === undefined) {
      out(PYTHON_FILE)
      return 0
    }
    const isForeign =
      existsSync(output) && !withFile(output, () => readFileSync(output, 'utf8')).startsWith(PYTHON_FILE_MARK)
    if (isForeign)
      throw new UsageError(`${output} exists and is not from legacy-completions. Choose another --output.`)
    withFile(output, () => writeFileSync(output, PYTHON_FILE))
    err(`Wrote ${output}.\n`)
    return 0
  },
})
