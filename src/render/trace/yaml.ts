import { stringify } from 'yaml'
import type { Renderer } from '#render/look.ts'
import type { Trace } from '#trace/trace.ts'
import { traceDocument } from './json.ts'

export const traceYaml: Renderer<Trace> = trace => [
  stringify(traceDocument(trace), { aliasDuplicateObjects: false }).trimEnd(),
]
