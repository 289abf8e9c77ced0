/**
 * What the benches tell their figures by. A figure is an object: `what` was `measured`, and its goal, `atLeast` or `atMost`;
 * one without a goal is there for comparison. Where it could not be measured, `reason` says why, and its goal is missed.
 */

/** The middle one of the values. */
export function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

const isGoal = ({ atLeast, atMost }) => atLeast !== undefined || atMost !== undefined

function isMissed({ measured, atLeast = -Infinity, atMost = Infinity, reason }) {
  return reason !== undefined || !(measured >= atLeast && measured <= atMost)
}

/** The figures as a table of Markdown. */
export function tableOf(figures) {
  return ['| what | measured | goal | |', '| --- | ---: | ---: | --- |', ...figures.map(rowOf)].join('\n')
}

function rowOf(figure) {
  const { what, measured, atLeast, atMost, reason } = figure
  if (reason !== undefined) return `| ${what} | | | not measured: ${reason} |`
  if (!isGoal(figure)) return `| ${what} | ${measured.toFixed(2)} | | |`
  const goal = atLeast === undefined ? `≤ ${atMost}` : `≥ ${atLeast}`
  return `| ${what} | ${measured.toFixed(2)} | ${goal} | ${isMissed(figure) ? 'missed' : 'met'} |`
}

/** Makes the process exit with 1 if a goal is missed. Returns how many goals are met, and a line for each missed one. */
export function judge(figures) {
  const goals = figures.filter(isGoal)
  const missed = goals.filter(isMissed)
  if (missed.length > 0) process.exitCode = 1
  const summary = `${goals.length - missed.length} of ${goals.length} goals are met.`
  return [summary, ...missed.map(figure => `- Missed: ${reasonOf(figure)}`)].join('\n')
}

function reasonOf({ what, measured, atLeast, atMost, reason }) {
  if (reason !== undefined) return `${what} was not measured: ${reason}.`
  const goal = atLeast === undefined ? `at most ${atMost}` : `at least ${atLeast}`
  return `${what} is ${measured.toFixed(2)}, and should be ${goal}.`
}
