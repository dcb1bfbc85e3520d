import type { Renderer } from '#render/look.ts'
import type { Trace } from '#trace/trace.ts'
import { traceDot } from './dot.ts'
import { traceJson } from './json.ts'
import { traceMermaid } from './mermaid.ts'
import type { Density } from './text.ts'
import { traceText } from './text.ts'
import { traceYaml } from './yaml.ts'

/** The formats of a trace; `text` comes in three densities. */
export const traceRenderers = (density: Density): Record<TraceFormat, Renderer<Trace>> => ({
  text: traceText(density),
  json: traceJson,
  yaml: traceYaml,
  mermaid: traceMermaid,
  dot: traceDot,
})

export const traceFormats = ['text', 'json', 'yaml', 'mermaid', 'dot'] as const

type TraceFormat = (typeof traceFormats)[number]
