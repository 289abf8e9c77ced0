import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type DefaultTheme, defineConfig, type PageData, type Plugin } from 'vitepress'
import { KEYWORDS } from './keywords.ts'
import { repositoryLinks, slugify, tabs } from './markdown.ts'
import { sidebar } from './sidebar.ts'

const docs = fileURLToPath(new URL('..', import.meta.url))
const { homepage, repository } = JSON.parse(readFileSync(`${docs}../package.json`, 'utf8'))
const REPOSITORY: string = repository.url.replace(/^git\+|\.git$/g, '')
const DESCRIPTION =
  'Keeps code that calls Claude through the old Text Completions interface running on the Messages API.'

const read = (page: string): string => {
  const file = `${docs}${page}.md`
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

const titleOf = (page: string): string => (/^# (.+)$/m.exec(read(page))?.[1] ?? page).replaceAll('`', '')

const decisions = readdirSync(`${docs}decisions`)
  .filter(file => file.endsWith('.md'))
  .sort()
  .map(file => `decisions/${file.replace(/\.md$/, '')}`)

interface ApiEntry {
  title: string
  path?: string
  children?: ApiEntry[]
}

/** The API's sidebar: TypeDoc writes it next to its pages. */
function apiSidebar(): DefaultTheme.SidebarItem[] {
  const file = `${docs}api/navigation.json`
  if (!existsSync(file)) return []
  const item = ({ title, path, children }: ApiEntry): DefaultTheme.SidebarItem => ({
    text: title,
    ...(path && { link: `/api/${path.replace(/(?:index)?\.md$/, '')}` }),
    ...(children && { collapsed: true, items: children.map(item) }),
  })
  const entries: ApiEntry[] = JSON.parse(readFileSync(file, 'utf8'))
  return entries.map(item)
}

/** Replaces a part of a source of the theme, and fails the build when a new version no longer has it. */
function replaceIn(text: string, part: string, replacement: string): string {
  if (!text.includes(part)) throw new Error(`VitePress' search box no longer has: ${part}`)
  return text.replace(part, replacement)
}

/** The theme's search box cuts a query after 64 characters, and error messages are longer. It also gets our ranking. */
const searchBox: Plugin = {
  name: 'search-box',
  enforce: 'pre',
  transform(code, id) {
    if (!/VPLocalSearchBox\.vue$/.test(id)) return undefined
    const imported = replaceIn(
      code,
      "import localSearchIndex from '@localSearchIndex'",
      `import localSearchIndex from '@localSearchIndex'\nimport { searchOptions } from '${docs}.vitepress/search.ts'`,
    )
    const ranked = replaceIn(
      imported,
      '.search(filterTextValue)',
      '.search(filterTextValue, searchOptions(filterTextValue))',
    )
    return replaceIn(ranked, 'maxlength="64"', '')
  },
}

/** Renders a page for the search index: the page with its keywords below its title. */
function renderForSearch(
  text: string,
  env: { relativePath: string; frontmatter?: Record<string, unknown> },
  markdown: { render(text: string, env: object): string },
): string {
  const html = markdown.render(text, env)
  if (env.frontmatter?.search === false) return ''
  const words = KEYWORDS[env.relativePath.replace(/\.md$/, '')]
  return words === undefined ? html : html.replace('</h1>', `</h1>\n<p>${words}</p>\n`)
}

/** The page's scripts by their hashes: no page of the site may send anything anywhere. */
function contentSecurityPolicy(html: string): string {
  const hashes = [...html.matchAll(/<script(?: id="[\w-]+")?>([\s\S]*?)<\/script>/g)].map(
    ([, script = '']) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`,
  )
  return [
    "default-src 'self'",
    `script-src 'self' ${hashes.join(' ')}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "connect-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
}

function describe(page: PageData): void {
  const paragraph = /^(?!#|<|```|\||>|---|- )\S[\s\S]*?(?=\n\n|$)/m.exec(
    read(page.relativePath.replace(/\.md$/, '')).replace(/^---[\s\S]*?^---$/m, ''),
  )
  const text = (paragraph?.[0] ?? DESCRIPTION)
    .replace(/\[([^\]]+)\]\([^)]*\)/g, '$1')
    .replace(/[`*\s]+/g, ' ')
  page.description = text.slice(0, 200).trim()
  const path = page.relativePath.replace(/(?:index)?\.md$/, '')
  page.frontmatter.head = [
    ['link', { rel: 'canonical', href: `${homepage}/${path}` }],
    ['meta', { property: 'og:title', content: page.title || 'legacy-completions' }],
    ['meta', { property: 'og:description', content: page.description }],
    ['meta', { property: 'og:url', content: `${homepage}/${path}` }],
  ]
  if (page.relativePath.startsWith('api/')) page.frontmatter.editLink = false
}

export default defineConfig({
  title: 'legacy-completions',
  description: DESCRIPTION,
  lang: 'en',
  cleanUrls: true,
  metaChunk: true,
  // No page asks for anything that its reader did not.
  router: { prefetchLinks: false },
  srcExclude: ['**/node_modules/**', 'sample/**', 'examples/**', 'deploy/**', 'scale/**'],
  sitemap: { hostname: homepage },
  head: [
    ['link', { rel: 'icon', href: '/icon.svg', type: 'image/svg+xml' }],
    ['meta', { property: 'og:type', content: 'website' }],
    ['meta', { property: 'og:site_name', content: 'legacy-completions' }],
    ['meta', { name: 'twitter:card', content: 'summary' }],
    ['meta', { name: 'referrer', content: 'no-referrer' }],
  ],
  transformPageData: describe,
  transformHtml: html =>
    html.replace(
      '<head>',
      `<head>\n    <meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy(html)}">`,
    ),
  vite: {
    plugins: [searchBox],
    // The emulator loads this only to listen on a port, which no page does.
    build: { rollupOptions: { external: [/\/src\/listen\.ts$/] } },
  },
  markdown: {
    anchor: { slugify },
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    config(md) {
      repositoryLinks(md, docs, `${REPOSITORY}/blob/main`)
      tabs(md)
    },
  },
  themeConfig: {
    nav: [
      { text: 'Quick start', link: '/quick-start' },
      { text: 'Migrate', link: '/call-by-call' },
      { text: 'Troubleshooting', link: '/errors' },
      { text: 'Playground', link: '/playground' },
      { text: 'API', link: '/api/' },
    ],
    sidebar: { '/api/': apiSidebar(), '/': sidebar(titleOf, decisions) },
    outline: [2, 3],
    editLink: { pattern: `${REPOSITORY}/edit/main/docs/:path`, text: 'Edit this page' },
    socialLinks: [{ icon: 'github', link: REPOSITORY }],
    search: {
      provider: 'local',
      options: { disableQueryPersistence: true, detailedView: false, _render: renderForSearch },
    },
    footer: { message: 'MIT licensed. Not affiliated with Anthropic.' },
  },
})
