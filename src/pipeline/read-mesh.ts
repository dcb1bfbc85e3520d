import { readFiles } from '#collect/files.ts'
import { decodeSnapshot } from '#decode/snapshot.ts'
import type { Mesh } from '#model/mesh.ts'

/** Everything that files say about a mesh: directories, single files, `-` for standard input; gzip or plain. */
export const readMesh = async (paths: readonly string[]): Promise<Mesh> => decodeSnapshot(await readFiles(paths))
