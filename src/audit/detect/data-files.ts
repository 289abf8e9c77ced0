import { isData, languageOf } from '../languages/languages.ts'
import type { Source } from '../source.ts'

const DATA_ENDING = /\.(?:jsonl?|ndjson|json5|csv|tsv|xml|log|edn)\b/g
const LONGEST_NAME = 100

/** Returns the names of data files that appear in code. Data that no code names is not read by the program. */
export function dataFilesIn({ file, text }: Source): string[] {
  if (isData(file) || languageOf(file) === 'prose') return []
  // Searches for the ending first: a search for the name before it would restart at each letter of a long word.
  return [...text.matchAll(DATA_ENDING)].flatMap(({ index, 0: ending }) => {
    const name = /[\w-]+$/.exec(text.slice(Math.max(0, index - LONGEST_NAME), index))?.[0]
    return name === undefined ? [] : [name + ending]
  })
}
