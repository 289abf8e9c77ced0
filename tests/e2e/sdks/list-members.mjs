/**
 * Writes members.ts: everything that programs of the old SDK can touch around `client.completions`, by the versions
 * that have it, and whether this package has it. Read from the installed packages and the built one: values from what
 * they export, types from their declarations. Run it after a build, with the SDKs installed here.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import ts from 'typescript'

const require = createRequire(import.meta.url)
const here = path => fileURLToPath(new URL(path, import.meta.url))

/** The versions looked at, oldest first: one for each change of form, and the first without completions. */
const VERSIONS = ['0.4.4', '0.5.10', '0.9.1', '0.20.9', '0.39.0', '0.60.0', '0.100.1', '0.137.0', '1.12.0']

/** The paths of the SDK that programs import in addition to its root. */
const PATHS = [
  'api-promise',
  'client',
  'core',
  'core/api-promise',
  'core/error',
  'core/streaming',
  'error',
  'index',
  'resource',
  'resources',
  'resources/completions',
  'resources/index',
  'shims/node',
  'shims/web',
  'streaming',
  'uploads',
]

/** Names in `Anthropic.…` that have to do with completions, out of hundreds that have not. */
const CONCERNS_COMPLETIONS =
  /Completion|^(?:ClientOptions|RequestOptions|Model|ErrorObject|ErrorResponse|AnthropicBeta)$/

/** What the SDK's own parts are made of, declared private or for its resources. */
const INNER = [
  'constructor',
  'client',
  'decoder',
  'iterMessages',
  'iterator',
  'then',
  'catch',
  'finally',
  'responsePromise',
  'parseResponse',
  'parseResponseTraced',
  'parsedPromise',
  'parse',
  'length',
  'name',
  'prototype',
  'captureStackTrace',
  'prepareStackTrace',
  'stackTraceLimit',
  'makeMessage',
  'stack',
  'message',
  'cause',
]

const VERBS = ['get', 'post', 'patch', 'put', 'delete', 'getAPIList']

const packageOf = version => (version === '1.12.0' ? '@anthropic-ai/sdk' : `sdk-${version}`)

const sources = [
  ...VERSIONS.map(version => ({
    version,
    module: packageOf(version),
    types: require.resolve(packageOf(version)).replace(/index\.js$/, 'index.d.ts'),
    resolves: path => canResolve(`${packageOf(version)}/${path}`),
  })),
  {
    version: 'ours',
    module: pathToFileURL(here('../../../dist/index.js')).href,
    types: here('../../../dist/index.d.ts'),
    resolves: () => false,
  },
  {
    version: 'ours, /v0',
    module: pathToFileURL(here('../../../dist/v0.js')).href,
    types: here('../../../dist/v0.d.ts'),
    resolves: () => false,
  },
]

function canResolve(specifier) {
  try {
    require.resolve(specifier)
    return true
  } catch {
    return false
  }
}

const program = ts.createProgram(
  sources.map(({ types }) => types),
  {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    skipLibCheck: true,
    strict: true,
    types: [],
  },
)
const checker = program.getTypeChecker()

