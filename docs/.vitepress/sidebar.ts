import type { DefaultTheme } from 'vitepress'

interface Group {
  text: string
  /** Page names without `.md`, each once. */
  pages: readonly string[]
}

/** The pages in the order in which the sidebar shows them. A test requires every page of `docs` to be in it once. */
export const GROUPS: readonly Group[] = [
  {
    text: 'Start',
    pages: ['quick-start', 'entry-points', 'how-it-works', 'performance', 'faq', 'alternatives'],
  },
  {
    text: 'Entry points',
    pages: ['sdk-1', 'pinned', 'frameworks', 'proxy', 'python', 'bedrock', 'own-http'],
  },
  {
    text: 'Migrate',
    pages: ['call-by-call', 'audit', 'migrate', 'scale', 'emulator', 'prove', 'compare'],
  },
  { text: 'Behavior', pages: ['today', 'mapping', 'models', 'prices'] },
  { text: 'Proxy in production', pages: ['deploy', 'servers'] },
  {
    text: 'Reference',
    pages: ['errors', 'diagnostics', 'error-classes', 'options', 'cli', 'fields', 'drop-in', 'versioning'],
  },
]

/** Pages for contributors, below the others. */
export const CONTRIBUTING: readonly Group[] = [{ text: 'Contributing', pages: ['reliability', 'benchmarks'] }]

/** The sidebar, with the first heading of each page as its title. */
export function sidebar(
  titleOf: (page: string) => string,
  decisions: readonly string[],
): DefaultTheme.SidebarItem[] {
  const items = (pages: readonly string[]): DefaultTheme.SidebarItem[] =>
    pages.map(page => ({ text: titleOf(page), link: `/${page}` }))
  return [
    ...GROUPS.map(({ text, pages }) => ({ text, items: items(pages) })),
    ...CONTRIBUTING.map(({ text, pages }) => ({
      text,
      collapsed: true,
      items: [...items(pages), { text: 'Decisions', collapsed: true, items: items(decisions) }],
    })),
  ]
}
