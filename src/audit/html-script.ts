/** What the report does by itself: it shows the rows that fit the filters. Without it, all are shown. */
export const SCRIPT: string = `
const form = document.querySelector('.filters')
const rows = [...document.querySelectorAll('.uses tbody tr')]
const count = document.getElementById('count')
const texts = new Map(rows.map(row => [row, row.textContent.toLowerCase()]))
function filter() {
  const { text, kind, severity, migrate } = form.elements
  const words = text.value.toLowerCase().split(/\\s+/)
  let shown = 0
  for (const row of rows) {
    const fits = words.every(word => texts.get(row).includes(word))
      && (kind.value === '' || row.dataset.kind === kind.value)
      && (severity.value === '' || row.dataset.severity === severity.value)
      && (!migrate.checked || row.dataset.migrate === 'yes')
    row.hidden = !fits
    if (fits) shown++
  }
  count.textContent = shown + ' of ' + rows.length + ' shown'
}
form.hidden = false
form.addEventListener('input', filter)
form.addEventListener('submit', event => event.preventDefault())
filter()
`
