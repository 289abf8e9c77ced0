import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { createEmulator, type Emulator } from 'legacy-completions/emulator'
import { type Listening, listen } from '../../../src/listen.ts'
import { byName, fateOf } from './replies.ts'

const TYPES: Readonly<Record<string, string>> = { '.js': 'text/javascript', '.html': 'text/html' }

/**
 * The emulator for a runtime in another process: it answers each request as that asks, tells what became of a call, and
 * has the files of a page, which so needs no leave to ask it.
 */
export async function startServer(pages: string): Promise<Listening> {
  const emulator: Emulator = createEmulator(byName(() => emulator.requests))
  return listen(async request => {
    const { pathname, searchParams } = new URL(request.url)
    if (pathname.startsWith('/v1/')) return emulator.fetch(request)
    if (pathname === '/fate') return Response.json(fateOf(searchParams.get('call') ?? '', emulator.requests))
    // None of these files is in a folder.
    const [, file] = /^\/([\w-]+\.(?:js|html))$/.exec(pathname) ?? []
    if (file === undefined) return new Response(null, { status: 404 })
    const type = TYPES[extname(file)] ?? ''
    return new Response(await readFile(join(pages, file)), { headers: { 'content-type': type } })
  })
}
