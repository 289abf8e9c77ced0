/** How the site's search reads a query. Imported by the theme's search box, and by the test that pastes error messages. */

import { KEYWORDS } from './keywords.ts'

interface Stored {
  title: string
  titles: string[]
}

/** The index splits names at underscores, too. */
const WORDS = /[\p{L}\p{N}]+/gu

/** The envelope of an error message: JSON or a Python repr. Only the sentence in it is searched. */
const ENVELOPE = /["']message["']:\s*(["'])((?:(?!\1)[^\\]|\\.)*)\1/

/** Characters and words that occur in error messages and code, and not in questions. */
const ERROR = /["'`(){}[\]\\]|\w: |\w\.$|\b[A-Z]\w+(?:Error|Exception)\b/

/** Words without meaning in a question. */
const STOP_WORDS: ReadonlySet<string> = new Set(
  'a an and any are be can do does for from has have how i in instead is it its make me my now of on or our should so that the their them then there this to us was we what when where which who why will with without you your'.split(
    ' ',
  ),
)

/** Words that most pages contain. They say little about which page a question is about. */
const COMMON_WORDS: ReadonlySet<string> = new Set(
  'anthropic api call calls claude code completion completions error errors legacy message messages model models new old package prompt prompts request requests sdk support supported text version'.split(
    ' ',
  ),
)

/** Pages for looking things up. A question about their subject is answered by a guide. */
const REFERENCE = /^\/(?:cli|options|diagnostics|drop-in|fields|performance|reliability)\b/

/** Splits a text into words; of an error in its envelope, only the message. */
export function tokenize(text: string): string[] {
  const sentence = ENVELOPE.exec(text)?.[2] ?? text
  return sentence.match(WORDS) ?? []
}

const plain = (text: string): string => tokenize(text).join(' ').toLowerCase()

/** Returns the words of a query that carry meaning: all of an error message, and of a question those that name things. */
function searchedWords(query: string): string[] {
  const words = tokenize(query)
  if (ERROR.test(query)) return words
  const named = words.filter(word => !STOP_WORDS.has(word.toLowerCase()))
  return named.length > 0 ? named : words
}

const KEYWORDS_OF = new Map(Object.entries(KEYWORDS).map(([page, words]) => [page, plain(words).split(' ')]))

const keywordsOf = (id: string): readonly string[] =>
  KEYWORDS_OF.get(/([^/#]+)(?:#|$)/.exec(id)?.[1] ?? '') ?? []

/** Returns the factor of a word: less for a word that most pages contain, unless the query has no other. */
function boostTerm(term: string, _index: number, terms: string[]): number {
  const isCommon = (word: string): boolean => COMMON_WORDS.has(word.toLowerCase())
  return isCommon(term) && !terms.every(isCommon) ? 0.4 : 1
}

/** Returns the factor of a section for a query, by its page and by the words that its heading shares with the query. */
export function boostDocument(
  query: string,
): (id: string, term: string, stored?: Record<string, unknown>) => number {
  const asked = plain(query)
  const searched = searchedWords(query).map(word => word.toLowerCase())
  const telling = searched.filter(word => !COMMON_WORDS.has(word))
  const words = new Set(telling.length > 0 ? telling : searched)
  const isError = ERROR.test(query)
  const isSentence = asked.split(' ').length > 3
  return (id, _term, stored) => {
    const { title = '', titles = [] }: Partial<Stored> = Object(stored)
    const heading = plain(title)
    if (id.includes('/api/')) return isSentence && !isError ? 0.1 : 0.3
    let boost = id.includes('/decisions/') ? 0.2 : 1
    // A page counts more than its sections, whose title it is not.
    const isPage = titles.length === 0
    if (isPage && ` ${heading} `.includes(` ${asked} `)) boost *= 20
    else if (isPage && heading.split(' ').some(word => words.has(word))) boost *= 3
    else if (isPage && !isError && keywordsOf(id).some(word => words.has(word))) boost *= 2
    const isNamed = heading.includes(' ') && ` ${asked} `.includes(` ${heading} `)
    const heads = heading.split(' ')
    if (!isPage && !isError && !REFERENCE.test(id) && [...words].every(word => heads.includes(word)))
      boost *= 3
    if (heading === asked) boost *= 8
    else if (isSentence && (isNamed || heading.includes(asked))) boost *= 6
    if (isSentence && isError && id.includes('/errors')) boost *= 2
    if (isSentence && !isError && !isNamed && REFERENCE.test(id)) boost *= 0.3
    return boost
  }
}

/** The options of a search, for one query. */
export function searchOptions(query: string): Record<string, unknown> {
  const words = searchedWords(query)
  const isError = ERROR.test(query)
  return {
    tokenize: () => words,
    boost: { title: 4, text: 2, titles: 1 },
    boostDocument: boostDocument(query),
    ...(!isError && { boostTerm }),
    // The word that is being typed can be incomplete. In a question, "cost" also finds "costs".
    prefix: (term: string, index: number, terms: string[]) =>
      index === terms.length - 1 || (!isError && term.length > 3 && !COMMON_WORDS.has(term.toLowerCase())),
    fuzzy: words.length < 5 ? 0.2 : false,
  }
}
