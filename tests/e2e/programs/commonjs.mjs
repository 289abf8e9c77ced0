/** A CommonJS program that was written for the SDK 0.39, before and after the upgrade to 1.x, and with the fix. */
import { block, change, changed, outputOf } from './readme.mjs'

export const title = 'a CommonJS program, from the SDK 0.39 to 1.x'

export async function walk({ project, tarball, emulator, check }) {
  project.env = { ANTHROPIC_API_KEY: 'any', ANTHROPIC_BASE_URL: emulator.url }
  const fixed = block('js', "require('legacy-completions')")
  const promised = outputOf(fixed)
  const fix = change(block('diff', "require('legacy-completions')"))
  const broken = block('text', 'TypeError').trim().split('\n')
  const pathsSince = count => emulator.requests.slice(count).map(({ path }) => path)

  // As it was, the README's program with its change taken back.
  project.write('program.cjs', changed(fixed, { out: fix.into, into: fix.out }))
  await project.npmInstall('@anthropic-ai/sdk@0.39.0')
  const before = await project.run('node', 'program.cjs')
  check('it runs on the SDK 0.39', before.stdout === promised, before)
  check('… at the old endpoint', pathsSince(0).join() === '/v1/complete', pathsSince(0))

  await project.npmInstall('@anthropic-ai/sdk@1')
  const after = await project.run('node', 'program.cjs')
  check(
    `after the upgrade it says: ${broken[0]}`,
    after.code !== 0 && after.stderr.includes(broken[0]),
    after,
  )
  const imports = change(block('diff', "HUMAN_PROMPT, AI_PROMPT } from 'legacy-completions'"))
  project.write('program.mjs', `${imports.out}\nconsole.log(Anthropic, HUMAN_PROMPT, AI_PROMPT)\n`)
  const module = await project.run('node', 'program.mjs')
  check(`as a module it says: ${broken[1]}`, module.stderr.includes(broken[1]), module)
  project.write(
    'prompt.cjs',
    `${changed(fixed, { out: fix.into, into: fix.out }).split('client.completions')[0]}console.log(prompt)`,
  )
  const { stdout: prompt } = await project.run('node', 'prompt.cjs')
  check(
    'its prompt is what README.md says',
    block('text', 'TypeError') && prompt.trim() === 'undefined Why is the sky blue?undefined',
    prompt,
  )

  const install = block('sh', 'npm install legacy-completions').trim()
  const [, ...args] = install.split(' ').map(word => (word === 'legacy-completions' ? tarball : word))
  await project.install('npm', ...args, '--no-audit', '--no-fund')
  const asked = emulator.requests.length
  project.write('program.cjs', changed(changed(fixed, { out: fix.into, into: fix.out }), fix))
  const repaired = await project.run('node', 'program.cjs')
  check('with the fix it prints what README.md shows', repaired.stdout === promised, repaired)
  check('… at the Messages API', pathsSince(asked).join() === '/v1/messages', pathsSince(asked))

  project.write(
    'program.mjs',
    `${imports.into}\nconsole.log(JSON.stringify(HUMAN_PROMPT + AI_PROMPT), typeof Anthropic)\n`,
  )
  const repairedModule = await project.run('node', 'program.mjs')
  check(
    'as a module, too',
    repairedModule.stdout === '"\\n\\nHuman:\\n\\nAssistant:" function\n',
    repairedModule,
  )
}
