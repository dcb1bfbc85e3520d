import type { Renderer } from '#render/look.ts'
import type { Item, Report } from './item.ts'
import { shown } from './item.ts'

const commands = { error: 'error', warning: 'warning', info: 'notice' } as const

/** Workflow commands of GitHub Actions: one annotation an item. */
export const github: Renderer<Report> = report => shown(report).map(annotation)

const annotation = (item: Item): string => {
  const { rule, name, outcome, severity, message, details, place } = item
  const properties = [
    ...(place === undefined ? [] : [`file=${property(place.file)}`]),
    ...(place?.line === undefined ? [] : [`line=${place.line}`]),
    ...(place?.column === undefined ? [] : [`col=${place.column}`]),
    `title=${property(`${rule}: ${name}`)}`,
  ]
  const command = outcome === 'unclear' ? 'warning' : commands[severity]
  return `::${command} ${properties.join(',')}::${data([message, ...details].join('\n'))}`
}

const data = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')

const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
