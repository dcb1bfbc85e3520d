import type { SnapshotTaken } from '#model/snapshot.ts'
import type { Renderer } from '#render/look.ts'
import { printable } from '#render/printable.ts'

export const snapshotText: Renderer<SnapshotTaken> = function* ({ path, files, missing }) {
  yield `${printable(path)}: ${files} files${missing === 0 ? '' : `, ${missing} missing: run it again to try only those`}`
}
