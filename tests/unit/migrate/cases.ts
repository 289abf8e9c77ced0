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

const casesIn = (folder: string, stage: 1 | 2): Case[] => {
  const path = fileURLToPath(new URL(`cases/${folder}/`, import.meta.url))
  return readdirSync(path)
    .filter(file => file.includes('.input.'))
    .sort()
    .map(file => ({
      name: `${folder.replace('-', ' ')}: ${file.replace('.input', '')}`,
      stage,
      file: file.replace('.input', ''),
      input: readFileSync(path + file, 'utf8'),
      output: readFileSync(path + file.replace('.input.', '.output.'), 'utf8'),
    }))
}

/** Every pair of `name.input.*` and `name.output.*`; a file without an output is one that stays as it is. */
export const cases: readonly Case[] = [...casesIn('stage-1', 1), ...casesIn('stage-2', 2)]

/** The pairs of stage 1 with the Python file. */
export const pythonFileCases: readonly Case[] = casesIn('python-file', 1)
