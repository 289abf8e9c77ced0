import { type AnswerReply, startEmulator } from 'legacy-completions/emulator'

/** An emulator on a port, which gives every request the response that was set last. */
export async function listenTo(): Promise<{
  url: string
  reply(answer: AnswerReply): void
  close(): Promise<void>
}> {
  let now: AnswerReply = {}
  const { url, close } = await startEmulator({ reply: () => now })
  return {
    url,
    close,
    reply(answer) {
      now = answer
    },
  }
}
