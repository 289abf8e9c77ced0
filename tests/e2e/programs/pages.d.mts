export class Page {
  static readme(): Page
  static at(target: string, from?: string): Page
  readonly name: string
  readonly text: string
  readonly links: readonly { label: string; target: string }[]
  readonly blocks: readonly { language: string; code: string; output: string | undefined }[]
  follow(words: string): Page
  section(wanted: string): Page
}
export function entryPoints(): readonly { code: string; label: string; target: string }[]
