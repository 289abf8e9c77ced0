import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** A file before and after, and the stage that leads from one to the other. */
export interface Case {
  name: string
  stage: 1 | 2
  /** The name of the file, without what tells the two apart. */
  file: string
  input: string
  output: string
}

const folder = (stage: 1 | 2): string => fileURLToPath(new URL(`cases/stage-${stage}/`, import.meta.url))

/** Every pair of `name.input.*` and `name.output.*`; a file without an output is one that stays as it is. */
export const cases: readonly Case[] = ([1, 2] as const).flatMap(stage =>
  readdirSync(folder(stage))
    .filter(file => file.includes('.input.'))
    .sort()
    .map(file => {
      const input = readFileSync(folder(stage) + file, 'utf8')
      const output = readFileSync(folder(stage) + file.replace('.input.', '.output.'), 'utf8')
      return {
        name: `stage ${stage}: ${file.replace('.input', '')}`,
        stage,
        file: file.replace('.input', ''),
        input,
        output,
      }
    }),
)
