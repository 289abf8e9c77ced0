/** The words that the audit looks for, as rules of ast-grep: one of each language for names, texts and comments. */
const NAMES =
  '(?i)^(human_prompt|ai_prompt|max_?tokens_?to_?sample|completion|stop_?reason|log_?id|stop|prompt|\\w*claude\\w*|invoke_?model\\w*)$'
const TEXTS = '(?i)claude|v1/complete|max_?tokens_?to_?sample|human:|assistant:|_prompt'

/** The kinds of nodes that names, texts and comments are in each language. */
const KINDS = {
  TypeScript: [
    ['identifier', 'property_identifier', 'type_identifier'],
    ['string', 'template_string', 'comment'],
  ],
  Tsx: [
    ['identifier', 'property_identifier', 'type_identifier'],
    ['string', 'template_string', 'comment'],
  ],
  JavaScript: [
    ['identifier', 'property_identifier'],
    ['string', 'template_string', 'comment'],
  ],
  Python: [['identifier'], ['string', 'comment']],
  Go: [
    ['identifier', 'field_identifier'],
    ['interpreted_string_literal', 'raw_string_literal', 'comment'],
  ],
  Java: [['identifier'], ['string_literal', 'line_comment', 'block_comment']],
  Kotlin: [['simple_identifier'], ['string_literal', 'line_comment']],
  CSharp: [['identifier'], ['string_literal', 'comment']],
  Php: [['name'], ['string', 'encapsed_string', 'comment']],
  Rust: [
    ['identifier', 'field_identifier'],
    ['string_literal', 'line_comment'],
  ],
  Ruby: [
    ['identifier', 'constant'],
    ['string', 'comment'],
  ],
  Html: [['attribute_name'], ['attribute_value', 'text']],
  Json: [[], ['string']],
  Yaml: [[], ['double_quote_scalar', 'single_quote_scalar', 'plain_scalar', 'comment']],
}

export function* rules() {
  for (const [language, [names, texts]] of Object.entries(KINDS)) {
    const any = [
      ...names.map(kind => ({ kind, regex: NAMES })),
      ...texts.map(kind => ({ kind, regex: TEXTS })),
    ]
    // JSON is YAML.
    yield [
      language,
      JSON.stringify({
        id: language.toLowerCase(),
        language,
        severity: 'warning',
        message: 'old',
        rule: { any },
      }),
    ]
  }
}
