import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { awsOptions, readAwsSettings } from '../../../src/cli/aws-credentials.ts'

const CREDENTIALS = `
[default]
aws_access_key_id = AKIADEFAULT
aws_secret_access_key = secret=of/the+default

# [commented]
[ team ]\r
AWS_Access_Key_Id=AKIATEAM\r
aws_secret_access_key=secret-of-the-team\r
aws_session_token=token-of-the-team\r

[both]
aws_access_key_id = AKIABOTH
aws_secret_access_key = secret
`
const CONFIG = `
[default]
region = eu-west-3
s3 =
  aws_access_key_id = nested

[profile team]
region = ap-northeast-1

[profile configured]
aws_access_key_id = AKIACONFIGURED
aws_secret_access_key = secret-of-the-configuration

[profile sso]
sso_session = work
region = us-west-2

[profile both]
role_arn = arn:aws:iam::123456789012:role/r

[profile process]
credential_process = /bin/program

[sso-session work]
sso_start_url = https://example
`
const ENV = { AWS_ACCESS_KEY_ID: 'AKIAENV', AWS_SECRET_ACCESS_KEY: 'secret-of-env' }

function home(): { HOME: string; credentials: string } {
  const folder = mkdtempSync(join(tmpdir(), 'aws-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, '.aws'))
  const credentials = join(folder, '.aws/credentials')
  writeFileSync(credentials, CREDENTIALS)
  writeFileSync(join(folder, '.aws/config'), CONFIG)
  return { HOME: folder, credentials }
}

test.each<
  [string, Record<string, string>, string | undefined, string, string | undefined, string | undefined]
>([
  ['the environment', ENV, undefined, 'AKIAENV', undefined, 'eu-west-3'],
  [
    'temporary ones',
    { ...ENV, AWS_SESSION_TOKEN: 't', AWS_REGION: 'us-east-2' },
    undefined,
    'AKIAENV',
    't',
    'us-east-2',
  ],
  [
    'the environment before AWS_PROFILE',
    { ...ENV, AWS_PROFILE: 'team' },
    undefined,
    'AKIAENV',
    undefined,
    'ap-northeast-1',
  ],
  [
    'an explicit profile before the environment',
    ENV,
    'team',
    'AKIATEAM',
    'token-of-the-team',
    'ap-northeast-1',
  ],
  ['the default profile', {}, undefined, 'AKIADEFAULT', undefined, 'eu-west-3'],
  ['AWS_PROFILE', { AWS_PROFILE: 'team' }, undefined, 'AKIATEAM', 'token-of-the-team', 'ap-northeast-1'],
  [
    'the configuration file',
    { AWS_DEFAULT_REGION: 'sa-east-1' },
    'configured',
    'AKIACONFIGURED',
    undefined,
    'sa-east-1',
  ],
  [
    'an incomplete environment',
    { AWS_ACCESS_KEY_ID: 'AKIAENV' },
    undefined,
    'AKIADEFAULT',
    undefined,
    'eu-west-3',
  ],
])('credentials of %s', async (_, env, profile, accessKeyId, sessionToken, region) => {
  const settings = await readAwsSettings({ HOME: home().HOME, ...env }, profile)
  expect(await settings.credentials()).toMatchObject({ accessKeyId, sessionToken })
  expect(settings.region).toBe(region)
})

test.each([
  ['sso', 'the AWS profile sso uses sso_session'],
  ['both', 'the AWS profile both uses role_arn'],
  ['none', 'the AWS profile none has none'],
  ['commented', 'the AWS profile commented has none'],
])('a profile %s is rejected with what to do', async (profile, message) => {
  const rejected = expect(readAwsSettings({ HOME: home().HOME }, profile)).rejects
  await rejected.toThrow(message)
  await expect(readAwsSettings({ HOME: home().HOME }, profile)).rejects.toThrow(
    `credential_process = aws configure export-credentials --profile ${profile} --format process`,
  )
})

describe('a profile with a credential_process', () => {
  const settingsOf = (program: string) => {
    const { HOME } = home()
    const script = join(HOME, 'program.cjs')
    writeFileSync(script, program)
    const line = `[profile program]\ncredential_process = "${process.execPath}" "${script}"\n`
    writeFileSync(join(HOME, '.aws/config'), line)
    return readAwsSettings({ ...process.env, HOME }, 'program')
  }

  test('is run, and run again before its credentials end', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
    const inAnHour = new Date(Date.now() + 3_600_000).toISOString()
    const { credentials } = await settingsOf(
      `console.log(JSON.stringify({ Version: 1, AccessKeyId: 'A' + process.pid, SecretAccessKey: 's', SessionToken: 't', Expiration: '${inAnHour}' }))`,
    )
    const first = await credentials()
    expect(first).toMatchObject({ secretAccessKey: 's', sessionToken: 't' })
    vi.advanceTimersByTime(3_500_000)
    expect(await credentials()).toBe(first)
    vi.advanceTimersByTime(50_000)
    expect((await credentials()).accessKeyId).not.toBe(first.accessKeyId)
  })

  test.each([
    ['console.log("the secret")'],
    ['console.log("{}")'],
    ['console.error("the secret"); process.exit(1)'],
  ])('is reported without what it printed: %s', async program => {
    const error: unknown = await settingsOf(program).catch((thrown: unknown) => thrown)
    expect(String(error)).toContain('credential_process of the AWS profile program printed no credentials')
    expect(String(error)).not.toContain('the secret')
  })
})

test('credentials that another program writes are read again', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
  const { HOME, credentials } = home()
  const settings = await readAwsSettings({ HOME })
  writeFileSync(credentials, CREDENTIALS.replace('AKIADEFAULT', 'AKIARENEWED'))
  expect(await settings.credentials()).toMatchObject({ accessKeyId: 'AKIADEFAULT' })
  vi.advanceTimersByTime(31_000)
  expect(await settings.credentials()).toMatchObject({ accessKeyId: 'AKIARENEWED' })
  // A file that is being written must not fail the calls of that moment.
  writeFileSync(credentials, '')
  vi.advanceTimersByTime(31_000)
  const both = await Promise.all([settings.credentials(), settings.credentials()])
  expect(both.map(({ accessKeyId }) => accessKeyId)).toEqual(['AKIARENEWED', 'AKIARENEWED'])
})

