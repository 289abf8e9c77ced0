import { describe, expect, it } from 'vitest'
import { paint, progressLine } from '../../../src/cli/terminal.ts'

const source = (done: number, total = 100) => ({
  name: 'prompts.jsonl',
  total,
  done: () => done,
  format: (amount: number) => `${amount.toFixed(0)} MB`,
})

describe('a progress bar', () => {
  it.each<[string, number, number, number, number, string]>([
    [
      'shows the file, the share, the rate and the rest',
      50,
      0,
      10,
      80,
      '━━━━━━━━━━────────── 50 % · 5 MB/s · 10 s left',
    ],
    ['leaves out the rest where nothing is done yet', 0, 0, 1, 80, '──────────────────── 0 % · 0 MB/s'],
    ['counts only what this run has done', 60, 50, 10, 80, '━━━━━━━━━━━━──────── 60 % · 1 MB/s · 40 s left'],
    ['shows minutes', 1, 0, 10, 80, '──────────────────── 1 % · 0 MB/s · 17 min left'],
    ['shows hours', 1, 0, 100, 80, '──────────────────── 1 % · 0 MB/s · 2 h 45 min left'],
    ['never shows more than all', 120, 0, 10, 80, '━━━━━━━━━━━━━━━━━━━━ 100 % · 10 MB/s · 0 s left'],
  ])('%s', (_, done, before, seconds, columns, shows) => {
    expect(progressLine(source(done), before, seconds, columns)).toBe(`prompts.jsonl ${shows}`)
  })

  it.each([20, 40, 60, 80])('fits into %i columns', columns => {
    expect(progressLine(source(50), 0, 10, columns).length).toBeLessThan(columns)
  })

  it('survives an empty file', () => {
    expect(progressLine(source(0, 0), 0, 0, 80)).toContain('100 %')
  })
})

describe('colours', () => {
  it('are written only where they are wanted', () => {
    expect(paint('a', 'error', { isColored: true })).toBe('\x1b[31ma\x1b[0m')
    expect(paint('a', 'error', { isColored: false })).toBe('a')
    expect(paint('a', 'error', {})).toBe('a')
  })
})
