import { existsSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import type { MarkdownRenderer } from 'vitepress'

/** The anchor of a heading, by the rule of code hosts, so that a link works in both places. */
export function slugify(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{Letter}\p{Number}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-')
}

/** Links to files that are no pages of the site, such as `deploy/Dockerfile`, lead to the repository. */
export function repositoryLinks(md: MarkdownRenderer, docs: string, repository: string): void {
  const render = md.renderer.rules.link_open
  md.renderer.rules.link_open = (tokens, index, options, env, self) => {
    const token = tokens[index]
    const href = token?.attrGet('href') ?? ''
    if (token && !/^(?:[a-z]+:|#|\/)/i.test(href)) {
      const [path = '', anchor] = href.split('#')
      const file = resolve(docs, dirname(env.relativePath ?? ''), path)
      const fromRoot = relative(join(docs, '..'), file)
      const isPage = fromRoot.startsWith('docs/') && file.endsWith('.md')
      if (!isPage && existsSync(file)) {
        // README is the landing page and the quick start of the site.
        token.attrSet('href', `${repository}/${fromRoot}${anchor ? `#${anchor}` : ''}`)
      }
    }
    return render?.(tokens, index, options, env, self) ?? self.renderToken(tokens, index, options)
  }
}

const INSTALL = /^npm install (.+)$/
const MANAGERS: Readonly<Record<string, string>> = { npm: 'npm install', pnpm: 'pnpm add', yarn: 'yarn add' }

let groups = 0

/**
 * Shows an `npm install` line for every package manager, and the fences after `<!-- tabs -->` as tabs named by their
 * language. The Markdown stays plain: code hosts show the fences one after the other, and the tests run them.
 */
export function tabs(md: MarkdownRenderer): void {
  md.core.ruler.push('tabs', state => {
    const { tokens } = state
    for (let index = 0; index < tokens.length; index++) {
      const token = tokens[index]
      const install = token?.type === 'fence' ? INSTALL.exec(token.content.trim()) : null
      if (install && !token?.content.trim().includes('\n')) {
        const fences = Object.entries(MANAGERS).map(([name, command]) => {
          const fence = Object.assign(new state.Token('fence', 'code', 0), token, { attrs: null })
          fence.content = `${command} ${install[1]}\n`
          return { name, fence }
        })
        tokens.splice(index, 1, ...grouped(state, fences))
        index += fences.length + 1
      } else if (token?.type === 'html_block' && token.content.trim() === '<!-- tabs -->') {
        let end = index + 1
        while (tokens[end]?.type === 'fence') end++
        const fences = tokens
          .slice(index + 1, end)
          .map(fence => ({ name: LANGUAGES[fence.info.trim()] ?? fence.info.trim(), fence }))
        tokens.splice(index, end - index, ...grouped(state, fences))
        index += fences.length + 1
      }
    }
  })
}

const LANGUAGES: Readonly<Record<string, string>> = {
  js: 'CommonJS',
  mjs: 'JavaScript',
  ts: 'TypeScript',
  python: 'Python',
  go: 'Go',
  java: 'Java',
  sh: 'Shell',
}

type State = Parameters<Parameters<MarkdownRenderer['core']['ruler']['push']>[1]>[0]
type Token = State['tokens'][number]

/** The HTML that the theme's own code groups have, so that its script and style apply. */
function grouped(state: State, fences: { name: string; fence: Token }[]): Token[] {
  const name = `tabs-${groups++}`
  const html = (content: string): Token => Object.assign(new state.Token('html_block', '', 0), { content })
  const labels = fences.map(
    ({ name: label }, index) =>
      `<input type="radio" name="${name}" id="${name}-${index}"${index === 0 ? ' checked' : ''}><label for="${name}-${index}" data-title="${label}">${label}</label>`,
  )
  const blocks = fences.map(({ fence }, index) => {
    if (index === 0) fence.info = `${fence.info.trim()} active`
    return fence
  })
  return [
    html(`<div class="vp-code-group"><div class="tabs">${labels.join('')}</div><div class="blocks">\n`),
    ...blocks,
    html('</div></div>\n'),
  ]
}
