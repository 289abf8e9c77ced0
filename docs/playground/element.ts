type Attributes = Readonly<Record<string, string>>

/** An element with attributes and children. Text is only ever text: none is read as HTML. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  made.append(...children)
  return made
}

/** A button that does something in this page. */
export function button(text: string, attributes: Attributes, onClick: () => void): HTMLButtonElement {
  const made = element('button', { type: 'button', ...attributes }, text)
  made.addEventListener('click', onClick)
  return made
}

/** The element of the page that has an id, of the class that is expected there. */
export function byId<E extends HTMLElement>(id: string, Kind: abstract new (...args: never) => E): E {
  const found = document.getElementById(id)
  if (!(found instanceof Kind)) throw new Error(`The page has no ${Kind.name} #${id}.`)
  return found
}
