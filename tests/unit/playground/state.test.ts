import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CHOICES, hashOf, type State, stateFrom, stateOf } from '../../../docs/playground/state.ts'

const usual = stateOf('')

describe('a link', () => {
  const states: readonly { name: string; state: State }[] = [
    { name: 'nothing', state: usual },
    { name: 'a prompt', state: { ...usual, text: '\n\nHuman: Hi\n\nAssistant:' } },
    { name: 'signs of a link', state: { ...usual, text: '#text=a&model=b?c%20+d\\e"f\'<g>' } },
    { name: 'other scripts', state: { ...usual, text: 'שלום 世界 👩‍👩‍👧' } },
    { name: 'spaces at the ends', state: { ...usual, text: '  \n ' } },
    { name: 'a model of another server', state: { ...usual, model: 'anthropic/claude-opus-4.8:x' } },
    { name: 'the last of every choice', state: lastOfAll() },
  ]

  it.each(states)('carries $name', ({ state }) => {
    expect(stateOf(hashOf(state))).toEqual(state)
  })

  it('carries any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        expect(stateOf(hashOf({ ...usual, text })).text).toBe(text)
      }),
    )
  })

  it('contains only the differences from the defaults', () => {
    expect(hashOf(usual)).toBe('#')
    expect(hashOf({ ...usual, prefill: 'error', model: 'm' })).toBe('#model=m&prefill=error')
  })

  it.each(['#prefill=never', '#form=', '#constructor=x&__proto__=y', '#%', 'nothing'])(
    'that says %s says nothing',
    hash => {
      expect(stateOf(hash)).toEqual(usual)
    },
  )
})

function lastOfAll(): State {
  const last = Object.entries(CHOICES).map(([name, choices]): [string, string] => [
    name,
    choices.at(-1) ?? '',
  ])
  const values = new Map(last)
  return stateFrom(name => values.get(name) ?? null)
}
