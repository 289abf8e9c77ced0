/** Draws the rows that have a `label` as bars: × what the official SDK takes, so that a bar of 1 takes as much. */

const LEFT = 190
/** Pixels of a bar of 1. */
const SCALE = 300
const ROW = 30
const STYLE = `text { font: 14px system-ui, sans-serif; fill: #24292f }
.bar { fill: #2f6f9f }
.line { stroke: #57606a; stroke-dasharray: 4 3 }
@media (prefers-color-scheme: dark) { text { fill: #d0d7de } .bar { fill: #6cb0e0 } .line { stroke: #8b949e } }`

const escaped = text => text.replace(/&/g, '&amp;').replace(/</g, '&lt;')

/** Returns an SVG image. */
export function chartOf(rows, machine) {
  const bars = rows.filter(({ label, measured }) => label !== undefined && measured !== undefined)
  const height = bars.length * ROW + 50
  const one = LEFT + SCALE
  const lines = bars.flatMap(({ label, measured }, index) => {
    const top = 34 + index * ROW
    const width = Math.min(measured, 1.3) * SCALE
    return [
      `<text x="${LEFT - 10}" y="${top + 15}" text-anchor="end">${escaped(label)}</text>`,
      `<rect class="bar" x="${LEFT}" y="${top}" width="${width.toFixed(0)}" height="20" rx="2"/>`,
      `<text x="${(LEFT + width + 8).toFixed(0)}" y="${top + 15}">${measured.toFixed(2)}</text>`,
    ]
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 660 ${height}" width="660" height="${height}" role="img">
<title>What legacy-completions takes, compared with the official SDK (1.00). ${escaped(machine)}.</title>
<style>${STYLE}</style>
<text x="${one}" y="16" text-anchor="middle">official SDK = 1</text>
<line class="line" x1="${one}" y1="24" x2="${one}" y2="${height - 10}"/>
${lines.join('\n')}
</svg>
`
}
