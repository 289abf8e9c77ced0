/** The pages of the documentation as a reader follows them: from README.md, by its links. */
import { readFileSync } from 'node:fs'
import ts from 'typescript'

const SITE = 'https://legacy-completions.github.io/'
const read = file => readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8')

/** A page, or the section of it that an anchor names. */
export class Page {
  constructor(name, text) {
    this.name = name
    this.text = text
  }

  static readme() {
    return new Page('README.md', read('README.md'))
  }

  /** The links of the page: what they say, and where they lead. */
  get links() {
    return [...this.text.matchAll(/\[((?:[^\][]|\[[^\]]*\])+)\]\(([^)\s]+)\)/g)].map(([, label, target]) => ({
      label,
      target,
    }))
  }

  /** Follows the link that has these words, or leads to this page. */
  follow(words) {
    const link = this.links.find(({ label, target }) => label.includes(words) || target.endsWith(`/${words}`))
    if (link === undefined) throw new Error(`${this.name} has no link with ${words}`)
    return Page.at(link.target, this.name)
  }

  /** Opens a link, as the site or a code host does. */
  static at(target, from = 'README.md') {
    const [path = '', anchor] = target
      .replace(SITE, '')
      .replace(/\.md(?=#|$)/, '')
      .split('#')
    const name = path === '' ? from : `docs/${path}.md`
    const page = new Page(name, read(name))
    return anchor ? page.section(anchor) : page
  }

  /** The section below a heading, by its text or its anchor. */
  section(wanted) {
    const headings = [...this.text.matchAll(/^(#+) (.+)$/gm)]
    const at = headings.findIndex(([, , heading]) => heading === wanted || anchorOf(heading) === wanted)
    if (at === -1) throw new Error(`${this.name} has no section ${wanted}`)
    const level = headings[at][1].length
    const end = headings.slice(at + 1).find(([, signs]) => signs.length <= level)
    return new Page(this.name, this.text.slice(headings[at].index, end?.index))
  }

  get blocks() {
    const found = [...this.text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    return found.map(([, language, code], at) => ({
      language,
      code,
      output: found[at + 1]?.[1] === 'text' ? found[at + 1][2] : undefined,
    }))
  }

  /** The first block of a language that holds something. */
  block(language, holding = '') {
    const found = this.blocks.find(one => one.language === language && one.code.includes(holding))
    if (found === undefined) throw new Error(`${this.name} has no block ${language} with ${holding}`)
    return found
  }
}

function anchorOf(heading) {
  const plain = heading.replace(/`/g, '').replace(/\[([^\]]+)\]\([^)]+\)/g, '$1')
  return plain
    .toLowerCase()
    .replace(/[^\p{Letter}\p{Number}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-')
}

/** The rows of README's table of entry points: the code it is for, and the link. */
export function entryPoints() {
  const table = Page.readme().section('Choose an entry point').text
  return [...table.matchAll(/^\| (?!your code|-)(.+?) \| \[(.+?)\]\((.+?)\) \|$/gm)].map(
    ([, code, label, target]) => ({ code, label: label.replaceAll('`', ''), target }),
  )
}

/** TypeScript as JavaScript, which every Node runs. */
export const withoutTypes = code =>
  ts.transpileModule(code, {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
  }).outputText

/** Whether a program prints what its page shows; `…` stands for anything, and arrays may be spaced as Node does. */
export function prints(shown, seen) {
  const plain = text => text.trim().replace(/'/g, '"').replace(/\[ /g, '[').replace(/ \]/g, ']')
  const parts = plain(shown)
    .split('…')
    .map(part => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('[\\s\\S]*?')}$`).test(plain(seen))
}
