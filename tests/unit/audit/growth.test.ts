import { Audit, findUsesIn } from 'legacy-completions/audit'
import { describe, expect, it } from 'vitest'

const TIMES = 16
/** Linear would be 16; a quadratic search would be 256. The rest is for other work on the machine. */
const MOST = TIMES * 4

const repeat = (count: number, make: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => make(index)).join('')

const label = (index: number): string => (index % 2 === 0 ? 'Assistant' : 'Human')
const call = (index: number): string =>
  `const r${index} = await client.completions.create({ model: 'claude-2', max_tokens_to_sample: 9, prompt: \`\${HUMAN_PROMPT} a\${AI_PROMPT}\` })\nshow(r${index}.completion)\n`
const cell = (index: number): object => ({
  cell_type: 'code',
  source: [
    `r${index} = client.completions.create(max_tokens_to_sample=9, prompt=f"{HUMAN_PROMPT} a{AI_PROMPT}")\n`,
  ],
})

/** What grows, and a source with `count` of it. */
const GROWING: readonly { what: string; file: string; size: number; source: (count: number) => string }[] = [
  {
    what: 'uses in one function',
    file: 'a.ts',
    size: 40,
    source: count =>
      `import Anthropic from '@anthropic-ai/sdk'\nconst client = new Anthropic()\nasync function all() {\n${repeat(count, call)}}\n`,
  },
  {
    what: 'functions with a use',
    file: 'a.ts',
    size: 40,
    source: count =>
      `import Anthropic from '@anthropic-ai/sdk'\nconst client = new Anthropic()\n${repeat(count, index => `async function f${index}() {\n${call(index)}}\n`)}`,
  },
  {
    what: 'terms of one sum in TypeScript',
    file: 'a.ts',
    size: 250,
    source: count =>
      `const p = "\\n\\nHuman: a"${repeat(count, index => ` + "\\n\\n${label(index)}: ${index}" + x`)}\n`,
  },
  {
    what: 'terms of one sum in Python',
    file: 'a.py',
    size: 250,
    source: count =>
      `p = ("\\n\\nHuman: a"${repeat(count, index => ` + "\\n\\n${label(index)}: ${index}" + x`)})\n`,
  },
  {
    what: 'terms of one sum in Go',
    file: 'a.go',
    size: 250,
    source: count =>
      `// claude\nvar p = "\\n\\nHuman: a"${repeat(count, index => ` + "\\n\\n${label(index)}: ${index}" + x`)}\n`,
  },
  {
    what: 'heredocs without an end',
    file: 'a.rb',
    size: 250,
    source: count => `# claude\n${repeat(count, index => `list <<ITEM\nx = "claude-${index}"\n`)}`,
  },
  {
    what: 'cells of a notebook',
    file: 'a.ipynb',
    size: 60,
    source: count => JSON.stringify({ cells: Array.from({ length: count }, (_, index) => cell(index)) }),
  },
  {
    what: 'records of a data file',
    file: 'a.jsonl',
    size: 250,
    source: count => repeat(count, index => `{"id":${index},"prompt":"\\n\\nHuman: a\\n\\nAssistant:"}\n`),
  },
  {
    what: 'turns in a text',
    file: 'a.txt',
    size: 250,
    source: count => repeat(count, index => `\n\nHuman: ${index}\n\nAssistant: b`),
  },
]

async function cpuOf(file: string, text: string): Promise<number> {
  const before = process.cpuUsage()
  await findUsesIn([{ file, text }], { fileTimeLimit: 120_000 })
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

describe('the time of an audit', () => {
  it.each(GROWING)(
    'grows linearly in the $what',
    async ({ file, size, source }) => {
      const [small, large] = [source(size), source(size * TIMES)]
      await cpuOf(file, small)
      // The first run compiles, and the collector may come in any: the least of several counts.
      const least = async (text: string, runs: number): Promise<number> => {
        const all: number[] = []
        for (let run = 0; run < runs; run++) all.push(await cpuOf(file, text))
        return Math.min(...all)
      }
      const once = await least(small, 5)
      const more = await least(large, 2)
      expect(more / Math.max(once, 1)).toBeLessThan(MOST)
    },
    120_000,
  )
})

/** A program of `count` files that use what others define: prompts, types of replies, addresses. */
function program(count: number): { file: string; text: string }[] {
  return Array.from({ length: count }, (_, index) => [
    {
      file: `claude/ask${index}.go`,
      text: 'func ask() string { return s.Reply.Completion + CLAUDE_PREFIX_TEXT }\n',
    },
    {
      file: `claude/reply${index}.go`,
      text: 'type Reply struct {\n\tCompletion string `json:"completion"`\n\tLogID string `json:"log_id"`\n}\n',
    },
    {
      file: `claude/url${index}.py`,
      text: `CLAUDE_PROMPT_${index} = "\\n\\nHuman:"\nfetch("https://api.anthropic.com/v1")\n`,
    },
    { file: `claude/use${index}.py`, text: `post("/complete", CLAUDE_PROMPT_${index})\n` },
  ]).flat()
}

describe('the time of an audit of many files', () => {
  it('grows linearly in files that define names for each other', async () => {
    const cpuOfAll = async (sources: { file: string; text: string }[]): Promise<number> => {
      const before = process.cpuUsage()
      const { uses } = await findUsesIn(sources)
      const { user, system } = process.cpuUsage(before)
      expect(uses.length).toBeGreaterThan(sources.length)
      return (user + system) / 1000
    }
    const [small, large] = [program(10), program(10 * TIMES)]
    await cpuOfAll(small)
    const once = Math.min(await cpuOfAll(small), await cpuOfAll(small), await cpuOfAll(small))
    expect((await cpuOfAll(large)) / Math.max(once, 1)).toBeLessThan(MOST)
  }, 120_000)
})

describe('the memory of an audit', () => {
  it('does not grow with the files', async () => {
    const audit = new Audit()
    const text = `import Anthropic from '@anthropic-ai/sdk'\n${repeat(100, index => `export const f${index} = (a: number) => a + ${index}\n`)}const m = 'claude-2'\n`
    const add = async (from: number, to: number): Promise<void> => {
      for (let index = from; index < to; index++) await audit.add({ file: `f${index}.ts`, text })
    }
    await add(0, 100)
    const before = process.memoryUsage().rss
    await add(100, 1600)
    // Each tree has about half a megabyte: kept, they would be 750.
    expect((process.memoryUsage().rss - before) / 1e6).toBeLessThan(200)
  }, 120_000)
})

describe('a file that takes too long', () => {
  it('is a problem, and the others are read', async () => {
    const slow = GROWING[2]?.source(20_000) ?? ''
    const { uses, problems } = await findUsesIn(
      [
        { file: 'slow.ts', text: slow },
        { file: 'b.ts', text: "const m = 'claude-2'" },
      ],
      { fileTimeLimit: 1 },
    )
    expect(problems).toEqual([{ file: 'slow.ts', message: 'took too long to read and was left out' }])
    expect(uses.map(({ file }) => file)).toContain('b.ts')
  })
})
