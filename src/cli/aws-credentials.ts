/** Finds the AWS credentials and the region of this machine, as the AWS SDKs do. */
import { exec } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { readBedrockUpstream } from '../proxy/bedrock-upstream.ts'
import type { AwsCredentialProvider, AwsCredentials } from '../proxy/keys.ts'
import type { ServeOptions } from '../proxy/node/server.ts'
import { type CliContext, UsageError } from './context.ts'

/** Credentials and region of a profile, or of the environment. */
export interface AwsSettings {
  credentials: AwsCredentialProvider
  /** `AWS_REGION`, `AWS_DEFAULT_REGION` or the region of the profile. */
  region: string | undefined
}

type Env = CliContext['env']
type Section = Readonly<Record<string, string>>

/** The arguments of `serve` that concern AWS credentials. */
interface AwsArguments {
  readonly 'aws-credentials': boolean
  readonly 'aws-profile': string | undefined
  readonly 'hold-key': boolean
  readonly 'tokens-file': string | undefined
  readonly upstream: string | undefined
}

/**
 * Returns the credentials for Bedrock, and its address if none is given.
 *
 * @throws UsageError if a setting is missing, or excludes another one.
 */
export async function awsOptions(
  given: AwsArguments,
  env: Env,
): Promise<Pick<ServeOptions, 'upstream' | 'awsCredentials' | 'awsRegion'>> {
  if (!given['aws-credentials'] && given['aws-profile'] === undefined) return {}
  if (given['tokens-file'] === undefined) throw new UsageError('--aws-credentials needs --tokens-file.')
  if (given['hold-key']) throw new UsageError('--aws-credentials and --hold-key exclude each other.')
  const { credentials, region } = await readAwsSettings(env, given['aws-profile'])
  const { upstream } = given
  // Another check rejects an address that is not a URL.
  const isKnown =
    region !== undefined ||
    (upstream !== undefined &&
      (!URL.canParse(upstream) || readBedrockUpstream(upstream)?.region !== undefined))
  if (!isKnown)
    throw new UsageError('--aws-credentials needs a region. Set AWS_REGION, or name it in --upstream.')
  const suffix = region?.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'
  return {
    upstream: upstream ?? `https://bedrock-runtime.${region}.${suffix}`,
    awsCredentials: credentials,
    awsRegion: region,
  }
}

/** Milliseconds for which credentials from a file are kept. Other programs write temporary credentials there. */
const KEEP_MS = 30_000
/** Milliseconds before their end at which temporary credentials are renewed. */
const RENEW_MS = 60_000
/** Milliseconds that the program of a profile may take. */
const PROCESS_MS = 60_000

/**
 * Reads the credentials from the environment or from the files of the AWS command line, in the order of the AWS SDKs.
 * An explicit `profile` is read from the files alone. Credentials of a profile are read again when they may have changed.
 *
 * @throws UsageError if there are none, or if the profile gets them in a way that needs a request, such as SSO.
 */
export async function readAwsSettings(env: Env, profile?: string): Promise<AwsSettings> {
  const name = profile ?? env.AWS_PROFILE ?? 'default'
  const region = env.AWS_REGION || env.AWS_DEFAULT_REGION || configOf(env, name).region
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env
  if (profile === undefined && accessKeyId && secretAccessKey) {
    const credentials = { accessKeyId, secretAccessKey, sessionToken: env.AWS_SESSION_TOKEN || undefined }
    return { credentials: async () => credentials, region }
  }
  let current = await readProfile(env, name)
  let reading: Promise<void> | undefined
  /** Reads the profile again. If that fails, keeps the credentials: AWS itself says whether they have expired. */
  async function renew(): Promise<void> {
    current = await readProfile(env, name).catch(() => ({ ...current, readAgainAt: Date.now() + KEEP_MS }))
    reading = undefined
  }
  return {
    async credentials() {
      if (Date.now() >= current.readAgainAt) {
        reading ??= renew()
        await reading
      }
      return current.credentials
    },
    region,
  }
}

