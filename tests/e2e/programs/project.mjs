/** An empty directory, and what somebody does in it. */
import { execFile, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const MOST_MILLISECONDS = 240_000

/** What keeps a walk from being walked here, and is no fault of anything here. */
export class NotToBeHad extends Error {}

export class Project {
  folder = mkdtempSync(join(tmpdir(), 'legacy-completions-walk-'))
  /** What programs find in their environment: nothing of a key, or of a base URL, that the machine may have. */
  env = {}

  write(file, text) {
    mkdirSync(dirname(join(this.folder, file)), { recursive: true })
    writeFileSync(join(this.folder, file), text)
  }

  /** Runs a program to its end; resolves with all it said, and its exit code. */
  async run(command, ...args) {
    try {
      const { stdout, stderr } = await promisify(execFile)(command, args, this.#options())
      return { code: 0, stdout, stderr }
    } catch (error) {
      if (error.code === 'ENOENT') throw new NotToBeHad(`${command} is not installed`)
      if (typeof error.code !== 'number') throw error
      return { code: error.code, stdout: error.stdout, stderr: error.stderr }
    }
  }

  /** Installs packages: that this fails is for the registry to answer for. */
  async install(command, ...args) {
    const { code, stderr, stdout } = await this.run(command, ...args)
    if (code === 0) return
    const lines = `${stderr}\n${stdout}`.split('\n')
    throw new NotToBeHad(
      `${command} could not install it: ${lines.find(line => /error/i.test(line)) ?? lines[0]}`,
    )
  }

  npmInstall(...packages) {
    return this.install('npm', 'install', '--silent', '--no-audit', '--no-fund', ...packages)
  }

  /** Starts a program that runs on; resolves when it has said what it must. */
  async start(command, args, until) {
    const child = spawn(command, args, {
      ...this.#options(),
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let said = ''
    const match = await new Promise((resolve, reject) => {
      child.stdout.setEncoding('utf8').on('data', text => {
        said += text
        const found = until.exec(said)
        if (found) resolve(found)
      })
      child.once('error', reject)
      child.once('exit', code => reject(new Error(`${command} ended with ${code}: ${said}`)))
    })
    // Its children, too: npx starts the command as one.
    return { match, stop: () => process.kill(-child.pid, 'SIGTERM'), said: () => said }
  }

  #options() {
    const { PATH, HOME, TMPDIR } = process.env
    const settings = Object.entries(process.env).filter(([name]) =>
      /^(?:npm_config_|pip_|ssl_|node_extra_ca)/i.test(name),
    )
    return {
      cwd: this.folder,
      env: { PATH, HOME, ...(TMPDIR && { TMPDIR }), ...Object.fromEntries(settings), ...this.env },
      timeout: MOST_MILLISECONDS,
      maxBuffer: 16 * 1024 * 1024,
    }
  }

  remove() {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** Creates a virtual environment in the folder of a project. Resolves to the path of its Python. */
export async function pythonWith(project, name, ...packages) {
  await project.install('python3', '-m', 'venv', name)
  const python = join(project.folder, name, 'bin/python')
  const options = ['--quiet', '--disable-pip-version-check', '--timeout', '30', '--retries', '1']
  await project.install(python, '-m', 'pip', 'install', ...options, ...packages)
  return python
}
