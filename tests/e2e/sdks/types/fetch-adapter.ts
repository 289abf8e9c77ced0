/**
 * The fetch hook is taken by every published SDK that takes a `fetch`, as it is declared there: up to 0.39 with the
 * types of node-fetch, later with those of the platform. Nothing here is run.
 */
import { completionsFetch } from 'legacy-completions/fetch'
import { Anthropic as Anthropic5 } from 'sdk-0.5.10'
import { Anthropic as Anthropic9 } from 'sdk-0.9.1'
import { Anthropic as Anthropic20 } from 'sdk-0.20.9'
import { Anthropic as Anthropic39 } from 'sdk-0.39.0'
import { Anthropic as Anthropic60 } from 'sdk-0.60.0'
import { Anthropic as Anthropic100 } from 'sdk-0.100.1'
import { Anthropic as Anthropic137 } from 'sdk-0.137.0'

new Anthropic5({ fetch: completionsFetch() })
new Anthropic9({ fetch: completionsFetch() })
new Anthropic20({ fetch: completionsFetch() })
new Anthropic39({ fetch: completionsFetch() })
new Anthropic60({ fetch: completionsFetch() })
new Anthropic100({ fetch: completionsFetch() })
new Anthropic137({ fetch: completionsFetch() })
