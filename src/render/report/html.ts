import type { Renderer } from '#render/look.ts'
import type { Item, Report } from './item.ts'
import { outcomeWords } from './item.ts'
import { xml } from './markup.ts'

const style = `
:root { color-scheme: light dark; --error: #b3261e; --warning: #7a4f00; --info: #1f5fa8; --good: #1a6e34; --line: #8884; --soft: #8881 }
@media (prefers-color-scheme: dark) { :root { --error: #ff8a80; --warning: #ffc66d; --info: #8ab8ff; --good: #7ddb95 } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 0 auto; padding: clamp(.75rem, 4vw, 1.5rem); overflow-wrap: anywhere }
h1 { font-size: 1.5rem; margin: 0 } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem }
ul.items { list-style: none; padding: 0; margin: 0 }
ul.items > li { border: 1px solid var(--line); border-left: .35rem solid var(--tone); border-radius: .35rem; padding: .6rem .9rem; margin: .5rem 0 }
.tag { color: var(--tone); font-weight: 600; text-transform: uppercase; font-size: .8rem; letter-spacing: .03em; margin-right: .6rem }
.error { --tone: var(--error) } .warning { --tone: var(--warning) } .info { --tone: var(--info) } .good { --tone: var(--good) }
.where { opacity: .8; font-size: .9rem } p { margin: .25rem 0 }
details { margin-top: .4rem } details li, code { font-family: ui-monospace, monospace; font-size: .85rem }
details ul { padding-left: 1.2rem }
summary { cursor: pointer }
`

/** One page without scripts or anything loaded: headings, lists and words, and colour only beside them. */
export const html: Renderer<Report> = function* ({ title, summary, version, items, rules }) {
  yield '<!doctype html>'
  yield '<html lang="en">'
  yield '<head>'
  yield '<meta charset="utf-8">'
  yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
  yield `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`
  yield `<title>${xml(title)}: ${xml(summary)}</title>`
  yield `<style>${style}</style>`
  yield '</head>'
  yield '<body>'
  yield '<header>'
  yield `<h1>${xml(title)}</h1>`
  yield `<p>${xml(summary)}</p>`
  yield '</header>'
  yield '<main>'
  for (const group of new Set(items.map(item => item.group)))
    yield* section(
      group,
      items.filter(item => item.group === group),
    )
  const told = rules.filter(
    rule =>
      !isNamed(rule.id, rule.title) && items.some(({ rule: id, outcome }) => id === rule.id && outcome !== 'passed'),
  )
  if (told.length > 0) yield* explained(told)
  yield '</main>'
  yield `<footer><p class="where">ambientctl ${xml(version)}</p></footer>`
  yield '</body>'
  yield '</html>'
}

function* section(group: string, items: readonly Item[]): Generator<string> {
  yield '<section>'
  yield `<h2>${xml(group)}</h2>`
  yield '<ul class="items">'
  for (const item of items) yield* itemLines(item)
  yield '</ul>'
  yield '</section>'
}

const tones: Readonly<Partial<Record<Item['outcome'], string>>> = {
  passed: 'good',
  ignored: 'info',
  unclear: 'warning',
}

/** An assertion has no code but its name. */
const isNamed = (rule: string, name: string): boolean => rule === name || rule.endsWith(` / ${name}`)

function* itemLines({ rule, name, outcome, severity, message, details, object, place }: Item): Generator<string> {
  const tone = tones[outcome] ?? severity
  const tag = outcome === 'failed' || outcome === 'noted' ? severity : outcomeWords[outcome]
  yield `<li class="${tone}">`
  yield `<p><span class="tag">${tag}</span><strong>${xml(isNamed(rule, name) ? name : `${rule} ${name}`)}</strong></p>`
  if (message !== name && message !== '') yield `<p>${xml(message)}</p>`
  const where = [object, place && `${place.file}${place.line === undefined ? '' : `:${place.line}`}`].filter(
    text => text !== undefined,
  )
  if (where.length > 0) yield `<p class="where">${xml(where.join(' · '))}</p>`
  if (details.length > 0) {
    yield `<details><summary>Details (${details.length})</summary><ul>`
    for (const line of details) yield `<li>${xml(line)}</li>`
    yield '</ul></details>'
  }
  yield '</li>'
}

function* explained(rules: Report['rules']): Generator<string> {
  yield '<section>'
  yield '<h2>What these codes mean</h2>'
  yield '<dl>'
  for (const { id, title, means } of rules)
    yield `<dt><strong>${xml(id)}</strong> ${xml(title)}</dt><dd>${xml(means)}</dd>`
  yield '</dl>'
  yield '</section>'
}
