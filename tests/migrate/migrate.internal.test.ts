import { describe, expect, test } from 'vitest'
import { migrateSources } from '../../src/migrate/index.ts'
import { cases } from './cases.ts'

const migrated = async (file: string, text: string, stage: 1 | 2): Promise<string> => {
  const { files, problems } = await migrateSources([{ file, text }], { stage, version: '1.0.0' })
  expect(problems).toEqual([])
  return files.find(one => one.file === file)?.after ?? text
}

describe('every case', () => {
  test.each(cases)('$name', async ({ file, stage, input, output }) => {
    expect(await migrated(file, input, stage)).toBe(output)
  })
})
