/** Classes of frameworks that speak to the old interface: where they are imported from, and their names. */
export interface FrameworkClass {
  module: RegExp
  names: RegExp
}

/** As of the versions that still have them; the current chat classes of the same vendors live in other modules. */
export const FRAMEWORK_CLASSES: readonly FrameworkClass[] = [
  // LangChain for Python: text classes to this day, chat classes until they moved to langchain-anthropic and -aws.
  {
    module: /^langchain(?:_community)?\.(?:llms|chat_models)(?:\.(?:anthropic|bedrock))?$/,
    names: /^(?:Anthropic|AnthropicLLM|ChatAnthropic|Bedrock|BedrockChat)$/,
  },
  { module: /^langchain_(?:anthropic|aws)(?:\.llms)?$/, names: /^(?:AnthropicLLM|BedrockLLM|Bedrock)$/ },
  // LangChain for JavaScript.
  {
    module: /^(?:langchain|@langchain\/community)\/(?:llms|chat_models)\/(?:anthropic|bedrock)(?:\/web)?$/,
    names: /^(?:Anthropic|ChatAnthropic|Bedrock|BedrockChat)$/,
  },
  // LlamaIndex before its split into packages.
  { module: /^llama_index\.llms(?:\.(?:anthropic|bedrock))?$/, names: /^(?:Anthropic|Bedrock)$/ },
]

/** The names among the imported that are such classes. */
export function frameworkClasses(statement: string): string[] {
  const module =
    /^from\s+([\w.]+)\s+import\b/.exec(statement)?.[1] ?? /\bfrom\s+['"]([^'"]+)['"]/.exec(statement)?.[1]
  if (module === undefined) return []
  const known = FRAMEWORK_CLASSES.find(one => one.module.test(module))
  if (known === undefined) return []
  const names = statement.match(/[A-Za-z_$][\w$]*/g) ?? []
  return [...new Set(names.filter(name => known.names.test(name)))]
}
