import type { InputContent, InputFile } from '#decode/input.ts'

/** Whose state an item is. */
export interface Subject {
  readonly node?: string
  readonly namespace?: string
  readonly pod?: string
}

/** One piece of evidence, the same from a cluster and in a snapshot (DESIGN §4). */
export interface Item {
  /** Below the snapshot: `ztunnel/node1/config_dump.json`. */
  readonly path: string
  /** `ztunnel-config-dump`, `envoy-clusters`, `kubernetes`, … */
  readonly kind: string
  readonly subject: Subject
  /** How it was had, for people: `port-forward to pod istio-system/ztunnel-x, port 15000, /config_dump`. */
  readonly how: string
  readonly capturedAt: Date
  readonly content: InputContent
}

export const fileOf = ({ path, content }: Item): InputFile => ({ path, place: path.split('/'), alone: false, content })
