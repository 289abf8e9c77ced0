import Official from '@anthropic-ai/sdk'
import { runContract } from '../contract.ts'

globalThis.result = runContract({ url: location.origin, Official })
