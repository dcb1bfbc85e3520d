import type { ExplainedTrace } from '#check/for-trace.ts'
import type { Renderer } from '#render/look.ts'
import { traceDot } from './dot.ts'
import { withFindings } from './findings.ts'
import { traceJson } from './json.ts'
import { traceMermaid } from './mermaid.ts'
import type { Density } from './text.ts'
import { traceText } from './text.ts'
import { traceYaml } from './yaml.ts'

/** The formats of a trace; `text` comes in three densities. */
export const traceRenderers = (density: Density): Record<TraceFormat, Renderer<ExplainedTrace>> => ({
  text: density === 'minimal' ? traceText(density) : withFindings(traceText(density)),
  json: traceJson,
  yaml: traceYaml,
  mermaid: traceMermaid,
  dot: traceDot,
})

export const traceFormats = ['text', 'json', 'yaml', 'mermaid', 'dot'] as const

type TraceFormat = (typeof traceFormats)[number]
