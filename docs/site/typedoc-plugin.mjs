import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Converter, JSX, Renderer } from 'typedoc'

/** The pages that lead somewhere; all others are looked things up in. */
const GUIDES = [
  'sdk-1',
  'pinned',
  'proxy',
  'python',
  'call-by-call',
  'today',
  'audit',
  'migrate',
  'scale',
  'emulator',
  'prove',
  'own-http',
  'deploy',
]

/** The entries by the names that programs import them by, where that is not the name of their folder. */
const ENTRIES = {
  index: 'legacy-completions',
  repair: 'legacy-completions/repair',
  'adapters/sdk': 'legacy-completions/sdk',
  'adapters/fetch': 'legacy-completions/fetch',
  'proxy/fetch-handler': 'legacy-completions/proxy',
  'proxy/node/server': 'legacy-completions/node',
}

/** What the site has beside the pages that typedoc writes. */
const BESIDE = [
  ['playground/index.html', 'Playground'],
  ['report/index.html', 'A sample of the audit’s report'],
]

/** Whoever searches for a sentence has pasted an error: it must not be lost among the words of the API's comments. */
const BOOSTS = { errors: 10, ...Object.fromEntries(GUIDES.map(name => [name, 2])) }

/**
 * What the theme leaves to be said: where the content is, that what scrolls can be scrolled by keyboard, and which file
 * the home page is, for whoever reads the site from a disk.
 */
const MENDED = [
  [/href="\.\.\/#/g, 'href="../index.html#'],
  [/<div class="col-content">/, '<div class="col-content" role="main">'],
  [/<div class="page-menu">/, '<div class="page-menu" role="complementary" aria-label="On this page">'],
  [/<table>/g, '<div class="wide" tabindex="0"><table>'],
  [/<\/table>/g, '</table></div>'],
]

/** The theme forgets what was typed before its index had come: it is looked up once the note about the index goes. */
const LOOK_UP_WHAT_CAME_EARLY = `
new MutationObserver((_, observer) => {
  observer.disconnect()
  document.getElementById('tsd-search-input').dispatchEvent(new Event('input'))
}).observe(document.getElementById('tsd-search-status'), { childList: true })
`

/**
 * The search tells the nodes of its tree of words apart by a string of letters and numbers, which two of them can share
 * where a word has a digit in it. Words are then lost, and others come of it that are in no page: a search that meets one
 * throws, and shows nothing (issue 503 of olivernn/lunr.js). A comma behind each number makes the string unambiguous.
 */
const KEY_OF_A_NODE =
  /(?<=TokenSet\.prototype\.toString=function\(\)\{[^}]+this\.edges\[s\];e=e\+s\+o\.id)(?=\})/

function mendSearch(outputDirectory) {
  const file = join(outputDirectory, 'assets', 'main.js')
  const script = readFileSync(file, 'utf8')
  const mended = script.replace(KEY_OF_A_NODE, "+','")
  if (mended === script) throw new Error(`${file} is not the script whose search is mended here.`)
  writeFileSync(file, mended)
}

function groupOf(name) {
  if (name.startsWith('decisions/')) return 'Decisions'
  return GUIDES.includes(name) ? 'Guides' : 'Reference'
}

const titleOf = ({ content }) => /^# (?:\d+\. )?(.+)$/m.exec(content.map(({ text }) => text).join(''))?.[1]

/** Groups the pages in the sidebar, names them by their titles and the modules by their entries, and links what is beside. */
export function load(app) {
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_, document) => {
    document.frontmatter.group = groupOf(document.name)
    document.relevanceBoost = BOOSTS[document.name] ?? 1
  })
  // By now the addresses are made, which are to stay as short as the names of the files.
  app.renderer.on(Renderer.EVENT_BEGIN, ({ project }) => {
    // The theme says the name of the project above it.
    const [first] = project.readme ?? []
    if (first !== undefined) first.text = first.text.replace(/^# .+\n/, '')
    for (const document of project.documents ?? []) document.name = titleOf(document) ?? document.name
    for (const module of project.children ?? [])
      module.name = ENTRIES[module.name] ?? `legacy-completions/${module.name}`
  })
  app.renderer.on(Renderer.EVENT_END_PAGE, page => {
    for (const [pattern, by] of MENDED) page.contents = page.contents?.replace(pattern, by)
  })
  app.renderer.on(Renderer.EVENT_END, ({ outputDirectory }) => mendSearch(outputDirectory))
  app.renderer.hooks.on('body.end', () =>
    JSX.createElement('script', null, JSX.createElement(JSX.Raw, { html: LOOK_UP_WHAT_CAME_EARLY })),
  )
  app.renderer.hooks.on('sidebar.begin', context =>
    JSX.createElement(
      'nav',
      { class: 'tsd-navigation', 'aria-label': 'Beside the documentation' },
      BESIDE.map(([page, name]) => JSX.createElement('a', { href: context.relativeURL(page) }, name)),
    ),
  )
}
