import type { Severity } from '../diagnostics/diagnostic.ts'
import type { CliContext } from './context.ts'

const STYLES = { error: 31, warning: 33, info: 36, bold: 1, dim: 2 } as const
type Style = Severity | 'bold' | 'dim'

/** Paints text in the colour of a severity. */
export type Painter = (text: string, style: Style) => string

/** Returns a painter for an output that shows colours, or one that returns every text unchanged. */
export function painter(isColored: boolean | undefined): Painter {
  return (text, style) => paint(text, style, { isColored: isColored === true })
}

/** Returns the text in the colour of a severity if standard error shows colours. */
export function paint(text: string, style: Style, { isColored }: Pick<CliContext, 'isColored'>): string {
  return isColored ? `\x1b[${STYLES[style]}m${text}\x1b[0m` : text
}

/** Data for a progress bar. */
export interface ProgressSource {
  /** Name of the file or folder in progress. */
  name: string
  total: number
  done(): number
  /** Formats an amount for people: `12 MB`, `40 files`. */
  format(amount: number): string
}

/** Redraw interval in milliseconds. */
const REDRAW = 100
const BAR = 20
const CLEAR_LINE = '\r\x1b[2K'

/** A progress bar on a terminal. */
export interface Progress {
  /** Draws the bar if it is due. Work that never returns to the event loop calls this for each file. */
  update(): void
  stop(): void
}

/** Draws a progress bar on a terminal until it is stopped. Draws nothing if standard error is not a terminal. */
export function startProgress({ terminal }: Pick<CliContext, 'terminal'>, source: ProgressSource): Progress {
  if (terminal === undefined) return { update() {}, stop() {} }
  const started = performance.now()
  const before = source.done()
  let drawn = started
  const draw = (): void => {
    drawn = performance.now()
    const seconds = (drawn - started) / 1000
    terminal.write(CLEAR_LINE + progressLine(source, before, seconds, terminal.columns || 80))
  }
  const timer = setInterval(draw, REDRAW)
  timer.unref?.()
  return {
    update() {
      if (performance.now() - drawn >= REDRAW) draw()
    },
    stop() {
      clearInterval(timer)
      terminal.write(CLEAR_LINE)
    },
  }
}

/** Returns a line such as `prompts.jsonl ━━━━━───── 43 % · 118 MB/s · 12 s left`, cut to the width of the terminal. */
export function progressLine(
  { name, total, done, format }: ProgressSource,
  before: number,
  seconds: number,
  columns: number,
): string {
  const now = Math.min(done(), total)
  const share = total === 0 ? 1 : now / total
  const filled = Math.floor(share * BAR)
  const rate = (now - before) / Math.max(seconds, 0.001)
  const rest = rate > 0 ? ` · ${duration((total - now) / rate)} left` : ''
  const figures = `${'━'.repeat(filled)}${'─'.repeat(BAR - filled)} ${Math.floor(share * 100)} % · ${format(rate)}/s${rest}`
  const width = columns - figures.length - 2
  const shown = name.length > width ? `…${name.slice(name.length - Math.max(width - 1, 0))}` : name
  return `${shown} ${figures}`.slice(0, columns - 1)
}

function duration(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`
  const minutes = Math.ceil(seconds / 60)
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
