import type { Renderer } from '#render/look.ts'
import type { Trace } from '#trace/trace.ts'
import { graphOf } from './graph.ts'

/** A Mermaid flow chart, for Markdown pages. */
export const traceMermaid: Renderer<Trace> = function* (trace) {
  const { nodes, edges } = graphOf(trace)
  yield 'flowchart TD'
  for (const { id, lines, verdict } of nodes)
    yield `  ${id}["${lines.map(quoted).join('<br/>')}"]${verdict === undefined ? '' : `:::${verdict}`}`
  for (const { from, to, label, aside } of edges)
    yield `  ${from} ${aside ? '-.->' : '-->'}${label === '' ? '' : `|"${quoted(label)}"|`} ${to}`
  yield '  classDef delivered fill:#d4f4dd,stroke:#1a7f37'
  yield '  classDef rejected fill:#ffd8d3,stroke:#cf222e'
  yield '  classDef undetermined fill:#fff1c2,stroke:#9a6700'
}

/** Mermaid takes HTML entities written with # for the characters that end a label or start a tag. */
const quoted = (text: string): string => text.replace(/[#&"<>`]/g, character => `#${character.charCodeAt(0)};`)
