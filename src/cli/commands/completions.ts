import { listed, type Option } from '../arguments.ts'
import { type Command, defineCommand, type ListedCommand } from '../command.ts'
import { type CliContext, UsageError } from '../context.ts'

const SHELLS = ['bash', 'zsh', 'fish'] as const
type Shell = (typeof SHELLS)[number]

/** `legacy-completions completions`: writes a script that completes commands, options and their values in a shell. */
export const completionsOf = (commands: Readonly<Record<string, ListedCommand>>): Command =>
  defineCommand({
    usage: 'bash|zsh|fish',
    examples: `
# For all bash sessions from the next one on; the same with zsh and ~/.zshrc.
echo 'eval "$(legacy-completions completions bash)"' >> ~/.bashrc

# For fish.
legacy-completions completions fish > ~/.config/fish/completions/legacy-completions.fish`,
    options: { Options: {} },
    takesArguments: true,
    notes: 'Exit code: 0 when the script was written, 2 when the shell is not supported.',
    run: (_, context, positionals) => writeScript(commands, positionals, context),
  })

/** The parts of a command that the scripts need. */
interface Listed {
  name: string
  summary: string
  options: Readonly<Record<string, Option>>
}

async function writeScript(
  table: Readonly<Record<string, ListedCommand>>,
  positionals: readonly string[],
  { out }: CliContext,
): Promise<number> {
  const [name, ...others] = positionals
  const shell = SHELLS.find(one => one === name)
  if (shell === undefined || others.length > 0)
    throw new UsageError(`completions needs the name of a shell: ${listed(SHELLS)}.`)
  const commands = await Promise.all(
    Object.entries(table).map(async ([command, { summary, load }]) => {
      const { options } = await load()
      return { name: command, summary, options }
    }),
  )
  out(SCRIPTS[shell](commands))
  return 0
}

const choicesOf = (option: Option): readonly string[] => (option.kind === 'choice' ? option.choices : [])
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

const SCRIPTS: Readonly<Record<Shell, (commands: readonly Listed[]) => string>> = {
  bash(commands) {
    const cases = commands.map(({ name, options }) => {
      const values = Object.entries(options).flatMap(([option, one]) =>
        choicesOf(one).length === 0
          ? []
          : `      --${option}) COMPREPLY=($(compgen -W ${quoted(choicesOf(one).join(' '))} -- "$cur")); return ;;`,
      )
      const names = [...Object.keys(options), 'help'].map(option => `--${option}`).join(' ')
      return `  ${name})
    case "$prev" in
${[...values, '      *) ;;'].join('\n')}
    esac
    [[ $cur == -* ]] && COMPREPLY=($(compgen -W ${quoted(names)} -- "$cur")) ;;`
    })
    const names = [...commands.map(({ name }) => name), 'help'].join(' ')
    return `_legacy_completions() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}"
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W ${quoted(`${names} --help --version`)} -- "$cur"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  help) COMPREPLY=($(compgen -W ${quoted(names)} -- "$cur")) ;;
  esac
}
complete -o default -F _legacy_completions legacy-completions
`
  },

  zsh(commands) {
    const escaped = (text: string): string => text.replace(/[[\]:\\]/g, '\\$&')
    const listOf = commands.map(({ name, summary }) => `    ${quoted(`${name}:${escaped(summary)}`)}`)
    const cases = commands.map(({ name, options }) => {
      const specs = Object.entries(options).map(([option, one]) => {
        const value = one.kind === 'flag' ? '' : `:${one.value}:${valuesOf(one)}`
        return quoted(`--${option}[${escaped(one.about)}]${value}`)
      })
      return `    ${name}) _arguments ${[...specs, "'--help[Show this help]'", "'*:file:_files'"].join(' \\\n      ')} ;;`
    })
    return `#compdef legacy-completions
_legacy_completions() {
  local -a commands=(
${listOf.join('\n')}
  )
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  ((CURRENT--))
  case $command in
${cases.join('\n')}
  esac
}
if (( ! $+functions[compdef] )); then autoload -Uz compinit && compinit; fi
compdef _legacy_completions legacy-completions
`
  },

  fish(commands) {
    const isFirst = '-n __fish_use_subcommand'
    const lines = commands.flatMap(({ name, summary, options }) => {
      const within = `-n ${quoted(`__fish_seen_subcommand_from ${name}`)}`
      return [
        `complete -c legacy-completions ${isFirst} -fa ${name} -d ${quoted(summary)}`,
        ...Object.entries(options).map(([option, one]) => {
          const short = one.short === undefined ? '' : ` -s ${one.short}`
          const choices = choicesOf(one)
          const value =
            one.kind === 'flag' ? '' : choices.length > 0 ? ` -xa ${quoted(choices.join(' '))}` : ' -r'
          return `complete -c legacy-completions ${within} -l ${option}${short}${value} -d ${quoted(one.about)}`
        }),
      ]
    })
    return `${lines.join('\n')}\ncomplete -c legacy-completions -s h -l help -d 'Show this help'\n`
  },
}

/** Returns zsh's completion action for the value of an option. */
function valuesOf(option: Option): string {
  const choices = choicesOf(option)
  return choices.length > 0 ? `(${choices.join(' ')})` : '_files'
}
