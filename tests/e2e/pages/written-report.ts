import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const BIN = fileURLToPath(new URL('../../../dist/bin.js', import.meta.url))
const WORK = fileURLToPath(new URL('.tmp/reports/', import.meta.url))

/** Has the built command audit a project in a folder of that name; returns where a browser finds the report. */
export function writeReport(name: string, sources: Readonly<Record<string, string>>): string {
  const folder = join(WORK, name)
  rmSync(folder, { recursive: true, force: true })
  for (const [path, source] of Object.entries(sources)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), source)
  }
  const options = '--no-gitignore --target claude-opus-4-8 --fail-on never --format html --output report.html'
  execFileSync(process.execPath, [BIN, 'audit', '.', ...options.split(' ')], { cwd: folder })
  return pathToFileURL(join(folder, 'report.html')).href
}
