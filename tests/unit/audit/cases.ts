/** Sources of each language, and what is to be found in them: `line code`, in order of place. */
export interface Case {
  file: string
  source: string
  finds: readonly string[]
}

const lines = (...text: readonly string[]): string => `${text.join('\n')}\n`

export const cases: readonly Case[] = [
  {
    file: 'joined.go',
    source: lines(
      'package app',
      'func ask(q string) string {',
      '\treturn "\\n\\nHuman: " + strings.TrimSpace(q) +',
      '\t\t"\\n\\nAssistant:"',
      '}',
    ),
    finds: ['3 legacy-prompt'],
  },
  {
    file: 'joined.java',
    source: lines(
      'class Ask {',
      '  String of(String q) {',
      '    return new StringBuilder("\\n\\nHuman: ").append(q).append("\\n\\nAssistant:").toString();',
      '  }',
      '}',
    ),
    finds: ['3 legacy-prompt'],
  },
  {
    file: 'joined.php',
    source: lines('<?php', '$p = "\\n\\nHuman: " . trim($q) . "\\n\\nAssistant:";', "$model = 'claude-2';"),
    finds: ['2 legacy-prompt', '3 retired-model'],
  },
  {
    file: 'joined.R',
    source: lines(
      'prompt <- paste0("\\n\\nHuman: ", question, "\\n\\nAssistant:")',
      'r <- POST("https://api.anthropic.com/v1/complete", body = list(prompt = prompt))',
      'content(r)$completion',
    ),
    finds: ['1 legacy-prompt', '2 legacy-endpoint', '3 legacy-reply'],
  },
  {
    file: 'heredoc.rb',
    source: lines(
      'ASK = <<~TEXT',
      '',
      '  Human: #{question}',
      '',
      '  Assistant:',
      'TEXT',
      'MODELS = %w[claude-2 claude-instant-1.2]',
      'LIMIT = { claude: :max_tokens_to_sample, gpt: :max_tokens }',
      'text = JSON.parse(response.body).dig("completion")',
    ),
    finds: ['1 legacy-prompt', '7 retired-model', '7 retired-model', '8 legacy-parameter', '9 legacy-reply'],
  },
  {
    file: 'heredoc.php',
    source: lines('<?php', '$p = <<<ASK', '', '', 'Human: $q', '', 'Assistant:', 'ASK;'),
    finds: ['2 legacy-prompt'],
  },
  {
    file: 'ask.pl',
    source: lines(
      'my $r = post("https://api.anthropic.com/v1/complete", { prompt => "\\n\\nHuman: " . $q . "\\n\\nAssistant:" });',
      'print $r->{completion};',
    ),
    finds: ['1 legacy-endpoint', '1 legacy-prompt', '2 legacy-reply'],
  },
  {
    file: 'ask.ex',
    source: lines('# Claude', 'def ask(q), do: "\\n\\nHuman: " <> q <> "\\n\\nAssistant:"'),
    finds: ['2 legacy-prompt'],
  },
  {
    file: 'ask.lua',
    source: lines('-- claude', 'local p = "\\n\\nHuman: " .. q .. "\\n\\nAssistant:"'),
    finds: ['2 legacy-prompt'],
  },
  {
    file: 'ask.swift',
    source: lines('let p = "\\n\\nHuman: " + question + "\\n\\nAssistant:" // Claude'),
    finds: ['1 legacy-prompt'],
  },
  {
    file: 'ask.cpp',
    source: lines('std::string p = "\\n\\nHuman: " + q + "\\n"', '  "\\nAssistant:"; // claude'),
    finds: ['1 legacy-prompt'],
  },
  {
    file: 'ask.jl',
    source: lines('# Claude', 'p = "\\n\\nHuman: " * q * "\\n\\nAssistant:"'),
    finds: ['2 legacy-prompt'],
  },
  {
    file: 'ask.clj',
    source: lines(';; claude', '(def p (str "\\n\\nHuman: " q "\\n\\nAssistant:"))'),
    finds: ['2 legacy-prompt'],
  },
  {
    file: 'ask.j2',
    source: lines('', '', 'Human: {{ question }}', '', 'Assistant:'),
    finds: ['3 legacy-prompt'],
  },
  {
    file: 'rows.csv',
    source: lines('id,prompt', '1,"\\n\\nHuman: hi\\n\\nAssistant:"'),
    finds: ['2 legacy-prompt'],
  },
  {
    file: 'turns.ts',
    source: lines(
      "import '@anthropic-ai/sdk'",
      `const user = (text: string) => \`Human: \${text}\\n\\n\``,
      `const bot = (text: string) => \`Assistant: \${text}\\n\\n\``,
    ),
    finds: ['2 legacy-prompt', '3 legacy-prompt'],
  },
  {
    file: 'address.ts',
    source: lines(
      "const base = 'https://api.anthropic.com/v1'",
      "export const post = (body: string) => fetch(base + '/complete', {",
      "  headers: { 'anthropic-version': '2023-01-01' }, body })",
    ),
    finds: ['2 legacy-endpoint', '3 legacy-version'],
  },
  {
    file: 'count.py',
    source: lines(
      'import anthropic',
      'client = anthropic.Anthropic()',
      'a = client.count_tokens(text)',
      'b = client.messages.count_tokens(model=m, messages=[])',
    ),
    finds: ['3 legacy-count-tokens'],
  },
  {
    file: 'vendors.py',
    source: lines(
      'import openai',
      'LIMITS = {"gpt-4": "max_tokens", "claude": "max_tokens_to_sample"}',
      'def openai_stream(lines):',
      '    # OpenAI ends with [DONE]',
      '    return [json.loads(line)["completion"] for line in post("https://api.anthropic.com/v1/complete")]',
    ),
    finds: ['2 legacy-parameter', '5 legacy-reply', '5 legacy-endpoint'],
  },
  {
    file: 'v1.ts',
    source: lines(
      "import Anthropic, { AI_PROMPT, HUMAN_PROMPT } from '@anthropic-ai/sdk'",
      'const client = new Anthropic()',
      'const reply: Anthropic.Completion = await client.completions.create({',
      "  model: 'claude-2.1',",
      '  max_tokens_to_sample: 300,',
      `  prompt: \`\${HUMAN_PROMPT} \${question}\${AI_PROMPT}\`,`,
      '})',
      'show(reply.completion)',
    ),
    finds: [
      '1 legacy-constant',
      '3 legacy-type',
      '3 legacy-call',
      '4 retired-model',
      '5 legacy-parameter',
      '6 legacy-prompt',
      '8 legacy-reply',
    ],
  },
  {
    file: 'v0.js',
    source: lines(
      "const { AI_PROMPT, Client, HUMAN_PROMPT } = require('@anthropic-ai/sdk')",
      'const client = new Client(key)',
      'client',
      `  .complete({ prompt: \`\${HUMAN_PROMPT} Hi\${AI_PROMPT}\`, stop_sequences: [HUMAN_PROMPT], max_tokens_to_sample: 9 })`,
      '  .then(reply => console.log(reply.completion))',
    ),
    finds: [
      '1 legacy-constant',
      '2 legacy-client',
      '4 legacy-call',
      '4 legacy-prompt',
      '4 legacy-constant',
      '4 legacy-parameter',
      '5 legacy-reply',
    ],
  },
  {
    file: 'apart.cjs',
    source: lines(
      "const Anthropic = require('@anthropic-ai/sdk')",
      'const client = new Anthropic()',
      'const { completion: text, stop_reason } =',
      '  await client.completions.create({ prompt, max_tokens_to_sample: 9 })',
      'client.completions.create({ prompt, max_tokens_to_sample: 9 })',
      '  .then(async ({ completion }) => show(completion, text))',
      'const { completion } = await complete(editor)',
      'const { text: stop } = await client.completions.create({ prompt, max_tokens_to_sample: 9 })',
      'const human = Anthropic.HUMAN_PROMPT',
    ),
    finds: [
      '3 legacy-reply',
      '4 legacy-call',
      '4 legacy-parameter',
      '5 legacy-call',
      '5 legacy-parameter',
      '6 legacy-reply',
      '8 legacy-call',
      '8 legacy-parameter',
      '9 legacy-constant',
    ],
  },
  {
    file: 'wrapper.ts',
    source: lines(
      "const API = 'https://api.anthropic.com/v1/complete'",
      'export type Reply = { completion: string; stop_reason: string | null }',
      'export async function run(body: object) {',
      "  const reply = await fetch(API, { method: 'POST', body: JSON.stringify(body) })",
      '  return (await reply.json()).completion',
      '}',
    ),
    finds: ['1 legacy-endpoint', '2 legacy-reply', '5 legacy-reply'],
  },
  {
    file: 'chain.tsx',
    source: lines(
      "import { ChatAnthropic } from 'langchain/chat_models/anthropic'",
      'export const model = new ChatAnthropic({ temperature: 0 })',
    ),
    finds: ['1 legacy-framework', '2 legacy-framework'],
  },
  {
    file: 'page.vue',
    source: lines(
      '<template><option value="claude-instant-1">fast</option></template>',
      '<script setup lang="ts">',
      "const prompt = '\\n\\nHuman: Hi\\n\\nAssistant:'",
      '</script>',
    ),
    finds: ['1 retired-model', '3 legacy-prompt'],
  },
  {
    file: 'v1.py',
    source: lines(
      'from anthropic import Anthropic, HUMAN_PROMPT, AI_PROMPT',
      'def ask(question):',
      '    reply = Anthropic().completions.create(',
      '        prompt=f"{HUMAN_PROMPT} {question}{AI_PROMPT}",',
      '        model="claude-instant-1.2",',
      '        max_tokens_to_sample=10,',
      '    )',
      '    return reply.completion',
    ),
    finds: [
      '1 legacy-constant',
      '3 legacy-call',
      '4 legacy-prompt',
      '5 retired-model',
      '6 legacy-parameter',
      '8 legacy-reply',
    ],
  },
  {
    file: 'v0.py',
    source: lines(
      'import anthropic',
      'c = anthropic.Client(key)',
      'for data in c.completion_stream(prompt=anthropic.HUMAN_PROMPT + text + anthropic.AI_PROMPT, max_tokens_to_sample=9):',
      '    print(data["completion"])',
    ),
    finds: ['2 legacy-client', '3 legacy-call', '3 legacy-prompt', '3 legacy-parameter', '4 legacy-reply'],
  },
  {
    file: 'bedrock.py',
    source: lines(
      'body = json.dumps({"prompt": text, "max_tokens_to_sample": 9})',
      'reply = bedrock.invoke_model(body=body, modelId="anthropic.claude-v2:1")',
      'print(json.loads(reply["body"].read())["completion"])',
    ),
    finds: ['1 legacy-prompt', '1 legacy-parameter', '2 legacy-invoke', '2 retired-model', '3 legacy-reply'],
  },
  {
    file: 'chain.py',
    source: lines('from langchain.llms import Anthropic', 'llm = Anthropic(model="claude-2")'),
    finds: ['1 legacy-framework', '2 legacy-framework', '2 retired-model'],
  },
  {
    file: 'notebook.ipynb',
    source: JSON.stringify(
      {
        cells: [
          { cell_type: 'markdown', source: ['HUMAN_PROMPT of anthropic is a constant'] },
          {
            cell_type: 'code',
            outputs: [],
            source: [
              'import anthropic\n',
              '!pip install anthropic\n',
              'p = f"{anthropic.HUMAN_PROMPT} Hi{anthropic.AI_PROMPT}"\n',
            ],
          },
        ],
      },
      undefined,
      1,
    ),
    finds: ['15 legacy-prompt'],
  },
  {
    file: 'types.go',
    source: lines(
      'const claudePrefix = "\\n\\nHuman: "',
      'const ClaudeV2 = "anthropic.claude-v2" // bedrock',
      'type Reply struct {',
      '\tCompletion string `json:"completion"`',
      '}',
      'func ask(text string) string { return claudePrefix + text + "\\n\\nAssistant:" }',
    ),
    finds: ['1 legacy-constant', '2 retired-model', '4 legacy-reply', '6 legacy-constant'],
  },
  {
    file: 'Reply.java',
    source: lines(
      '/** A reply of Anthropic. */',
      'public class Reply {',
      '  private String completion;',
      '  private String stop_reason;',
      '  public String text() { return completion; }',
      '}',
    ),
    finds: ['3 legacy-reply', '4 legacy-reply', '5 legacy-reply'],
  },
  {
    file: 'client.rb',
    source: lines(
      'client = Anthropic::Client.new',
      'reply = client.complete(parameters: {',
      '  model: "claude-2", max_tokens_to_sample: 5, prompt: wrap(text)',
      '})',
      'puts reply["completion"]',
    ),
    finds: ['2 legacy-call', '3 retired-model', '3 legacy-parameter', '3 legacy-prompt', '5 legacy-reply'],
  },
  {
    file: 'Chat.cs',
    source: lines(
      'var request = new SamplingParameters {',
      '  MaxTokensToSample = 512, Model = AnthropicModels.Claude_v2_1',
      '};',
    ),
    finds: ['2 legacy-parameter', '2 retired-model'],
  },
  {
    file: 'ask.php',
    source: lines(
      '<?php',
      '$reply = $claude->post("https://api.anthropic.com/v1/complete", ["prompt" => "\\n\\nHuman: $q\\n\\nAssistant:"]);',
    ),
    finds: ['2 legacy-endpoint', '2 legacy-prompt'],
  },
  {
    file: 'main.rs',
    source: lines(
      'use anthropic::{AI_PROMPT, HUMAN_PROMPT};',
      'let r = client.complete(builder.max_tokens_to_sample(9usize).model("claude-v1")).await?;',
    ),
    finds: ['1 legacy-constant', '2 legacy-call', '2 legacy-parameter', '2 retired-model'],
  },
  {
    file: 'ask.R',
    source: lines('body <- list(prompt = p, model = "claude-2", max_tokens_to_sample = 9)'),
    finds: ['1 legacy-prompt', '1 retired-model', '1 legacy-parameter'],
  },
  {
    file: 'config/models.yaml',
    source: lines('model: anthropic.claude-v2:1 # bedrock', 'prompt: "\\n\\nHuman: {q}\\n\\nAssistant:"'),
    finds: ['1 retired-model', '2 legacy-prompt'],
  },
  { file: '.env.local', source: lines('MODEL=claude-v1', 'KEY=none'), finds: ['1 retired-model'] },
  {
    file: 'recorded.txt',
    source: lines('event: completion', 'data: {"completion":" Hi","model":"claude-2.0"}'),
    finds: ['1 legacy-reply', '2 retired-model'],
  },
  {
    file: 'prompt.txt',
    source: lines('', '', 'Human: {question}', '', 'Assistant: I am Claude.'),
    finds: ['3 legacy-prompt'],
  },
  {
    file: 'package.json',
    source: lines('{', '  "dependencies": { "@anthropic-ai/sdk": "^0.4.3" }', '}'),
    finds: ['2 legacy-sdk'],
  },
  { file: 'requirements.txt', source: lines('openai==1.0', 'anthropic==0.2.3'), finds: ['2 legacy-sdk'] },
  {
    file: 'pyproject.toml',
    source: lines('[tool.poetry.dependencies]', 'anthropic = "^0.2.3"'),
    finds: ['2 legacy-sdk'],
  },
  // The last versions without Messages.
  {
    file: 'package.json',
    source: '{ "dependencies": { "@anthropic-ai/sdk": "0.10.2" } }',
    finds: ['1 legacy-sdk'],
  },
  { file: 'requirements.txt', source: 'anthropic==0.7.8', finds: ['1 legacy-sdk'] },
  {
    file: 'anthropic/Answer.swift',
    source: lines(
      '/// What the service wrote.',
      'public struct Answer: Decodable {',
      '  public let completion: String',
      '  /// Why it ended.',
      '  public let stopReason: String?',
      '}',
    ),
    finds: ['3 legacy-reply', '5 legacy-reply'],
  },
  {
    file: 'Model.swift',
    source: lines(
      'enum Model: String {',
      '  case claudeInstant12 = "claude-instant-1.2"',
      '  case claude21',
      '}',
      'ask(model: .claude_v1, text: t)',
    ),
    finds: ['2 retired-model', '3 retired-model', '5 retired-model'],
  },
  {
    file: 'yield.swift',
    source: lines(
      'let url = "https://api.anthropic.com/v1/complete"',
      'func run() -> Prompt.Completion { stream.yield(.completion(Part(text: a))) }',
    ),
    finds: ['1 legacy-endpoint'],
  },
  {
    file: 'reply.go',
    source: lines(
      'package api',
      'type Reply struct {',
      '\tCompletion string `json:"completion"` // max_tokens_to_sample cuts it',
      '\tStop       string `json:"stop"`',
      '\tLogID      string `json:"log_id"`',
      '}',
    ),
    finds: ['3 legacy-reply', '3 legacy-parameter', '4 legacy-reply', '5 legacy-reply'],
  },
  {
    file: 'named.go',
    source: lines(
      'const claudeV2Model = "anthropic.claude-v2"',
      'var input = Input{ModelId: aws.String(claudeV2Model)}',
    ),
    finds: ['1 retired-model', '2 retired-model'],
  },
  {
    file: 'named.py',
    source: lines(
      'CLAUDE_2_MODEL: str = "anthropic.claude-v2:1"',
      'MODEL = "claude-2"',
      'ask(CLAUDE_2_MODEL, MODEL)',
    ),
    finds: ['1 retired-model', '2 retired-model', '3 retired-model'],
  },
  {
    file: 'Limits.kt',
    source: lines('val limits = mapOf(Models.Bedrock_Claude_Instant to 1, Models.Claude_1_instant to 2)'),
    finds: ['1 retired-model', '1 retired-model'],
  },
  {
    file: 'symbol.rb',
    source: lines(
      'body = post("https://api.anthropic.com/v1/complete", prompt)',
      'puts body[:completion]',
      'keep [:completion]',
    ),
    finds: ['1 legacy-endpoint', '2 legacy-reply'],
  },
  {
    file: 'taken.ex',
    source: lines(
      'url = "https://api.anthropic.com/v1/complete"',
      '%{"completion" => text} = Jason.decode!(post(url))',
    ),
    finds: ['1 legacy-endpoint', '2 legacy-reply'],
  },
  {
    file: 'parsed.ts',
    source: lines(
      "const response = await fetch('https://api.anthropic.com/v1/complete', options)",
      'const { completion } = await response.json()',
      'const { completion: other } = useEditor()',
    ),
    finds: ['1 legacy-endpoint', '2 legacy-reply'],
  },
  {
    file: 'help.Rd',
    source: lines('claude(stop_sequences = "\\\\n\\\\nHuman: ")'),
    finds: ['1 legacy-constant'],
  },
  {
    file: 'vendors.ts',
    source: lines(
      "const url = 'https://api.anthropic.com/v1/complete' // and openai's",
      "const other = 'https://api.openai.com/v1'",
      'function readClaude(all: Reply[]) { return all.map(one => one.completion) }',
      'function readAleph(all: Reply[]) { return all.map(one => one.completion) }',
    ),
    finds: ['1 legacy-endpoint', '3 legacy-reply'],
  },
  {
    file: 'cassette.yaml',
    source: lines(
      '- request: { uri: https://api.anthropic.com/v1/complete }',
      '  string: "event: completion\\r\\ndata: {\\"type\\":\\"completion\\"}"',
    ),
    finds: ['1 legacy-endpoint', '2 legacy-reply'],
  },
  {
    file: 'index.py',
    source: lines(
      'from llama_index.llms.bedrock import Bedrock',
      'llm = Bedrock(model="anthropic.claude-v2")',
    ),
    finds: ['1 legacy-framework', '2 legacy-framework', '2 retired-model'],
  },
  {
    file: 'spec.rb',
    source: lines(
      'describe Llm do # cohere, too',
      '  let(:cohere) { Cohere.new }',
      '  let(:reply) { StringIO.new("{\\"completion\\":\\"Hi\\"}") }',
      '  let(:body) { { max_tokens_to_sample: 9 } }',
      'end',
    ),
    finds: ['3 legacy-reply', '4 legacy-parameter'],
  },
]

