import type { Renderer } from '#render/look.ts'
import { paint } from '#render/paint.ts'
import { printable } from '#render/printable.ts'

/** Why a run ended without an answer. */
export interface Failure {
  readonly title: string
  readonly message: string
  readonly details: readonly string[]
  readonly causes: readonly string[]
  readonly next: readonly string[]
  readonly stack: readonly string[]
}

export const failureText: Renderer<Failure> = function* ({ title, message, details, causes, next, stack }, look) {
  const colours = paint(look)
  yield `${colours.red(`${title}:`)} ${printable(message)}`
  for (const detail of details) yield `  ${printable(detail)}`
  for (const cause of causes) yield `  because: ${printable(cause)}`
  for (const step of next) yield `  ${colours.bold('try:')} ${printable(step)}`
  for (const frame of stack) yield colours.dim(printable(frame))
}
