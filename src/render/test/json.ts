import { stringify } from 'yaml'
import type { CounterExample, TestResult } from '#assertion/result.ts'
import type { Tested } from '#assertion/tested.ts'
import type { Renderer } from '#render/look.ts'
import { traceDocument } from '#render/trace/json.ts'

/** The published shape of `test`, `schemas/test.schema.json`. Traces come with what contradicts, not with what passed. */
const testDocument = ({ results, coverage }: Tested) => ({
  schemaVersion: 1,
  kind: 'Test',
  results: results.map(resultDocument),
  ...(coverage !== undefined && { coverage }),
})

const resultDocument = ({
  suite,
  name,
  place,
  severity,
  outcome,
  tried,
  contradicted,
  open,
  ignored,
  notes,
}: TestResult) => ({
  suite,
  name,
  place,
  severity,
  outcome: outcome === 'unclear' ? 'undetermined' : outcome,
  tried,
  contradicted: contradicted.map(exampleDocument),
  open: open.map(exampleDocument),
  ignored: ignored.map(({ example, reason, expires }) => ({ ...exampleDocument(example), reason, expires })),
  ...(notes.length > 0 && { notes }),
})

const exampleDocument = ({ code, object, says, trace, expired }: CounterExample) => ({
  code,
  object,
  says,
  ...(expired !== undefined && { expired }),
  ...(trace !== undefined && { trace: traceDocument(trace) }),
})

export const testJson: Renderer<Tested> = tested => [JSON.stringify(testDocument(tested), null, 2)]

export const testNdjson: Renderer<Tested> = ({ results }) =>
  results.map(result => JSON.stringify(resultDocument(result)))

export const testYaml: Renderer<Tested> = tested => [
  stringify(testDocument(tested), { aliasDuplicateObjects: false }).trimEnd(),
]