/** Sources of a program that only together say what they are, and what is to be found: `file line code`. */
export const programs: readonly {
  name: string
  files: Readonly<Record<string, string>>
  finds: readonly string[]
}[] = [
  {
    name: 'the type of a reply in another file',
    files: {
      'anthropic/reply.go': lines(
        'type Reply struct {',
        '\tCompletion string `json:"completion"`',
        '\tLogID      string `json:"log_id"`',
        '}',
      ),
      'anthropic/ask.go': lines('func Ask(s *State) string { return s.Reply.Completion }'),
      'other/mistral.go': lines(
        '// anthropic has another',
        'func Ask(s *Mistral) string { return s.Completion }',
      ),
      'anthropic/client.go': lines('out, err := client.InvokeModel(ctx, input)'),
    },
    finds: [
      'anthropic/ask.go 1 legacy-reply',
      'anthropic/reply.go 2 legacy-reply',
      'anthropic/reply.go 3 legacy-reply',
    ],
  },
  {
    name: 'the address in another file',
    files: {
      'src/Factory.php': lines('<?php', "$base = $uri ?: 'api.anthropic.com/v1';"),
      'src/Anthropic/Completions.php': lines(
        '<?php // of Anthropic',
        "$payload = Payload::create('complete', $parameters);",
      ),
      'src/Anthropic/Jobs.php': lines('<?php // of Anthropic', "$state = $job->is('complete', true);"),
      'src/Tasks.php': lines('<?php', "$task = Task::create('complete', $parameters);"),
    },
    finds: ['src/Anthropic/Completions.php 2 legacy-endpoint'],
  },
  {
    name: 'the path of an address in another file',
    files: {
      'anthropic/client.go': lines('const DefaultBaseURL = "https://api.anthropic.com/v1"'),
      'anthropic/ask.go': lines('func ask() { return c.do(ctx, "/complete", body) }', '// claude'),
    },
    finds: ['anthropic/ask.go 1 legacy-endpoint'],
  },
]

