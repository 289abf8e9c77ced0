import { completionsFetch } from 'legacy-completions/fetch'
import { expect, test } from 'vitest'

const LEGACY = '{"prompt":"\\n\\nHuman: Hi\\n\\nAssistant:","max_tokens_to_sample":9}'
const URLS = ['invoke', 'invoke-with-response-stream'].map(
  operation => `https://bedrock-runtime.us-east-1.amazonaws.com/model/anthropic.claude-v2:1/${operation}`,
)

test.each(URLS)('a signed legacy call to %s is rejected with the entry point that serves it', async url => {
  const sent: unknown[] = []
  const fetch = completionsFetch({
    fetch: async input => {
      sent.push(input)
      return Response.json({})
    },
  })
  const response = await fetch(url, { method: 'POST', body: LEGACY })
  const body = await response.text()
  expect({ status: response.status, sent }).toEqual({ status: 400, sent: [] })
  expect(body).toContain('withCompletions(client)')
  expect(body).toContain('bedrockCompletions()')
})

test.each(['{"messages":[],"max_tokens":9}', '{"prompt":"Hi","max_gen_len":9}'])(
  'another call of Bedrock passes through: %s',
  async body => {
    const sent: unknown[] = []
    const fetch = completionsFetch({
      fetch: async (_, init) => {
        sent.push(init?.body)
        return Response.json({})
      },
    })
    await fetch(URLS[0] ?? '', { method: 'POST', body })
    expect(sent).toEqual([body])
  },
)

test("a legacy call of Bedrock passes through with endpoint 'complete'", async () => {
  const fetch = completionsFetch({ endpoint: 'complete', fetch: async () => Response.json({ ok: true }) })
  const response = await fetch(URLS[0] ?? '', { method: 'POST', body: LEGACY })
  expect(await response.json()).toEqual({ ok: true })
})
