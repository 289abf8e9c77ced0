import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root: string = fileURLToPath(new URL('../..', import.meta.url))

/** What people read, by its path from the root: the guides, the reference, and what stands at the root itself. */
export const pages: readonly string[] = [
  ...readdirSync(root).filter(file => file.endsWith('.md')),
  ...readdirSync(resolve(root, '.github'), { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.md'))
    .map(file => `.github/${file}`),
  ...readdirSync(resolve(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.md') && !/^(?:api|sample|node_modules|\.vitepress)\b/.test(file))
    .map(file => `docs/${file}`),
].sort()

export const textOf = (page: string): string => readFileSync(resolve(root, page), 'utf8')

export interface Block {
  page: string
  line: number
  language: string
  code: string
  /** What the block prints, where the page shows it: a block `text` that follows after nothing but a blank line. */
  output?: string
}

/** The fenced blocks of a page, in their order. */
export function blocksOf(page: string): Block[] {
  const text = textOf(page)
  const found = [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
  return found.map((match, at) => {
    const next = found[at + 1]
    const isOutput =
      next?.[1] === 'text' && text.slice(match.index + match[0].length, next.index).trim() === ''
    return {
      page,
      line: text.slice(0, match.index).split('\n').length,
      language: match[1] ?? '',
      code: match[2] ?? '',
      ...(isOutput && { output: next[2] ?? '' }),
    }
  })
}

export const blocks: readonly Block[] = pages.flatMap(blocksOf)

/** The page without its blocks. */
export const proseOf = (page: string): string => textOf(page).replace(/^```[\s\S]*?^```$/gm, '')

export const headingsOf = (page: string, level?: number): string[] =>
  [...proseOf(page).matchAll(/^(#+) (.+)$/gm)]
    .filter(([, signs = '']) => level === undefined || signs.length === level)
    .map(([, , heading = '']) => heading.trim())

/** What `#…` leads to in a page: the anchors of its headings, as code hosts and the site make them. */
export function anchorsOf(page: string): Set<string> {
  const anchors = new Set<string>()
  for (const heading of headingsOf(page)) {
    const plain = heading.replace(/`/g, '').replace(/\[([^\]]+)\]\([^)]+\)/g, '$1')
    const slug = plain
      .toLowerCase()
      .replace(/[^\p{Letter}\p{Number}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-')
    let anchor = slug
    for (let copy = 1; anchors.has(anchor); copy++) anchor = `${slug}-${copy}`
    anchors.add(anchor)
  }
  return anchors
}

/** An expectation out of what a page shows: `…` stands for anything. */
export function asPattern(shown: string): RegExp {
  const parts = shown.trim().split('…')
  return new RegExp(
    `^\\s*${parts.map(part => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[\\s\\S]*?')}\\s*$`,
  )
}
