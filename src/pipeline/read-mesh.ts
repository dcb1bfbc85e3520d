import { findFiles } from '#collect/files.ts'
import { decodeSnapshot } from '#decode/snapshot.ts'
import type { Mesh } from '#model/mesh.ts'
import type { State } from '#model/state.ts'
import { type Choose, collectState } from './collect-state.ts'
import { Holdings } from './holdings.ts'

/** Everything that files say about a mesh: directories, single files, `-` for standard input; gzip or plain. */
export const readMesh = async (paths: readonly string[]): Promise<Mesh> => decodeSnapshot(await findFiles(paths))

/** What files say, or what is chosen of a cluster, read as far as it is needed. */
export const holdingsOf = async (state: State, choose: Choose): Promise<Holdings> =>
  Holdings.of(await collectState(state, choose))
