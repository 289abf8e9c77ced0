import { readFileSync } from 'node:fs'
import { Converter, ReflectionKind } from 'typedoc'

const entries = readFileSync(new URL('../../entries.ts', import.meta.url), 'utf8')
const names = new Map(
  [...entries.matchAll(/^ {2}'?([\w-]+)'?: 'src\/(.+)\.ts',$/gm)].map(([, name, source]) => [
    source.replace(/\/index$/, ''),
    name === 'index' ? 'legacy-completions' : `legacy-completions/${name}`,
  ]),
)

/** Names the modules as programs import them, not by their files. */
export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => {
    for (const module of project.getReflectionsByKind(ReflectionKind.Module)) {
      module.name = names.get(module.name.replace(/\/index$/, '')) ?? module.name
    }
  })
}
