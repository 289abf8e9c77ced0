import { createProxy } from 'legacy-completions/proxy'

let proxy

/** Without ANTHROPIC_API_KEY, the proxy forwards each client's own key. With it, clients send one of TOKENS. */
export default {
  fetch(request, { UPSTREAM, ANTHROPIC_API_KEY, TOKENS }) {
    proxy ??= createProxy({ upstream: UPSTREAM, apiKey: ANTHROPIC_API_KEY, tokens: TOKENS?.split('\n') })
    return proxy(request)
  },
}
