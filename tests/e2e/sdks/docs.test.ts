import { describe, expect, it } from 'vitest'
import { needsSDK, programs, runBlock, versioned } from '../../docs/run-block.ts'
import { complaintsAbout } from '../../docs/types.ts'

const using = programs.filter(needsSDK)

describe('every code block that uses the official SDK', () => {
  it('is found', () => expect(using.length).toBeGreaterThan(4))

  it.for(using)('$page:$line runs', block => runBlock(block, 'tests/e2e/sdks'))

  it('has the right types', { timeout: 120_000 }, () => {
    const typed = using.filter(({ language }) => language === 'ts')
    expect(complaintsAbout(typed.map(versioned), 'tests/e2e/sdks')).toEqual([])
  })
})
