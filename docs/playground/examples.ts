/** Example prompts, each of which shows something else. */
export const EXAMPLES: readonly { title: string; text: string }[] = [
  {
    title: 'Conversation',
    text: '\n\nHuman: Hello, I am Alice.\n\nAssistant: Hello Alice, how can I help?\n\nHuman: What is my name?\n\nAssistant:',
  },
  {
    title: 'Labels that are not turns',
    text: 'You answer in one sentence.\n\nHuman: Why is the sky blue?\nAssistant: Blue light scatters most.\n Human: And at dusk?\n\nAssistant:',
  },
  {
    title: 'Escaped newlines',
    text: '\\n\\nHuman: Name three colours.\\n\\nAssistant:',
  },
  {
    title: 'Request with a prefill',
    text: JSON.stringify(
      {
        model: 'claude-2.1',
        max_tokens_to_sample: 300,
        temperature: 0,
        stop_sequences: ['\n\n', '</answer>'],
        prompt:
          'Answer within <answer> tags.\n\nHuman: How many legs have two spiders?\n\nAssistant: <answer>',
      },
      null,
      2,
    ),
  },
]
