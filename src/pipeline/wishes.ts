import type { About, InputFile } from '#decode/input.ts'

/** Says whether something is wanted, by what it is and whose. */
export type Wish = (about: About) => boolean

/** Not of the whole mesh, as Kubernetes objects are. */
export const isOfOne = (about: About | undefined): about is About =>
  about !== undefined && about.kind !== 'kubernetes' && about.kind !== 'lost'

export const isZtunnelDump: Wish = ({ kind }) => kind === 'ztunnel-config-dump'

/** Bytes of dumps, rules and logs that are decoded at a time: some hundred MB of memory. */
export const bytesAtATime = 128 * 1024 * 1024

export const sizeOf = (files: readonly InputFile[]): number => files.reduce((sum, { size }) => sum + size, 0)
