const { Anthropic } = require("@anthropic-ai/sdk");

const MODEL = "claude-haiku-4-5-20251001";
const MAX_TOKENS = 1_000;
const question = "Why is the sky blue?";

new Anthropic({ maxRetries: 0 }).messages
  .create({ model: MODEL, messages: [{ role: "user", content: question }], max_tokens: MAX_TOKENS, ...{ temperature: 0.5 } }, { headers: { "anthropic-version": "2023-06-01" } })
  .then((message) => console.log(message.content.map(block => (block.type === "text" ? block.text : "")).join("").trim()));
