import { readFiles } from '#collect/files.ts'
import { decodeSnapshot } from '#decode/snapshot.ts'
import type { Mesh } from '#model/mesh.ts'
import type { State } from '#model/state.ts'
import { type Choose, collectState } from './collect-state.ts'

/** Everything that files say about a mesh: directories, single files, `-` for standard input; gzip or plain. */
export const readMesh = async (paths: readonly string[]): Promise<Mesh> => decodeSnapshot(await readFiles(paths))

/** The same of files or of a cluster, of which what is chosen is collected. */
export const meshOf = async (state: State, choose: Choose): Promise<Mesh> =>
  decodeSnapshot(await collectState(state, choose))
