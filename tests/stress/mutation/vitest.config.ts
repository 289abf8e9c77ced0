import type { ViteUserConfig } from 'vitest/config'
import base from '../../../vitest.config.ts'

/** The tests of the two pure modules, without those that only try large inputs. */
export default (): ViteUserConfig => {
  const { resolve, test } = base({ mode: 'test' })
  return {
    ...(resolve && { resolve }),
    test: {
      ...test,
      include: ['transcript', 'repair', 'translate'].map(module => `tests/unit/${module}/**/*.test.ts`),
      testNamePattern: /^(?!.*(?:megabyte|100 MB|cut off at any place)).*$/,
      reporters: ['default'],
    },
  }
}
