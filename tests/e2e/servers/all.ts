import { startAimock } from './aimock.ts'
import type { ServerName } from './cases.ts'
import { startLlama } from './llama.ts'
import { startLlms } from './llms.ts'
import type { Running } from './running.ts'

/** The servers that this machine can have; a reason in the place of one that it cannot. */
export interface Servers {
  servers: Readonly<Record<ServerName, Running | string>>
  close(): Promise<void>
}

/** What has been started ends with this process, however that comes about. */
export async function startServers(): Promise<Servers> {
  const { LLAMA_PYTHON, LLAMA_VERSION = '', LLAMA_REASON = 'npm run test:servers installs it' } = process.env
  const llama = LLAMA_PYTHON === undefined ? LLAMA_REASON : await startLlama(LLAMA_PYTHON, LLAMA_VERSION)
  const servers = {
    aimock: await startAimock(),
    'llama.cpp': llama,
    llms: typeof llama === 'string' ? `it would stand before llama.cpp: ${llama}` : await startLlms(llama),
  }
  return {
    servers,
    async close() {
      // Those in front first.
      for (const server of Object.values(servers).reverse())
        if (typeof server !== 'string') await server.close()
    },
  }
}
