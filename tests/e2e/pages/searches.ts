/** Lines that people paste from a terminal or a log, and the section that explains them. */
export const REAL_LINES: readonly { line: string; section: string }[] = [
  {
    line: "TypeError: Cannot read properties of undefined (reading 'create')",
    section: '/errors#cannot-read-properties-of-undefined-reading-create',
  },
  {
    line: "AttributeError: module 'anthropic' has no attribute 'HUMAN_PROMPT'",
    section: '/errors#module-anthropic-has-no-attribute-human_prompt',
  },
  {
    line: "ImportError: cannot import name 'HUMAN_PROMPT' from 'anthropic' (/app/.venv/lib/python3.11/site-packages/anthropic/__init__.py)",
    section: '/errors#cannot-import-name-human_prompt-from-anthropic',
  },
  {
    line: "AttributeError: 'Anthropic' object has no attribute 'completions'",
    section: '/errors#anthropic-object-has-no-attribute-completions',
  },
  {
    line: '{"type":"error","error":{"type":"invalid_request_error","message":"This model does not support assistant message prefill. The conversation must end with a user message."},"request_id":"req_011"}',
    section:
      '/errors#this-model-does-not-support-assistant-message-prefill-the-conversation-must-end-with-a-user-message',
  },
  {
    line: "anthropic.BadRequestError: Error code: 400 - {'type': 'error', 'error': {'type': 'invalid_request_error', 'message': 'This model does not support assistant message prefill. The conversation must end with a user message.'}}",
    section:
      '/errors#this-model-does-not-support-assistant-message-prefill-the-conversation-must-end-with-a-user-message',
  },
  {
    line: '{"type":"error","error":{"type":"not_found_error","message":"model: claude-2.1"}}',
    section: '/errors#model-claude-21',
  },
]

/** Questions in a visitor's words. They were written before the search was first run on them, and are not used for tuning. */
export const UNTUNED_PHRASES: readonly { query: string; page: string }[] = [
  { query: 'how much will it cost now', page: '/prices' },
  { query: 'claude-instant replacement', page: '/models' },
  { query: 'TypeScript SDK upgrade completions missing', page: '/sdk-1' },
  { query: 'we cannot upgrade the SDK', page: '/pinned' },
  { query: 'python services without code changes', page: '/proxy' },
  { query: 'docker image', page: '/deploy' },
  { query: 'find all old calls in my repository', page: '/audit' },
  { query: 'rewrite my code automatically', page: '/migrate' },
  { query: 'convert a jsonl file of prompts', page: '/scale' },
  { query: 'test without an API key', page: '/emulator' },
  { query: 'prove that nothing changed', page: '/prove' },
  { query: 'compare old and new answers', page: '/compare' },
  { query: 'temperature 0 is ignored', page: '/today' },
  { query: 'JSON prefill stopped working', page: '/today' },
  { query: 'AWS boto3 invoke model claude-v2', page: '/bedrock' },
  { query: 'what does sampling-dropped mean', page: '/diagnostics' },
  { query: 'rate limit error class', page: '/error-classes' },
  { query: 'prometheus metrics', page: '/deploy' },
  { query: 'LiteLLM or LangChain instead', page: '/alternatives' },
  { query: 'stop using this package', page: '/call-by-call' },
]

/** Short searches, and the page that answers them. */
export const PHRASES: readonly { query: string; page: string }[] = [
  { query: 'withCompletions', page: '/sdk-1' },
  { query: 'completionsFetch', page: '/pinned' },
  { query: 'nginx', page: '/deploy' },
  { query: 'kubernetes', page: '/deploy' },
  { query: 'error messages', page: '/errors' },
  { query: 'emulator', page: '/emulator' },
]
