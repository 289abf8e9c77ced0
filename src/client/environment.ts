/** Reads an environment variable, in runtimes that have them. As in the old SDK, a blank value counts as unset. */
export function readEnvironment(name: string): string | undefined {
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } }
  try {
    return process?.env?.[name]?.trim() || undefined
  } catch {
    // Deno throws when the program has no permission to read this variable.
    return undefined
  }
}
