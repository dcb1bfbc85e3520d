import { stringify } from 'yaml'
import type { ExplainedTrace } from '#check/for-trace.ts'
import type { Renderer } from '#render/look.ts'
import { traceDocument } from './json.ts'

export const traceYaml: Renderer<ExplainedTrace> = trace => [
  stringify(traceDocument(trace), { aliasDuplicateObjects: false }).trimEnd(),
]
