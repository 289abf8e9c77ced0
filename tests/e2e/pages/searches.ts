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

/** Questions in a visitor's words, and the page that answers them. The search and the pages were tuned with them. */
export const QUESTIONS: readonly { query: string; pages: readonly string[] }[] = [
  { query: 'how much will it cost now', pages: ['/prices'] },
  { query: 'claude-instant replacement', pages: ['/models', '/prices', '/errors'] },
  { query: 'TypeScript SDK upgrade completions missing', pages: ['/sdk-1'] },
  { query: 'we cannot upgrade the SDK', pages: ['/pinned'] },
  { query: 'python services without code changes', pages: ['/proxy'] },
  { query: 'docker image', pages: ['/deploy'] },
  { query: 'find all old calls in my repository', pages: ['/audit'] },
  { query: 'rewrite my code automatically', pages: ['/migrate'] },
  { query: 'convert a jsonl file of prompts', pages: ['/scale'] },
  { query: 'test without an API key', pages: ['/emulator'] },
  { query: 'prove that nothing changed', pages: ['/prove'] },
  { query: 'compare old and new answers', pages: ['/compare'] },
  { query: 'temperature 0 is ignored', pages: ['/today', '/faq'] },
  { query: 'JSON prefill stopped working', pages: ['/today'] },
  { query: 'AWS boto3 invoke model claude-v2', pages: ['/bedrock'] },
  { query: 'what does sampling-dropped mean', pages: ['/diagnostics'] },
  { query: 'rate limit error class', pages: ['/error-classes'] },
  { query: 'prometheus metrics', pages: ['/deploy'] },
  { query: 'LiteLLM or LangChain instead', pages: ['/alternatives', '/frameworks'] },
  { query: 'stop using this package', pages: ['/call-by-call'] },
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

/** Twenty more questions. Twelve were answered first before the search and the pages were tuned with them, too. */
export const MORE_QUESTIONS: readonly { query: string; page: string }[] = [
  { query: 'what replaces claude-2', page: '/models' },
  { query: 'does it work with Google Cloud Vertex', page: '/sdk-1' },
  { query: 'forty microservices in Go', page: '/proxy' },
  { query: 'keep old SDK version', page: '/pinned' },
  { query: 'block new legacy calls in CI', page: '/audit' },
  { query: 'TODO comments left by the codemod', page: '/migrate' },
  { query: 'huge files of prompts on Spark', page: '/scale' },
  { query: 'mock server for unit tests', page: '/emulator' },
  { query: 'record requests before rewriting', page: '/prove' },
  { query: 'are the new answers as good', page: '/compare' },
  { query: 'thinking uses up max_tokens', page: '/today' },
  { query: 'invoke a model from AWS Lambda with middleware', page: '/bedrock' },
  { query: 'Kubernetes deployment', page: '/deploy' },
  { query: 'llama.cpp', page: '/servers' },
  { query: 'which error does a 429 throw', page: '/error-classes' },
  { query: 'list of command line flags', page: '/cli' },
  { query: 'is a model update a breaking change', page: '/versioning' },
  { query: 'which way should I choose', page: '/entry-points' },
  { query: 'what happens to my prompt', page: '/how-it-works' },
  { query: 'is my data sent somewhere', page: '/faq' },
]

/**
 * Twenty more, as visitors type them: in a hurry, with wrong case, spelling mistakes and parts of error messages. They
 * were written before the search was first run on them. Nine were answered first then, and 13 after the search was tuned
 * with the sets above and the FAQ had grown, which answers the subjects of some of them.
 */
export const TYPED_QUESTIONS: readonly { query: string; pages: readonly string[] }[] = [
  { query: 'claude 2 not working anymore', pages: ['/errors', '/models', '/quick-start', '/faq'] },
  { query: 'anthropic text completions deprecated', pages: ['/quick-start', '/faq'] },
  { query: 'max_tokens_to_sample error', pages: ['/errors'] },
  { query: 'boto3 claude v2 end of life', pages: ['/bedrock', '/errors'] },
  { query: 'langchain anthropic completions 404', pages: ['/frameworks', '/errors'] },
  { query: 'how much does it cost', pages: ['/prices', '/faq'] },
  { query: 'does it send my prompts anywhere', pages: ['/faq'] },
  { query: 'remove package again', pages: ['/call-by-call', '/faq'] },
  { query: 'HUMAN_PROMT undefined', pages: ['/errors'] },
  { query: 'how can i make rollback', pages: ['/faq'] },
  { query: 'TEMPERATURE 0 NOT DETERMINISTIC', pages: ['/faq', '/today'] },
  { query: 'proxy docker compose', pages: ['/deploy'] },
  { query: 'java old anthropic api', pages: ['/proxy'] },
  { query: 'sonnet 3.5 retired what now', pages: ['/models', '/prices', '/errors', '/faq'] },
  { query: 'prefil not supported', pages: ['/today', '/errors'] },
  { query: 'is this official from anthropic', pages: ['/faq'] },
  { query: 'stream stops in the middle', pages: ['/errors', '/error-classes', '/faq'] },
  { query: 'licence commercial use', pages: ['/faq'] },
  { query: 'node 18 support', pages: ['/versioning', '/faq'] },
  { query: 'migrate whole repo automatic', pages: ['/migrate'] },
]

/** The last twenty, written after all of that. Neither the search nor a page is tuned with them. */
export const UNTUNED_QUESTIONS: readonly { query: string; pages: readonly string[] }[] = [
  { query: 'npm install fails after update anthropic', pages: ['/errors', '/quick-start', '/sdk-1'] },
  { query: 'Completions.create is not a function', pages: ['/errors', '/sdk-1'] },
  { query: 'claude instant gone', pages: ['/models', '/faq', '/errors', '/prices'] },
  { query: 'can my company use it for free', pages: ['/faq'] },
  { query: 'where are my prompts stored', pages: ['/faq'] },
  { query: 'golang sdk claude-2', pages: ['/proxy'] },
  { query: 'ruby', pages: ['/proxy'] },
  { query: 'aws claude v2:1 ResourceNotFoundException', pages: ['/bedrock', '/errors'] },
  { query: 'answer is empty', pages: ['/today', '/diagnostics', '/errors'] },
  { query: 'switch off console warnings', pages: ['/faq', '/diagnostics', '/options'] },
  { query: 'top_p not allowed', pages: ['/today', '/errors'] },
  { query: 'how to switch back', pages: ['/faq', '/call-by-call', '/compare'] },
  { query: 'systemd service', pages: ['/deploy'] },
  { query: 'mock anthropic in jest', pages: ['/emulator'] },
  { query: 'typescript types missing Completion', pages: ['/sdk-1', '/errors', '/drop-in'] },
  { query: 'cloudflare worker', pages: ['/proxy', '/deploy'] },
  { query: 'tokens more expensive than before', pages: ['/prices', '/faq'] },
  { query: 'ci check no new completions', pages: ['/audit'] },
  { query: 'prompt from csv file', pages: ['/scale'] },
  { query: 'is it slower', pages: ['/performance', '/benchmarks'] },
]
