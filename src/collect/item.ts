import type { InputContent, InputFile } from '#decode/input.ts'
import { wholeLimit } from './limits.ts'
import { Shelf } from './shelf.ts'
import { fileFrom } from './stored.ts'

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

/** Items as the files of a snapshot would be, kept for as long as somebody asks for them. */
export class ItemFiles {
  private readonly shelf = new Shelf()

  async fileOf({ path, kind, subject, content }: Item): Promise<InputFile> {
    const named = { path, place: path.split('/'), alone: false, about: { kind, ...subject } }
    if (content.kind !== 'text') {
      const bytes = content.kind === 'large' ? content.bytes : async function* () {}
      return { ...named, size: content.kind === 'large' ? wholeLimit : 0, read: async () => content, bytes }
    }
    const bytes = Buffer.from(content.text)
    const place = this.shelf.begin(bytes.length)
    place.add(bytes)
    const stored = place.end()
    await this.shelf.settled()
    const file = { ...fileFrom(stored, named, false), ...named }
    const { undecoded } = content
    if (undecoded === undefined) return file
    return { ...file, read: async () => ({ ...(await file.read()), undecoded }) }
  }
}
