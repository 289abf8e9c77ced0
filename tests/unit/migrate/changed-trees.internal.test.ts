import { describe, expect, test } from 'vitest'
import { loadParsers } from '../../../src/audit/languages/parsers.ts'
import { applyEdits, type Edit } from '../../../src/migrate/edits.ts'
import { readTree, type SyntaxNode, type Tree } from '../../../src/migrate/tree.ts'

const TYPESCRIPT = `import Anthropic, { HUMAN_PROMPT } from '@anthropic-ai/sdk'

const client = new Anthropic()
// 😀 a comment
export async function ask(text: string): Promise<string> {
  const prompt = \`\${HUMAN_PROMPT} 日本 \${text} 😀\`
  return (await client.completions.create({ model: 'claude-2', prompt })).completion
}
`
const PYTHON = `import anthropic

client = anthropic.Anthropic()

def ask(text):
    # 😀 a comment
    prompt = f"{anthropic.HUMAN_PROMPT} 日本 {text} 😀"
    return client.completions.create(model="claude-2", prompt=prompt).completion
`

/** Replacements as migrate makes them: of the first occurrence of a text in the source. */
const CHANGES: readonly {
  what: string
  file: string
  source: string
  replaced: readonly [string, string][]
}[] = [
  { what: 'no edit', file: 'a.ts', source: TYPESCRIPT, replaced: [] },
  { what: 'no edit in Python', file: 'a.py', source: PYTHON, replaced: [] },
  {
    what: 'an edit after an emoji',
    file: 'a.ts',
    source: TYPESCRIPT,
    replaced: [["'claude-2'", "'claude-😀-3'"]],
  },
  {
    what: 'edits at both ends',
    file: 'a.ts',
    source: TYPESCRIPT,
    replaced: [
      [', { HUMAN_PROMPT }', ''],
      ['completions.create', 'messages.create'],
      [
        '.completion\n',
        ".content\n    .map(block => (block.type === 'text' ? block.text : ''))\n    .join('')\n",
      ],
    ],
  },
  {
    what: 'lines that are added',
    file: 'a.ts',
    source: TYPESCRIPT,
    replaced: [['  const prompt', '  // TODO 😀\n  // two lines\n  const prompt']],
  },
  {
    what: 'lines that are removed',
    file: 'a.ts',
    source: TYPESCRIPT,
    replaced: [['const client = new Anthropic()\n// 😀 a comment\n', '']],
  },
  {
    what: 'a block that is indented in Python',
    file: 'a.py',
    source: PYTHON,
    replaced: [
      ['    return client', '    with client.messages.stream() as stream:\n        return client'],
      ['import anthropic\n\n', ''],
    ],
  },
  {
    what: 'a docstring that is added in Python',
    file: 'a.py',
    source: PYTHON,
    replaced: [['    # 😀 a comment\n', '    """日本\n\n    😀"""\n']],
  },
]

const shape = ({ root }: Tree): string[] => {
  const all: string[] = []
  const visit = (node: SyntaxNode): void => {
    all.push(`${node.kind()} ${node.isNamed()} ${node.start} ${node.end}`)
    for (const child of node.children()) visit(child)
  }
  visit(root)
  return all
}

describe('a changed tree', () => {
  test.each(CHANGES)(
    'equals the tree of the changed source, with $what',
    async ({ file, source, replaced }) => {
      const parsers = await loadParsers([file])
      const edits = replaced.map(([before, text]): Edit => {
        const start = source.indexOf(before)
        expect(start).toBeGreaterThan(-1)
        return { start, end: start + before.length, text }
      })
      const changed = applyEdits(source, edits)
      const [tree, fresh] = [readTree(file, source, parsers), readTree(file, changed, parsers)]
      const edited = tree?.edited(changed, edits)
      expect(edited && shape(edited)).toEqual(fresh && shape(fresh))
      expect(edited).toMatchObject({ source: changed, isBroken: false })
      parsers.deleteTrees()
    },
  )
})
