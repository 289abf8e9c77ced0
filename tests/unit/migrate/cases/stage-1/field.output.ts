import {
  Anthropic,
} from "@anthropic-ai/sdk";
import { AI_PROMPT, HUMAN_PROMPT, type WithCompletions, withCompletions } from "legacy-completions/sdk";

export class Assistant {
  private readonly client: WithCompletions<Anthropic>;

  constructor(apiKey?: string) {
    this.client = withCompletions(new Anthropic({ apiKey, maxRetries: 0 }));
  }

  async ask(question: string): Promise<string> {
    const reply = await this.client.completions.create({
      model: "claude-2.1",
      max_tokens_to_sample: 300,
      prompt: `${HUMAN_PROMPT} ${question}${AI_PROMPT}`,
    });
    return reply.completion;
  }

  async count(question: string): Promise<number> {
    const counted = await this.client.messages.countTokens({
      model: "claude-opus-4-8",
      messages: [{ role: "user", content: question }],
    });
    return counted.input_tokens;
  }
}

console.log(await new Assistant().ask("Why is the sky blue?"));
