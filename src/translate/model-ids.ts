interface Spelling {
  /** What the id looks like, and how the first party spells it in the model table. */
  pattern: RegExp
  asFirstParty: string
}

/** The spellings of early 2023: `claude-v1.3` and `claude-instant-v1-100k` name what `claude-1.3` … do. */
const OF_2023: readonly Spelling[] = [
  { pattern: /^(claude(?:-instant)?)-v(?=\d)/, asFirstParty: '$1-' },
  { pattern: /^(claude-(?:instant-)?\d(?:\.\d)?)-100k$/, asFirstParty: '$1' },
]

/** How partner clouds and gateways spell the same models. */
const PARTNERS: readonly Spelling[] = [
  // Bedrock's provisioned throughput: a version and a context size behind the id.
  { pattern: /^(anthropic\.claude-(?:instant-)?v\d(?::1)?)(?::\d+)?:\d+k$/, asFirstParty: '$1' },
  // Bedrock: `anthropic.claude-opus-4-8`, `us.anthropic.claude-haiku-4-5-20251001-v1:0`.
  {
    pattern: /^(?:[a-z-]+\.)?anthropic\.(claude-[a-z\d-]*?\d)(?:-v\d+(?::\d+)?)?$/,
    asFirstParty: '$1',
  },
  // Google: `claude-haiku-4-5@20251001`, `claude-opus-4-8@default`.
  { pattern: /^(claude-[^@]+)@(?:default|latest)$/, asFirstParty: '$1' },
  { pattern: /^(claude-[^@]+)@(\d{8})$/, asFirstParty: '$1-$2' },
]

/** OpenRouter and others put the vendor before the id, and a dot between the digits: `anthropic/claude-opus-4.8`. */
const VENDOR = 'anthropic/'

/** An id as the model table spells it; itself where nothing is known of its spelling. */
export function firstPartySpelling(id: string): string {
  if (id.startsWith(VENDOR)) return id.slice(VENDOR.length).replace(/(-\d{1,9})\.(?=\d)/, '$1-')
  const partner = PARTNERS.find(({ pattern }) => pattern.test(id))
  if (partner !== undefined) return id.replace(partner.pattern, partner.asFirstParty)
  return OF_2023.reduce((name, { pattern, asFirstParty }) => name.replace(pattern, asFirstParty), id)
}

/** Whether the id names a Claude model, under whatever roof. */
export function isClaude(id: string): boolean {
  return /^(?:[a-z-]+\.)?(?:anthropic[./])?claude-/.test(id)
}

/** Whether the id is spelled as the vendor itself spells it, in 2023 or today. */
export function isFirstParty(id: string): boolean {
  return /^claude-[^@]*$/.test(id)
}
