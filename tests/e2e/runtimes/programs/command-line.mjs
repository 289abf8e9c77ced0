import Official from '@anthropic-ai/sdk'
import * as node from 'legacy-completions/node'
import { runContract } from '../contract.ts'

// No await at the top: this is compiled to `require`, too.
runContract({ url: process.argv[2], Official, node }).then(result => console.log(JSON.stringify(result)))