/** Sources that look like it and are none of it. */
export const lookalikes: readonly Pick<Case, 'file' | 'source'>[] = [
  {
    file: 'openai.ts',
    source: "const r = await openai.completions.create({ model: 'gpt-3.5-turbo-instruct', prompt })",
  },
  {
    file: 'chat.ts',
    source: 'const r = await client.chat.completions.create({ messages })\nr.choices[0].message',
  },
  {
    file: 'messages.ts',
    source:
      "import Anthropic from '@anthropic-ai/sdk'\nconst r = await new Anthropic().messages.create({ model: 'claude-opus-4-8', max_tokens: 1, messages })\nif (r.stop_reason === 'end_turn') show(r.content)",
  },
  // The first versions with Messages: whether completions are used, only the code can tell.
  { file: 'package.json', source: '{ "dependencies": { "@anthropic-ai/sdk": "0.11.0" } }' },
  { file: 'requirements.txt', source: 'anthropic==0.8.0' },
  {
    file: 'aleph.py',
    source:
      'response = client.complete(request, model="luminous")\nprint(response.completions[0].completion)',
  },
  { file: 'chain.py', source: 'template = "Human: {input}\\nAI:"\nllm = OpenAI(stop=["\\nHuman:"])' },
  {
    file: 'hf.py',
    source:
      'def complete(prompt, max_tokens_to_sample=9):\n    return llama(prompt, n=max_tokens_to_sample)\n',
  },
  {
    file: 'later.py',
    source: 'import anthropic\nclient = anthropic.Client()\nclient.messages.create(max_tokens=1)',
  },
  { file: 'requirements.txt', source: 'anthropic>=0.30\n' },
  { file: 'package.json', source: '{ "dependencies": { "@anthropic-ai/sdk": "^1.2.0" } }' },
  { file: 'package-lock.json', source: '{ "model": "claude-2" }' },
  { file: 'link.md', source: 'See https://www.anthropic.com/index/claude-2 about the bedrock of it.' },
  { file: 'App.java', source: 'class App { String completion; String get() { return completion; } }' },
  {
    file: 'index.py',
    source: lines(
      'from llama_index.llms.anthropic import Anthropic',
      'llm = Anthropic(model="claude-opus-4-8")',
    ),
  },
  {
    file: 'labels.py',
    source: lines(
      '# claude, vicuna and others',
      'register(roles=["Human", "Assistant"], stop_str="Human:")',
      'START = "Assistant:"',
      'llama = 1',
    ),
  },
  {
    file: 'wrapped.py',
    source: lines(
      'def wrap_invoke_agent(bedrock):',
      '    def inner(*args):',
      '        response = call(*args)',
      '        response["completion"] = Stream(response["completion"])',
      '    return inner',
      'def body(text):',
      '    # claude is another matter',
      '    return text',
    ),
  },
  {
    file: 'agent.py',
    source: lines(
      'reply = bedrock_agent_runtime.invoke_agent(agentId=a, inputText="Hi")',
      'for event in reply["completion"]:',
      '    show(event)',
      'ids = ["anthropic.claude-3-haiku-20240307-v1:0"]',
    ),
  },
  {
    file: 'list.py',
    source: lines(
      'import anthropic',
      'def ask(stop):',
      '    stop = [stop]',
      '    return client.messages.create(stop=stop)',
    ),
  },
  {
    file: 'kind.py',
    source: lines('import anthropic', 'row = {"object": "completion", "vendor": "anthropic"}'),
  },
  {
    file: 'train.py',
    source: lines('# Bedrock imports it', 'LLAMA_3_CHAT_TEMPLATE = "\\n\\nHuman: {q}\\n\\nAssistant:"'),
  },
  {
    file: 'recorded.httprr',
    source: '{"model":"gpt-3.5-turbo","content":"Current conversation:\\n\\nHuman: Hi\\nAI:"}',
  },
  {
    file: 'reasons.swift',
    source: lines(
      'import Anthropic',
      'struct Message {',
      '  let text: String',
      '  let stopReason: String?',
      '}',
    ),
  },
]
