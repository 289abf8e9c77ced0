/** Reads an environment variable where there is an environment; blank counts as unset, as in the old SDK. */
export function readEnvironment(name: string): string | undefined {
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } }
  try {
    return process?.env?.[name]?.trim() || undefined
  } catch {
    // Deno shows a program only what it was given leave to read.
    return undefined
  }
}
