import type { NetnsRedirection } from '#dump/redirection/view.ts'
import { yamlText } from '#render/list/yaml.ts'
import type { Look, Renderer } from '#render/look.ts'
import { printableJson } from '#render/printable.ts'
import { rulesText } from './rules.ts'
import { netnsText } from './text.ts'

interface Redirections {
  readonly namespaces: readonly NetnsRedirection[]
}

type Section = (view: NetnsRedirection, look: Look) => Iterable<string>

/** Namespaces are apart by an empty line. */
const sections = (section: Section): Renderer<Redirections> =>
  function* ({ namespaces }, look) {
    for (const [index, view] of namespaces.entries()) {
      if (index > 0) yield ''
      yield* section(view, look)
    }
  }

/** The published shape, `schemas/dump-redirection.schema.json`. */
const documentOf = ({ namespaces }: Redirections) => ({
  schemaVersion: 1,
  kind: 'Redirection',
  namespaces: namespaces.map(({ recognition: { findings: _, ...recognition }, traffic, findings, ...view }) => ({
    ...view,
    ...recognition,
    traffic,
    findings,
  })),
})

/** Formats of `dump redirection`; `rules` prints every rule with its role. */
export const redirectionRenderers = {
  text: sections(netnsText),
  rules: sections(rulesText),
  json: (view: Redirections) => [printableJson(JSON.stringify(documentOf(view), null, 2))],
  yaml: (view: Redirections) => [yamlText(JSON.parse(JSON.stringify(documentOf(view))))],
} satisfies Readonly<Record<string, Renderer<Redirections>>>
