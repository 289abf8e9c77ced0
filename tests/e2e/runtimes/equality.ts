/** @throws Error where the two are not the same, as JSON has it; the order of an object's fields does not count. */
export function assertSame(actual: unknown, expected: unknown, what = 'it'): void {
  const [is, ought] = [inOrder(actual), inOrder(expected)].map(value => JSON.stringify(value))
  if (is !== ought) throw new Error(`${what} is ${is} and not ${ought}`)
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder)
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value).map(([name, field]) => [name, inOrder(field)] as const)
  return Object.fromEntries(fields.sort(([a], [b]) => (a < b ? -1 : 1)))
}