const NONE = {
  'aws-credentials': true,
  'aws-profile': undefined,
  'hold-key': false,
  'tokens-file': 'tokens.txt',
  upstream: undefined,
}

test.each([
  [{ ...ENV, AWS_REGION: 'us-gov-west-1' }, {}, 'https://bedrock-runtime.us-gov-west-1.amazonaws.com'],
  [{ ...ENV, AWS_REGION: 'cn-north-1' }, {}, 'https://bedrock-runtime.cn-north-1.amazonaws.com.cn'],
  [
    ENV,
    { upstream: 'https://bedrock-runtime.eu-west-1.amazonaws.com' },
    'https://bedrock-runtime.eu-west-1.amazonaws.com',
  ],
  [ENV, { upstream: 'example' }, 'example'],
])('the upstream of %j with %j is %s', async (env, given, upstream) => {
  expect((await awsOptions({ ...NONE, ...given }, { HOME: '/nowhere', ...env })).upstream).toBe(upstream)
})

test.each([
  [{ 'tokens-file': undefined }, '--aws-credentials needs --tokens-file.'],
  [{ 'hold-key': true }, 'exclude each other'],
  [{}, '--aws-credentials needs a region. Set AWS_REGION'],
  [{ upstream: 'https://gateway.example' }, '--aws-credentials needs a region. Set AWS_REGION'],
])('%j is a mistake, reported with what to do', async (given, message) => {
  await expect(awsOptions({ ...NONE, ...given }, { HOME: '/nowhere', ...ENV })).rejects.toThrow(message)
})

test('without the options nothing is read', async () => {
  expect(await awsOptions({ ...NONE, 'aws-credentials': false }, {})).toEqual({})
})