/** The members of one version, as `group: name`, and whether each is only there to be refused. */
async function membersOf({ module, types, resolves }) {
  const found = new Map()
  const add = (group, names, isRefused = () => false) => {
    for (const name of names) {
      if (/^[_#]/.test(name) || INNER.includes(name)) continue
      found.set(`${group}: ${name}`, isRefused(name))
    }
  }
  const namespace = await import(module)
  add('module', Object.keys(namespace))
  add('paths', PATHS.filter(resolves))
  if (namespace.Client !== undefined) addFirstGeneration(add, namespace)
  else {
    await addValues(add, namespace.default)
    addTypes(add, checker.getSymbolAtLocation(program.getSourceFile(types)))
  }
  return found
}

function addFirstGeneration(add, { Client }) {
  add('Client of the first generation', ownNames(Client.prototype))
}

/** What is there when the program runs. */
async function addValues(add, Anthropic) {
  add('class', ownNames(Anthropic))
  add('APIError', ownNames(Anthropic.APIError))
  const headers = new Headers()
  add('error', fieldsOf(new Anthropic.APIError(400, { error: {} }, undefined, headers)))

  const { completions } = new Anthropic({ apiKey: 'k', maxRetries: 0, fetch: answer })
  if (completions === undefined) return
  const params = { model: 'claude-2.1', max_tokens_to_sample: 1, prompt: '\n\nHuman: Hi\n\nAssistant:' }
  const call = completions.create(params)
  // The response is not one of the Messages API, which does not matter here.
  await call.catch(() => {})
  const stream = await completions.create({ ...params, stream: true })
  // The first resources carried the client's verbs along.
  add(
    'client.completions',
    [...ownNames(completions)].filter(name => !VERBS.includes(name)),
  )
  add('promise', ownNames(call))
  add('stream', ownNames(stream))
  add('Stream', ownNames(stream.constructor))
}

/** What there is to the compiler. */
function addTypes(add, file) {
  const exported = namesIn(file)
  const root = exported.get('default')
  const inner = namesIn(root)
  const typesIn = names =>
    [...names]
      .filter(([, { flags }]) => (flags & (ts.SymbolFlags.Type | ts.SymbolFlags.Namespace)) !== 0)
      .map(([name]) => name)
      .filter(name => CONCERNS_COMPLETIONS.test(name))
  add('types of the module', typesIn(exported))
  add('types of Anthropic', typesIn(inner))
  const nested = inner.get('Completions')
  if (nested !== undefined) add('types of Anthropic.Completions', typesIn(namesIn(nested)))

  const client = checker.getDeclaredTypeOfSymbol(root)
  for (const { name, valueDeclaration } of checker.getPropertiesOfType(client)) {
    const flags = valueDeclaration ? ts.getCombinedModifierFlags(valueDeclaration) : 0
    if (flags & ts.ModifierFlags.Private) continue
    const group = flags & ts.ModifierFlags.Protected ? 'client, for subclasses' : 'client'
    add(group, [name])
  }
  const addProperties = (group, type) => {
    const properties = checker.getPropertiesOfType(type)
    const isUndefined = name =>
      checker.getTypeOfSymbol(properties.find(property => property.name === name)).flags &
      ts.TypeFlags.Undefined
    add(
      group,
      properties.map(({ name }) => name),
      isUndefined,
    )
  }
  addProperties('ClientOptions', checker.getDeclaredTypeOfSymbol(exported.get('ClientOptions')))
  const completions = checker.getPropertyOfType(client, 'completions')
  if (completions === undefined) return
  const create = checker.getPropertyOfType(checker.getTypeOfSymbol(completions), 'create')
  const [whole] = checker.getTypeOfSymbol(create).getCallSignatures()
  const [params, options] = whole.parameters.map(parameter =>
    checker.getNonNullableType(checker.getTypeOfSymbol(parameter)),
  )
  addProperties('CompletionCreateParams', params)
  addProperties('RequestOptions', options)
  addProperties('Completion', checker.getAwaitedType(whole.getReturnType()))
}

/** The names in a module or a namespace, with what they stand for. */
function namesIn(symbol) {
  return new Map(
    checker
      .getExportsOfModule(symbol)
      .map(one => [one.name, one.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(one) : one]),
  )
}

/** The names on an object and on what it inherits from, up to what everything inherits from. */
function ownNames(value) {
  const names = new Set()
  const ends = [null, Object.prototype, Function.prototype, Promise.prototype]
  for (let object = value; !ends.includes(object); object = Object.getPrototypeOf(object)) {
    for (const name of Object.getOwnPropertyNames(object)) names.add(name)
    if (Object.hasOwn(object, Symbol.asyncIterator)) names.add('[Symbol.asyncIterator]')
  }
  return names
}

/** The fields of an error, except those of every Error. */
function fieldsOf(error) {
  const names = new Set()
  for (let object = error; object !== Error.prototype; object = Object.getPrototypeOf(object)) {
    for (const name of Object.getOwnPropertyNames(object)) names.add(name)
  }
  return names
}

async function answer() {
  return new Response('{"type":"completion","completion":""}', {
    headers: { 'content-type': 'application/json' },
  })
}

const all = new Map()
for (const source of sources) all.set(source.version, await membersOf(source))

const versioned = [...all].filter(([version]) => VERSIONS.includes(version))
const last = versioned.at(-1)?.[0]
// What only the last one has, no program of an old one can touch.
const members = [
  ...new Set(versioned.flatMap(([version, found]) => (version === last ? [] : [...found.keys()]))),
]
const groups = [...new Set(members.map(member => member.split(': ')[0]))]
const rows = groups.flatMap(group =>
  members
    .filter(member => member.startsWith(`${group}: `))
    .sort()
    .map(member => {
      const has = versioned.map(([, found]) => (found.has(member) ? '+' : '.')).join('')
      const name = member.slice(group.length + 2)
      return `  { group: '${group}', name: '${name}', has: '${has}', ours: '${statusOf(member)}' },`
    }),
)

function statusOf(member) {
  const isRefused = all.get('ours').get(member)
  if (isRefused === undefined) return all.get('ours, /v0').has(member) ? '/v0' : 'no'
  return isRefused ? 'refused' : 'yes'
}

const text = `// Written by list-members.mjs.
// biome-ignore-all format: a member a line, so that a change is one line.

/** Something that programs of the old SDK can touch. */
export interface Member {
  /** Where it is: a place in the program, or the name of a type. */
  group: string
  name: string
  /** A \`+\` for each of \`VERSIONS\` that has it, and a \`.\` for each that has not. */
  has: string
  /**
   * Whether this package has it: at its root, or at the named entry. A refused option throws an error that names its
   * replacement.
   */
  ours: 'yes' | '/v0' | 'refused' | 'no'
}

export const VERSIONS: readonly string[] = [${VERSIONS.map(version => `'${version}'`).join(', ')}]

export const MEMBERS: readonly Member[] = [
${rows.join('\n')}
]
`

// With --check nothing is written: it fails when something would be.
if (!process.argv.includes('--check')) {
  writeFileSync(here('members.ts'), text)
  console.log(`${rows.length} members`)
} else if (readFileSync(here('members.ts'), 'utf8') !== text) {
  console.log('members.ts is not up to date: run list-members.mjs')
  process.exitCode = 1
}
