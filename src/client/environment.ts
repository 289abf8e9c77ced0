/** Reads an environment variable where there is an environment; blank counts as unset, as in the old SDK. */
export function readEnvironment(name: string): string | undefined {
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } }
  return process?.env?.[name]?.trim() || undefined
}
