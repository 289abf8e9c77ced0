import { CannotRewrite } from './cannot-rewrite.ts'
import { isMarkerConstant, type Leaf, type Model } from './prompt-parts.ts'
import { isStringValue } from './string-values.ts'
import { kindOf, type SyntaxNode, type Tree } from './tree.ts'

/** Returns the range of a leaf to keep, in UTF-16 units of its text; `undefined` to drop the leaf. */
export type Kept = (leaf: Leaf) => readonly [from: number, to: number] | undefined

/** Code that builds a part of a prompt. */
interface Code {
  code: string
  /** Whether the value is certainly a text. */
  isText: boolean
  /** Whether the code needs parentheses when it is an operand. */
  isLoose: boolean
}

/**
 * Writes code for a part of a prompt: takes the code of the whole prompt and cuts out the rest.
 *
 * @param names how to write variables and functions that hold a part: `keep` writes their name, `inline` writes the
 * code that they stand for
 * @returns `undefined` if no part of the expression is kept
 */
export function sourceOf(model: Model, kept: Kept, tree: Tree, names: 'keep' | 'inline'): Code | undefined {
  const writer = new Writer(kept, tree, names)
  return writer.write(model)
}

class Writer {
  readonly #kept: Kept
  readonly #tree: Tree
  readonly #names: 'keep' | 'inline'
  readonly #isPython: boolean

  constructor(kept: Kept, tree: Tree, names: 'keep' | 'inline') {
    this.#kept = kept
    this.#tree = tree
    this.#names = names
    this.#isPython = tree.grammar.language === 'python'
  }

