import type { ExplainedTrace } from '#check/for-trace.ts'
import type { Renderer } from '#render/look.ts'
import { paint } from '#render/paint.ts'
import { printable } from '#render/printable.ts'
import { verdictsOf } from '#trace/trace.ts'
import { folded } from './folded.ts'

/** What is wrong along the path, after the trace: why it is refused or what else to mind, and what to change. */
export const withFindings = (render: Renderer<ExplainedTrace>): Renderer<ExplainedTrace> =>
  function* (trace, look) {
    yield* render(trace, look)
    const { bold, red, yellow } = paint(look)
    const isRefused = verdictsOf(trace).some(({ kind }) => kind === 'rejected')
    for (const { code, severity, title, says, fix } of trace.findings ?? []) {
      yield ''
      yield `${severity === 'error' && isRefused ? red('why') : yellow('mind')}  ${bold(code)} ${printable(title)}`
      yield* folded(says, look, '     ', '     ')
      yield* folded(fix, look, 'fix  ', '     ')
    }
  }
