/** The changes to the clients that `withOptions` of a client creates, by name. */
const changesOf = new WeakMap<object, Map<string, (derived: never) => unknown>>()

/**
 * Applies a change of a client to the clients that its `withOptions` creates, too. A second change of the same name
 * replaces the first, so that `withOptions` is wrapped only once.
 */
export function changeDerived<Client extends object>(
  client: Client,
  name: string,
  change: (derived: Client) => unknown,
): void {
  if (!('withOptions' in client) || typeof client.withOptions !== 'function') return
  const known = changesOf.get(client)
  if (known !== undefined) {
    known.set(name, change)
    return
  }
  const changes = new Map([[name, change]])
  changesOf.set(client, changes)
  const derive = client.withOptions
  Object.defineProperty(client, 'withOptions', {
    value(...args: unknown[]): unknown {
      const derived = Reflect.apply(derive, client, args)
      for (const apply of changes.values()) apply(derived)
      return derived
    },
    configurable: true,
    writable: true,
    enumerable: false,
  })
}
