/** One section in a process of its own: what another has compiled and left in the heap is no part of it. */
const { measure } = await import(`./${process.argv[2]}.mjs`)
process.send(await measure(), () => process.exit(0))