/** Credentials, and the time in milliseconds at which to read them again. */
interface Dated {
  credentials: AwsCredentials
  readAgainAt: number
}

/** Settings of a profile that get its credentials with a request. */
const UNSUPPORTED = ['sso_session', 'sso_start_url', 'role_arn', 'web_identity_token_file', 'login_session']
const WAY_OUT = (name: string): string =>
  `Add a profile with credential_process = aws configure export-credentials --profile ${name} --format process, and name it in --aws-profile.`

async function readProfile(env: Env, name: string): Promise<Dated> {
  const shared = sectionOf(env.AWS_SHARED_CREDENTIALS_FILE || awsFile(env, 'credentials'), name)
  const section = { ...configOf(env, name), ...shared }
  const indirect = UNSUPPORTED.find(setting => setting in section)
  if (indirect !== undefined)
    throw new UsageError(
      `--aws-credentials: the AWS profile ${name} uses ${indirect}, which the proxy does not support. ${WAY_OUT(name)}`,
    )
  const { aws_access_key_id: accessKeyId, aws_secret_access_key: secretAccessKey } = section
  if (accessKeyId && secretAccessKey) {
    const sessionToken = section.aws_session_token || undefined
    return { credentials: { accessKeyId, secretAccessKey, sessionToken }, readAgainAt: Date.now() + KEEP_MS }
  }
  if (section.credential_process) return runProcess(section.credential_process, name, env)
  throw new UsageError(
    `--aws-credentials: there are no credentials in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and the AWS profile ${name} has none. The proxy does not ask the metadata service of an instance or a container. ${WAY_OUT(name)}`,
  )
}

/** Runs the `credential_process` of a profile, which prints its credentials as JSON. */
async function runProcess(command: string, name: string, env: Env): Promise<Dated> {
  try {
    const { stdout } = await promisify(exec)(command, { env: { ...env }, timeout: PROCESS_MS })
    const printed: object = Object(JSON.parse(stdout))
    const [accessKeyId, secretAccessKey, sessionToken, expiration] = [
      'AccessKeyId',
      'SecretAccessKey',
      'SessionToken',
      'Expiration',
    ].map((field): unknown => Reflect.get(printed, field))
    if (typeof accessKeyId === 'string' && typeof secretAccessKey === 'string') {
      const end = Date.parse(String(expiration))
      return {
        credentials: {
          accessKeyId,
          secretAccessKey,
          sessionToken: typeof sessionToken === 'string' ? sessionToken : undefined,
        },
        readAgainAt: Number.isNaN(end) ? Number.POSITIVE_INFINITY : end - RENEW_MS,
      }
    }
  } catch {
    // The error may contain what the program printed, which is secret.
  }
  throw new UsageError(
    `--aws-credentials: the credential_process of the AWS profile ${name} printed no credentials. Run it in a terminal to see its error.`,
  )
}

const awsFile = (env: Env, name: string): string =>
  join(env.HOME || env.USERPROFILE || homedir(), '.aws', name)
const configPath = (env: Env): string => env.AWS_CONFIG_FILE || awsFile(env, 'config')
/** Returns a profile of the configuration file, where the default one may have no prefix. */
const configOf = (env: Env, name: string): Section => ({
  ...sectionOf(configPath(env), `profile ${name}`),
  ...(name === 'default' && sectionOf(configPath(env), 'default')),
})

/** Returns the settings of a section; an empty object if the file or the section does not exist. */
function sectionOf(path: string, name: string): Section {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return {}
  }
  const settings: Record<string, string> = {}
  let isInside = false
  for (const line of text.replace(/^\uFEFF/, '').split(/\r?\n/)) {
    const [, section] = /^\[([^\]]*)\]/.exec(line) ?? []
    if (section !== undefined) isInside = section.trim().replace(/\s+/g, ' ') === name
    // An indented line belongs to a nested setting, such as one of S3.
    const [, key, value] = /^([^\s#;[=]+)\s*=\s*(.*)$/.exec(line) ?? []
    if (isInside && key !== undefined && value !== undefined) settings[key.toLowerCase()] = value.trim()
  }
  return settings
}
