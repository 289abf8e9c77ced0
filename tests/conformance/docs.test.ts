import { describe, it } from 'vitest'
import { needsSDK, programs, runBlock } from '../docs/run-block.ts'

describe('every code block that uses the official SDK', () => {
  it.for(programs.filter(needsSDK))('$page:$line runs', block => runBlock(block, 'tests/conformance'))
})
