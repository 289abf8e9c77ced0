const { Anthropic, HUMAN_PROMPT, AI_PROMPT } = require("@anthropic-ai/sdk");

const MODEL = "claude-instant-1.2";
const MAX_TOKENS = 1_000;
const question = "Why is the sky blue?";

new Anthropic({ maxRetries: 0 }).completions
  .create({ model: MODEL, prompt: HUMAN_PROMPT + " " + question + AI_PROMPT, max_tokens_to_sample: MAX_TOKENS, temperature: 0.5, stream: false })
  .then(({ completion }) => console.log(completion.trim()));