  write(model: Model): Code | undefined {
    switch (model.type) {
      case 'leaf':
        return this.#kept(model.leaf) && this.#value(model.leaf.node)
      case 'literal':
        return this.#literal(model)
      case 'sum':
        return this.#sum(model.node, model.operands)
      case 'list':
        return this.#list(model.node, model.operands)
      case 'inner':
        return this.#inner(model.node, model.inner)
      case 'format':
        return this.#format(model)
      case 'variable':
      case 'helper':
        return this.#named(model)
      case 'choice': {
        const codes = model.options.map(option => this.write(option))
        if (codes.every(code => code === undefined)) return undefined
        return {
          code: this.#replaced(
            model.node,
            model.options.map((option, index) => [option.node, codes[index]?.code ?? '""']),
          ),
          isText: true,
          isLoose: true,
        }
      }
    }
  }

  #value(node: SyntaxNode): Code {
    const isLoose = /binary|conditional|ternary|lambda|boolean|comparison|await|yield|as_expression/.test(
      kindOf(node),
    )
    return { code: node.text(), isText: isStringValue(node, this.#tree), isLoose }
  }

  #literal({ node, leaves, inner }: Extract<Model, { type: 'literal' }>): Code | undefined {
    const children = node.children()
    const [opening, closing] = [children[0]?.text() ?? '"', children.at(-1)?.text() ?? '"']
    const parts: { code: string; leaf: Leaf; value?: Code }[] = []
    for (const leaf of leaves) {
      const held = inner.get(leaf)
      if (held !== undefined) {
        const value = this.write(held)
        if (value !== undefined) parts.push({ code: this.#interpolated(value.code, opening), leaf, value })
        continue
      }
      const range = this.#kept(leaf)
      if (range === undefined) continue
      if (leaf.type === 'text') {
        const code = sliceOf(leaf, range, this.#tree.source)
        if (code !== '' && range[1] > range[0]) parts.push({ code, leaf })
      } else if (leaf.holder !== undefined)
        parts.push({ code: leaf.holder.text(), leaf, value: this.#value(leaf.node) })
      else parts.push({ code: sliceOf(leaf, [0, leaf.offsets?.length ?? 0], this.#tree.source), leaf })
    }
    const [only] = parts
    if (only === undefined) return undefined
    if (
      parts.length === 1 &&
      only.value !== undefined &&
      this.#isBare(only.leaf, only.value, inner.has(only.leaf))
    )
      return only.value
    const isMixed = parts.some(part => part.value !== undefined)
    const body = parts.map(part => part.code).join('')
    return { code: this.#quoted(body, opening, closing, isMixed), isText: true, isLoose: false }
  }

  /**
   * Returns whether a value can be written without the literal around it: it is a text, and its placeholder has no
   * format.
   */
  #isBare(leaf: Leaf, value: Code, isInner: boolean): boolean {
    const holder = leaf.holder?.text() ?? ''
    const isPlain = isInner || holder.replace(/^(?:\$?\{)\s*|\s*\}$/g, '') === leaf.node.text()
    return isPlain && value.isText
  }

  #interpolated(code: string, opening: string): string {
    if (!this.#isPython) return `\${${code}}`
    const quote = opening.at(-1) ?? '"'
    if (code.includes(quote) || /[\\\n]/.test(code)) throw new CannotRewrite('prompt-quotes', code)
    return `{${code}}`
  }

  #quoted(body: string, opening: string, closing: string, isMixed: boolean): string {
    if (this.#isPython) {
      const isFormat = /f/i.test(opening.replace(/["']+$/, ''))
      const open = isMixed ? opening : opening.replace(/f(?=[a-z]*["'])/i, '')
      const plain = isFormat && !isMixed ? body.replace(/\{\{/g, '{').replace(/\}\}/g, '}') : body
      const isRaw = /r/i.test(opening.replace(/["']+$/, ''))
      const last = closing.length === 3 && plain.endsWith(closing[0] ?? '') && !/\\.$/.test(plain)
      if (isRaw && (last || /(?:^|[^\\])(?:\\\\)*\\$/.test(plain))) throw new CannotRewrite('prompt-quotes')
      const single = closing[0] ?? '"'
      const isShort = closing.length === 3 && !plain.includes('\n') && !plain.includes(single) && !isRaw
      if (isShort) return open.replace(/(["'])\1\1$/, '$1') + plain + single
      return open + (last ? `${plain.slice(0, -1)}\\${plain.slice(-1)}` : plain) + closing
    }
    const isTemplate = opening === '`'
    const quote = quoteOf(this.#tree)
    const isPlain = !/[\n`]|\$\{|\\(?![ntr\\ux])/.test(body) && !body.includes(quote)
    return isTemplate && !isMixed && isPlain ? quote + body + quote : opening + body + closing
  }

  #sum(node: SyntaxNode, operands: readonly Model[]): Code | undefined {
    const { source } = this.#tree
    const written = operands.map(operand => ({ operand, code: this.write(operand) }))
    const kept = written.flatMap(({ operand, code }, index) => (code ? [{ operand, code, index }] : []))
    const [first, second] = kept
    if (first === undefined) return undefined
    const isTied = this.#isPython && kindOf(node) !== 'concatenated_string'
    if (second === undefined)
      return { ...first.code, ...this.#asText(first.code, isTied), isLoose: first.code.isLoose }
    // JavaScript would add two numbers, so the sum has to begin with a text.
    if (!this.#isPython && !first.code.isText && !second.code.isText)
      first.code = { ...first.code, code: `\`\${${first.code.code}}\``, isText: true, isLoose: false }
    let text = ''
    let before: (typeof kept)[number] | undefined
    for (const one of kept) {
      if (before !== undefined) {
        const isNext = one.index === before.index + 1
        const fallback = kindOf(node) === 'concatenated_string' ? ' ' : ' + '
        text += isNext ? source.slice(before.operand.node.end, one.operand.node.start) : fallback
      }
      text += one.code.code
      before = one
    }
    return { code: text, isText: true, isLoose: true }
  }

  /**
   * Converts a term of a sum that is now alone: a template literal keeps it a text in JavaScript. In Python, it had to
   * be a text already.
   */
  #asText(code: Code, isTied: boolean): Pick<Code, 'code' | 'isText'> {
    if (code.isText || isTied || this.#isPython) return { code: code.code, isText: true }
    return { code: `\`\${${code.code}}\``, isText: true }
  }

  #list(node: SyntaxNode, operands: readonly Model[]): Code | undefined {
    const codes = operands.flatMap(operand => {
      const code = this.write(operand)
      return code === undefined ? [] : [code]
    })
    const [only, second] = codes
    if (only === undefined) return undefined
    if (second === undefined)
      return {
        ...this.#asText(only, true),
        isLoose: only.isLoose,
        ...(!this.#isPython && this.#asText(only, false)),
      }
    const [first, last] = [operands[0]?.node, operands.at(-1)?.node]
    const { source } = this.#tree
    const text =
      source.slice(node.start, first?.start) +
      codes.map(one => one.code).join(', ') +
      source.slice(last?.end, node.end)
    return { code: text, isText: true, isLoose: false }
  }

  #inner(node: SyntaxNode, inner: Model): Code | undefined {
    const code = this.write(inner)
    if (code === undefined) return undefined
    if (kindOf(node) === 'parenthesized_expression') {
      const isSimple = !code.isLoose && !code.code.includes('\n')
      return isSimple
        ? code
        : { ...code, code: this.#replaced(node, [[inner.node, code.code]]), isLoose: false }
    }
    const text = code.isLoose ? `(${code.code})` : code.code
    return { code: this.#replaced(node, [[inner.node, text]]), isText: true, isLoose: false }
  }

  #format({
    node,
    template,
    arguments: values,
    items,
  }: Extract<Model, { type: 'format' }>): Code | undefined {
    const code = this.write(template)
    if (code === undefined) return undefined
    const slots = [...items]
    const isUsed = (value: SyntaxNode): boolean =>
      slots.some(([leaf, one]) => one === value && this.#kept(leaf) !== undefined)
    const dropped = values.filter(value => slots.some(([, one]) => one === value) && !isUsed(value))
    const kept = values.filter(value => !dropped.includes(value))
    const isNumbered = slots.some(([leaf]) => /^\{\d/.test(sliceOf(leaf, [0, 2], this.#tree.source)))
    if (dropped.length > 0 && isNumbered) throw new CannotRewrite('prompt-format', node)
    const isPercent = kindOf(node) !== 'call'
    const text = code.isLoose ? `(${code.code})` : code.code
    if (kept.length === 0) {
      const isEscaped = isPercent ? /%%/.test(code.code) : /\{\{|\}\}/.test(code.code)
      if (isEscaped) throw new CannotRewrite('prompt-format', node)
      return code
    }
    const { source } = this.#tree
    if (dropped.length === 0)
      return { code: text + source.slice(template.node.end, node.end), isText: true, isLoose: isPercent }
    const list = kept.map(value => value.text()).join(', ')
    if (!isPercent) return { code: `${text}.format(${list})`, isText: true, isLoose: false }
    const isNamed = kindOf(node.field('right')) === 'dictionary'
    return {
      code: `${text} % ${isNamed ? `{${list}}` : `(${list}${kept.length === 1 ? ',' : ''})`}`,
      isText: true,
      isLoose: true,
    }
  }

  #named(model: Extract<Model, { type: 'variable' | 'helper' }>): Code | undefined {
    const { imported } = model
    const home = imported === undefined ? this : new Writer(this.#kept, imported.tree, this.#names)
    const codes = model.options.map(option => {
      const own = home.write(option.model)
      const base = 'base' in option && option.base ? home.write(option.base) : undefined
      return own ?? base
    })
    if (codes.every(code => code === undefined)) return undefined
    if (this.#names === 'keep' && !isMarkerConstant(model))
      return { code: model.node.text(), isText: true, isLoose: false }
    const [only] = codes
    const [option] = model.options
    const isPlain = codes.length === 1 && option !== undefined && !('base' in option && option.base)
    if (!isPlain || only === undefined || model.type === 'helper')
      throw new CannotRewrite('prompt-variable', model.node)
    return only
  }

  /** Returns the code of a node with some of its parts replaced. */
  #replaced(node: SyntaxNode, parts: readonly (readonly [SyntaxNode, string])[]): string {
    const { source } = this.#tree
    let text = ''
    let at = node.start
    for (const [part, code] of parts) {
      text += source.slice(at, part.start) + code
      at = part.end
    }
    return text + source.slice(at, node.end)
  }
}

/** Returns the source of a part of a text, with its escapes as written. */
function sliceOf(
  { offsets = [], end = 0 }: Leaf,
  [from, to]: readonly [number, number],
  source: string,
): string {
  return source.slice(offsets[from] ?? end, offsets[to] ?? end)
}

/** Returns the quote that most literals of a file have. */
export function quoteOf({ source, grammar }: Tree): '"' | "'" {
  const count = (quote: string): number => source.split(quote).length
  if (grammar.language === 'python') return count('"') >= count("'") ? '"' : "'"
  return count('"') > count("'") ? '"' : "'"
}
