import type { Look } from '#render/look.ts'

/** Somebody looks at it, rather than a program or a file. */
export const isScreen = ({ width }: Look): boolean => Number.isFinite(width)

/** A box of more rows takes longer than a list, which is written row by row (specs/dependencies.md §A.4). */
export const mostBoxedRows = 500

export interface Box {
  readonly head?: readonly string[]
  /** Cells by their lines; they are escaped, and may be coloured. */
  readonly rows: readonly (readonly (readonly string[])[])[]
}

/** Columns that the borders and gaps of a box take beside its cells. */
export const boxBorders = (columns: number): number => 3 * columns + 1

/** The lines of a box, as wide as its cells need. Its package is loaded when the first box is drawn. */
export const boxed = async ({ head, rows }: Box): Promise<readonly string[]> => {
  const { default: Table } = await import('cli-table3')
  const table = new Table({
    ...(head === undefined ? {} : { head: [...head] }),
    chars: head === undefined ? noLines : {},
    style: { head: [], border: [], compact: true },
  })
  table.push(...rows.map(cells => cells.map(lines => lines.join('\n'))))
  return table.toString().split('\n')
}

const noLines = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' }
