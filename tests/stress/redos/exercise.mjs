import { readFileSync } from 'node:fs'

const root = new URL('../../../', import.meta.url)
const { exports } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'))

/** A file of every kind that the audit reads, with something in it that is worth reading. */
const FILES = [
  'ts',
  'tsx',
  'vue',
  'py',
  'ipynb',
  'go',
  'java',
  'kt',
  'cs',
  'php',
  'rs',
  'rb',
  'r',
  'json',
  'yaml',
  'md',
]

/** Loads all of the package, and has it work where it puts expressions together as it goes. */
export async function exercise() {
  const load = file => import(new URL(file, root).href)
  for (const entry of Object.values(exports)) if (typeof entry !== 'string') await load(entry.import.default)
  const { findLegacyUses } = await load(exports['./audit'].import.default)
  const text =
    'const HUMAN = "\\n\\nHuman: hi\\n\\nAssistant:"\nclient.completions.create({ prompt: HUMAN, model: "claude-2.1" })\n'
  const python =
    'prompt = f"{HUMAN_PROMPT} hi {AI_PROMPT}"\nclient.completions.create(prompt=prompt, max_tokens_to_sample=1)\n'
  const sources = FILES.map(ending => ({ file: `file.${ending}`, text: ending === 'py' ? python : text }))
  const manifests = ['package.json', 'requirements.txt', 'pyproject.toml'].map(file => ({
    file,
    text: '{"dependencies":{"@anthropic-ai/sdk":"^0.30.0"}}\nanthropic==0.30.0\n',
  }))
  await findLegacyUses([...sources, ...manifests])
}
