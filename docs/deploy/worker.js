import { createProxy } from 'legacy-completions/proxy'

let proxy

/** Without ANTHROPIC_API_KEY, each client's own key is forwarded; with it, clients present one of TOKENS. */
export default {
  fetch(request, { UPSTREAM, ANTHROPIC_API_KEY, TOKENS }) {
    proxy ??= createProxy({ upstream: UPSTREAM, apiKey: ANTHROPIC_API_KEY, tokens: TOKENS?.split('\n') })
    return proxy(request)
  },
}
