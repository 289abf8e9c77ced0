import Official from '@anthropic-ai/sdk'
import { runContract } from '../contract.ts'

export default {
  async fetch(_, { SERVER }) {
    return Response.json(await runContract({ url: SERVER, Official }))
  },
}
