/** The emulator in a process of its own, so that its memory and its sockets are not counted as the client's. */
import { startEmulator } from 'legacy-completions/emulator'

const emulator = await startEmulator({
  // Each answer carries the number of its question, and is long enough to come in several pieces.
  reply: ({ messages }) => ({ text: `${messages.at(-1)?.text} is answered, and so is what belongs to it.` }),
})
process.send({ url: emulator.url })
process.on('disconnect', () => process.exit(0))
