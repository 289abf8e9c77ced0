/** What a process of the bench tells the one that started it: the port it listens on. */
export function say(port) {
  process.send({ port: Number(port) })
  process.on('SIGTERM', () => process.exit(0))
}
