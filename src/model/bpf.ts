import type { Evidence } from './evidence.ts'

/** A BPF map. `entries` is undefined where only its existence was listed. */
export interface BpfMap {
  readonly name: string
  readonly id?: number
  readonly type?: string
  readonly entries: readonly BpfEntry[] | undefined
  readonly evidence: Evidence
}

/** Raw bytes, in the order of memory. */
export interface BpfEntry {
  readonly key: readonly number[]
  readonly value: readonly number[]
}

export interface BpfProgram {
  readonly id: number
  readonly name: string
  readonly type: string
  readonly tag?: string
  readonly mapIds: readonly number[]
  readonly evidence: Evidence
}

/** Where `bpftool net` sees a program. */
export interface ProgramAttachment {
  readonly device: string
  readonly index: number
  readonly at: 'tc-ingress' | 'tc-egress' | 'xdp' | 'other'
  readonly program: string
  readonly id?: number
  readonly evidence: Evidence
}

/** A filter of `tc filter show`; device and direction come from the file's name where the output has none. */
export interface TcFilter {
  readonly device: string | undefined
  readonly direction: 'ingress' | 'egress' | undefined
  readonly kind: string
  readonly protocol: string
  /** Lower runs first. */
  readonly preference: number
  readonly program?: string
  readonly programId?: number
  readonly directAction: boolean
  readonly evidence: Evidence
}
