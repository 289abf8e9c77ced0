import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { DOCUMENTATION_URL, REPOSITORY_URL } from '../../src/diagnostics/diagnostic.ts'

const root = new URL('../../', import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8')

interface Locked {
  version?: string
  integrity?: string
  hasInstallScript?: boolean
  link?: boolean
  dev?: boolean
}

const { scripts, ...manifest }: Record<string, Record<string, string> | undefined> = JSON.parse(
  read('package.json'),
)
const LOCKFILES = [
  'package-lock.json',
  ...readdirSync(new URL('tests', root), { recursive: true, encoding: 'utf8' })
    .filter(path => path.endsWith('package-lock.json') && !/node_modules|\.tmp/.test(path))
    .map(path => `tests/${path}`),
]
/** Dependencies that run something when they are installed, and why they may. */
const INSTALL_SCRIPTS: Readonly<Record<string, string>> = {
  'node_modules/@ast-grep/cli':
    'picks the program for the platform; the benchmark compares the audit with it',
  'node_modules/fsevents': 'macOS only; of a development dependency',
}

describe('the package', () => {
  it('names the addresses that its messages name', () => {
    expect(manifest).toMatchObject({
      homepage: DOCUMENTATION_URL,
      bugs: { url: `${REPOSITORY_URL}/issues` },
      repository: { type: 'git', url: `git+${REPOSITORY_URL}.git` },
    })
  })

  it('runs nothing when it is installed', () => {
    const lifecycle = ['preinstall', 'install', 'postinstall', 'prepare', 'prepublish']
    expect(Object.keys(scripts ?? {}).filter(name => lifecycle.includes(name))).toEqual([])
  })

  it.each(['dependencies', 'optionalDependencies', 'devDependencies'])('pins its %s', field => {
    const ranges = Object.entries(manifest[field] ?? {}).filter(
      ([, range]) => !/^(?:npm:[\w@/-]+@)?\d+\.\d+\.\d+\S*$/.test(range),
    )
    expect(ranges).toEqual([])
  })

  it('says what its dependencies run when they are installed', () => {
    const packages: Record<string, Locked> = JSON.parse(read('package-lock.json')).packages
    const running = Object.entries(packages).filter(([, { hasInstallScript }]) => hasInstallScript)
    expect(running.map(([path]) => path).filter(path => INSTALL_SCRIPTS[path] === undefined)).toEqual([])
  })
})

describe.each(LOCKFILES)('%s', path => {
  it('has a hash of every package, and names no host', () => {
    const text = read(path)
    const packages: Record<string, Locked> = JSON.parse(text).packages
    const installed = Object.entries(packages).filter(([name, { link }]) => name !== '' && !link)
    expect(installed.filter(([, { integrity }]) => integrity === undefined)).toEqual([])
    expect(text).not.toMatch(/"resolved"/)
  })
})

describe.each(readdirSync(new URL('.github/workflows', root)))('the workflow %s', file => {
  const text = read(`.github/workflows/${file}`)

  it('pins what it uses to a commit', () => {
    const used = [...text.matchAll(/uses: (\S+)/g)].map(match => match[1] ?? '')
    expect(used.length).toBeGreaterThan(0)
    expect(used.filter(action => !/@[0-9a-f]{40}$/.test(action))).toEqual([])
  })

  it('may do nothing that it does not say', () => {
    expect(text).toMatch(/^permissions:\n {2}contents: read$/m)
    expect(text).not.toMatch(/pull_request_target|secrets\./)
  })

  it('runs scripts that there are', () => {
    const named = [...text.matchAll(/(?:npm run |command: \[)([\w:, ]+)/g)].flatMap(match =>
      (match[1] ?? '').split(', ').filter(name => name.trim() !== ''),
    )
    expect(named.filter(name => scripts?.[name.trim()] === undefined)).toEqual([])
  })
})

describe('the release', () => {
  const steps = [...read('.github/workflows/release.yml').matchAll(/- run: (.+)/g)].map(
    ([, step]) => step ?? '',
  )

  it('names the repository that it is published from, as the registry asks of one with provenance', () => {
    const naming = steps.findIndex(step => step.includes('repository.url'))
    expect(naming).toBeGreaterThanOrEqual(0)
    expect(naming).toBeLessThan(steps.findIndex(step => step.startsWith('npm publish')))

    const folder = mkdtempSync(join(tmpdir(), 'release-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    cpSync(new URL('package.json', root), join(folder, 'package.json'))
    const where = { GITHUB_SERVER_URL: 'https://github.com', GITHUB_REPOSITORY: 'someone/legacy-completions' }
    execFileSync('bash', ['-c', steps[naming] ?? ''], { cwd: folder, env: { ...process.env, ...where } })
    const { repository } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    expect(repository).toEqual({ type: 'git', url: 'git+https://github.com/someone/legacy-completions.git' })
  })
})
