/**
 * Writes a language model in the GGUF format: a Llama of one layer whose words are the 256 bytes and whose weights are
 * noise. It knows nothing; what it says is said by the grammar that the server forces on it. About 115 kB.
 *
 * The format is that of the GGUF specification, version 3.
 */
const WIDTH = 32
const INNER = 64
const HEADS = 2
/** In tokens, which are bytes. */
const CONTEXT = 16_384
const ALIGNMENT = 32

/** The types of a value, as the format numbers them. */
const TYPE = { uint32: 4, int32: 5, float32: 6, bool: 7, string: 8, array: 9 }
/** The kinds of a token: a byte stands for itself. */
const KIND = { unknown: 2, control: 3, byte: 6 }
const F32 = 0

/** Bytes of a fixed length, written at their start. */
function bytesOf(length: number, write: (bytes: Buffer) => number): Buffer {
  const bytes = Buffer.alloc(length)
  write(bytes)
  return bytes
}
const uint32 = (value: number): Buffer => bytesOf(4, bytes => bytes.writeUInt32LE(value))
const uint64 = (value: number): Buffer => bytesOf(8, bytes => bytes.writeBigUInt64LE(BigInt(value)))
const float32 = (value: number): Buffer => bytesOf(4, bytes => bytes.writeFloatLE(value))
const string = (text: string): Buffer => Buffer.concat([uint64(Buffer.byteLength(text)), Buffer.from(text)])

const entry = (key: string, type: number, value: Buffer): Buffer =>
  Buffer.concat([string(key), uint32(type), value])
const count = (key: string, value: number): Buffer => entry(key, TYPE.uint32, uint32(value))
const text = (key: string, value: string): Buffer => entry(key, TYPE.string, string(value))
const list = (key: string, type: number, values: readonly Buffer[]): Buffer =>
  entry(key, TYPE.array, Buffer.concat([uint32(type), uint64(values.length), ...values]))

/** Words separate the turns, as in old prompts. The model only has to receive them. */
const TEMPLATE: string = `{% for message in messages %}{{ message.role + ': ' + message.content + '\\n' }}{% endfor %}{% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}`

const bytes = Array.from({ length: 256 }, (_, byte) => byte)
const TOKENS = [
  '<unk>',
  '<s>',
  '</s>',
  ...bytes.map(byte => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`),
]
const KINDS = [KIND.unknown, KIND.control, KIND.control, ...bytes.map(() => KIND.byte)]

const METADATA: readonly Buffer[] = [
  text('general.architecture', 'llama'),
  text('general.name', 'noise'),
  count('general.alignment', ALIGNMENT),
  count('llama.vocab_size', TOKENS.length),
  count('llama.context_length', CONTEXT),
  count('llama.embedding_length', WIDTH),
  count('llama.block_count', 1),
  count('llama.feed_forward_length', INNER),
  count('llama.attention.head_count', HEADS),
  count('llama.attention.head_count_kv', HEADS),
  count('llama.rope.dimension_count', WIDTH / HEADS),
  entry('llama.attention.layer_norm_rms_epsilon', TYPE.float32, float32(1e-5)),
  text('tokenizer.ggml.model', 'llama'),
  list('tokenizer.ggml.tokens', TYPE.string, TOKENS.map(string)),
  list(
    'tokenizer.ggml.scores',
    TYPE.float32,
    TOKENS.map(() => float32(0)),
  ),
  list('tokenizer.ggml.token_type', TYPE.int32, KINDS.map(uint32)),
  count('tokenizer.ggml.unknown_token_id', 0),
  count('tokenizer.ggml.bos_token_id', 1),
  count('tokenizer.ggml.eos_token_id', 2),
  entry('tokenizer.ggml.add_space_prefix', TYPE.bool, Buffer.from([0])),
  text('tokenizer.chat_template', TEMPLATE),
]

/** The matrices of the architecture; the fastest dimension first. */
const TENSORS: readonly (readonly [name: string, ...dimensions: number[]])[] = [
  ['token_embd.weight', WIDTH, TOKENS.length],
  ['blk.0.attn_norm.weight', WIDTH],
  ['blk.0.attn_q.weight', WIDTH, WIDTH],
  ['blk.0.attn_k.weight', WIDTH, WIDTH],
  ['blk.0.attn_v.weight', WIDTH, WIDTH],
  ['blk.0.attn_output.weight', WIDTH, WIDTH],
  ['blk.0.ffn_norm.weight', WIDTH],
  ['blk.0.ffn_gate.weight', WIDTH, INNER],
  ['blk.0.ffn_up.weight', WIDTH, INNER],
  ['blk.0.ffn_down.weight', INNER, WIDTH],
  ['output_norm.weight', WIDTH],
  ['output.weight', WIDTH, TOKENS.length],
]

/** Noise that is the same every time: a xorshift of 32 bits. */
function noise(count: number): Float32Array {
  let state = 0x9e3779b9 ^ count
  return Float32Array.from({ length: count }, () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state / 2 ** 31) * 0.1
  })
}

/** The whole file. */
export function noiseModel(): Buffer {
  const infos: Buffer[] = []
  const data: Buffer[] = []
  let offset = 0
  for (const [name, ...dimensions] of TENSORS) {
    const values = noise(dimensions.reduce((product, size) => product * size, 1))
    infos.push(
      string(name),
      uint32(dimensions.length),
      ...dimensions.map(uint64),
      uint32(F32),
      uint64(offset),
    )
    const bytes = Buffer.from(values.buffer)
    const padding = Buffer.alloc(-bytes.length & (ALIGNMENT - 1))
    data.push(bytes, padding)
    offset += bytes.length + padding.length
  }
  const head = Buffer.concat([
    Buffer.from('GGUF'),
    uint32(3),
    uint64(TENSORS.length),
    uint64(METADATA.length),
    ...METADATA,
    ...infos,
  ])
  return Buffer.concat([head, Buffer.alloc(-head.length & (ALIGNMENT - 1)), ...data])
}
