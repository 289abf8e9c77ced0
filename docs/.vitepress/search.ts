/** How the site's search reads a query. Imported by the theme's search box, and by the test that pastes error messages. */

interface Stored {
  title: string
  titles: string[]
}

const WORDS = /[\p{L}\p{N}_]+/gu

/** What an error message is wrapped in: a JSON envelope, a Python repr, a logger's prefix. Only the sentence counts. */
const ENVELOPE = /["']message["']:\s*(["'])((?:(?!\1)[^\\]|\\.)*)\1/

/** Splits a text into words; of an error in its envelope, only the message. */
export function tokenize(text: string): string[] {
  const sentence = ENVELOPE.exec(text)?.[2] ?? text
  return sentence.match(WORDS) ?? []
}

const plain = (text: string): string => tokenize(text).join(' ').toLowerCase()

/** How much a section counts for a query, by its page and by how much of its heading the query has. */
export function boostDocument(
  query: string,
): (id: string, term: string, stored?: Record<string, unknown>) => number {
  const asked = plain(query)
  const isSentence = asked.split(' ').length > 3
  return (id, _term, stored) => {
    const { title = '', titles = [] }: Partial<Stored> = Object(stored)
    const heading = plain(title)
    if (id.includes('/api/')) return 0.3
    let boost = id.includes('/decisions/') ? 0.2 : 1
    // A page counts more than its sections, whose title it is not.
    const isPage = titles.length === 0
    if (isPage && ` ${heading} `.includes(` ${asked} `)) boost *= 20
    else if (isPage && heading.split(' ').some(word => asked.split(' ').includes(word))) boost *= 3
    if (heading === asked) boost *= 8
    else if (heading !== '' && isSentence && (heading.includes(asked) || asked.includes(heading))) boost *= 6
    if (isSentence && id.includes('/errors')) boost *= 2
    return boost
  }
}

/** The options of a search, for one query. */
export function searchOptions(query: string): Record<string, unknown> {
  const count = tokenize(query).length
  return {
    tokenize,
    boost: { title: 4, text: 2, titles: 1 },
    boostDocument: boostDocument(query),
    // Only the word that is being typed can be incomplete.
    prefix: (_term: string, index: number, terms: string[]) => index === terms.length - 1,
    fuzzy: count < 5 ? 0.2 : false,
  }
}
