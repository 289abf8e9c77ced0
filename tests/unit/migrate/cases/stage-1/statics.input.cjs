const Anthropic = require("@anthropic-ai/sdk");

const client = new Anthropic({ maxRetries: 0 });
client.completions
  .create({
    model: "claude-2.1",
    max_tokens_to_sample: 300,
    prompt: `${Anthropic.HUMAN_PROMPT} Why is the sky blue?${Anthropic.AI_PROMPT}`,
  })
  .then(reply => console.log(reply.completion));
