/**
 * Looks at every regular expression of the package for one whose time can grow faster than the text it is given. Those
 * that may are in `BOUNDED`, with what bounds the text.
 */
process.env.RECHECK_BACKEND = 'pure'
const { check } = await import('recheck')
const { literals, made } = await import('./expressions.mjs')
const { BOUNDED } = await import('./bounded.mjs')
const { exercise } = await import('./exercise.mjs')

/** How long one may be looked at, in milliseconds: longer where nothing else bounds its time. */
const TIMEOUT = { bounded: 3000, free: 30_000 }

let passed = 0
let failed = 0
const unused = new Set(Object.keys(BOUNDED))
for (const { source, flags, place } of [...(await literals()), ...(await made(exercise))]) {
  const bound = Object.keys(BOUNDED).find(where => place.startsWith(where))
  const timeout = bound === undefined ? TIMEOUT.free : TIMEOUT.bounded
  const { status, complexity, attack, error } = await check(source, flags, { timeout })
  if (status === 'safe') {
    passed++
    continue
  }
  if (bound !== undefined) unused.delete(bound)
  const isBounded = bound !== undefined && complexity?.type !== 'exponential'
  if (isBounded) passed++
  else failed++
  const says = status === 'unknown' ? `unknown: ${error?.kind}` : complexity.summary
  console.log(`${isBounded ? 'bounded' : 'FAILED '}  ${says.padEnd(28)} ${place}  /${source}/${flags}`)
  if (!isBounded) console.log(`         for example on ${attack?.pattern}`)
}
for (const where of unused) {
  failed++
  console.log(`FAILED   ${where} is in the table, and has nothing to bound`)
}
for (const [where, why] of Object.entries(BOUNDED)) console.log(`${where}: ${why}`)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
