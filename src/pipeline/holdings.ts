import { findFiles } from '#collect/files.ts'
import { aboutProxy, namedBeside } from '#decode/about.ts'
import type { About, InputFile } from '#decode/input.ts'
import { decodeMesh, type ReadFile, readFile, requireAnything } from '#decode/snapshot.ts'
import { indexed } from '#decode/snapshot-index.ts'
import { UserError } from '#errors.ts'
import type { DecodeIssue } from '#model/issue.ts'
import type { KubernetesObjects } from '#model/kubernetes.ts'
import type { Mesh, Unread } from '#model/mesh.ts'
import { bytesAtATime, isOfOne, isZtunnelDump, sizeOf, type Wish } from './wishes.ts'

/**
 * The files of a mesh. Of a large one only what concerns the whole mesh is read at once, with one ztunnel because all hold
 * the same; dumps, rules and logs of single nodes and pods when they are wanted, up to a bound.
 */
export class Holdings {
  private readonly read = new Map<InputFile, ReadFile>()
  /** What was not read so far, and whose it is. */
  private readonly waiting = new Map<InputFile, About>()
  /** Wanted, and more than there is room for. */
  private readonly refused = new Set<InputFile>()
  private held = 0
  private made: Mesh | undefined

  private readonly limit: number

  private constructor(limit: number) {
    this.limit = limit
  }

  static async at(paths: readonly string[]): Promise<Holdings> {
    return Holdings.of(await findFiles(paths))
  }

  static async of(files: readonly InputFile[], limit: number = bytesAtATime): Promise<Holdings> {
    const holdings = new Holdings(limit)
    if (sizeOf(files) <= limit) for (const file of files) await holdings.take(file)
    else await holdings.begin(await indexed(files))
    requireAnything([...holdings.read.values()])
    return holdings
  }

  /** Everything that was read so far. */
  mesh(): Mesh {
    this.made ??= decodeMesh([...this.read.values()], this.unread())
    return { ...this.made, issues: [...this.made.issues, ...[...this.refused].map(noRoomFor)] }
  }

  /** Whose files wait to be read. */
  get unreadOf(): readonly About[] {
    return [...this.waiting.values()]
  }

  /** Throws a UserError when this is more than can be read at a time. */
  async fetchAll(isWanted: Wish, narrower: string): Promise<Mesh> {
    const files = this.waitingFor(isWanted)
    if (sizeOf(files) > this.limit && files.length > 1)
      throw new UserError(
        'usage',
        `${files.length} files with ${megabytes(files)} MB are too much to be shown together`,
        {
          next: [narrower],
        },
      )
    for (const file of files) await this.take(file)
    return this.mesh()
  }

  /**
   * Reads what is wanted and was not read before, one wish after the other, each as a whole and as long as there is room.
   * False when that was nothing.
   */
  async fetch(wishes: Iterable<Wish>): Promise<boolean> {
    const before = this.read.size
    for (const isWanted of wishes) {
      const files = this.waitingFor(isWanted)
      const size = sizeOf(files)
      const hasRoom = this.held === 0 || this.held + size <= this.limit
      if (hasRoom) this.held += size
      for (const file of files)
        if (hasRoom) await this.take(file)
        else this.refused.add(file)
    }
    return this.read.size > before
  }

  /**
   * The mesh in portions, each with what concerns the whole mesh and everything of some nodes. They are half as large as
   * there is room: one is read while the one before is not yet forgotten.
   */
  async *portions(): AsyncGenerator<Mesh> {
    if (this.waiting.size === 0) return yield this.mesh()
    const nodes = nodesOf(this.mesh().kubernetes)
    const byNode = this.waitingBy(about => about.node ?? nodes.get(podOf(about)) ?? podOf(about))
    for (const files of portionsOf(byNode, this.limit / 2)) yield await this.meshWith(files)
  }

  /** The mesh again and again, each time with what is wanted of one more pod instead of the one before. */
  async *eachPod(isWanted: Wish): AsyncGenerator<Mesh> {
    for (const files of this.waitingBy(podOf, isWanted)) yield await this.meshWith(files)
  }

  private async begin(files: readonly InputFile[]): Promise<void> {
    for (const file of files) {
      const read = isOfOne(file.about) ? undefined : await readFile(file)
      const about = read === undefined ? file.about : aboutProxy(read)
      if (about !== undefined) this.waiting.set(file, about)
      else if (read !== undefined) this.read.set(file, read)
    }
    for (const [file, about] of namedBeside(this.waiting)) this.waiting.set(file, about)
    const [first] = this.waitingFor(isZtunnelDump)
    if (first !== undefined) await this.take(first)
  }

  private async take(file: InputFile): Promise<void> {
    this.made = undefined
    this.waiting.delete(file)
    this.read.set(file, await readFile(file))
  }

  private async meshWith(files: readonly InputFile[]): Promise<Mesh> {
    const read = [...this.read.values()]
    for (const file of files) read.push(await readFile(file))
    return decodeMesh(read, this.unread(files))
  }

  private unread(but: readonly InputFile[] = []): readonly Unread[] {
    return [...this.waiting].flatMap(([file, about]) => (but.includes(file) ? [] : unreadProxy(about)))
  }

  private waitingFor(isWanted: Wish): readonly InputFile[] {
    return [...this.waiting].flatMap(([file, about]) => (isWanted(about) ? [file] : []))
  }

  private waitingBy(keyOf: (about: About) => string, isWanted: Wish = tellsOfMesh): readonly (readonly InputFile[])[] {
    const groups = new Map<string, InputFile[]>()
    for (const [file, about] of this.waiting)
      if (isWanted(about)) groups.set(keyOf(about), [...(groups.get(keyOf(about)) ?? []), file])
    return [...groups.values()]
  }
}

const megabytes = (files: readonly InputFile[]): string => Math.round(sizeOf(files) / 1e6).toLocaleString('en')

const noRoomFor = ({ path }: InputFile): DecodeIssue => ({
  severity: 'warning',
  file: path,
  at: '',
  expected: 'a mesh that is read as a whole',
  found: `that no more than ${bytesAtATime / 1024 / 1024} MB are decoded at a time: it was not read`,
})

/** What waypoints count is for people. */
const tellsOfMesh: Wish = ({ kind, node, pod }) => kind !== 'metrics' || node !== undefined || pod === undefined

const podOf = ({ namespace, pod }: About): string => `${namespace}/${pod}`

/** The node of each pod, by `namespace/name`. */
export const nodesOf = (kubernetes: KubernetesObjects): ReadonlyMap<string, string> =>
  new Map(kubernetes.of('Pod').map(({ namespace, name, spec }) => [`${namespace}/${name}`, String(spec.nodeName)]))

const unreadProxy = (about: About): readonly Unread[] => {
  if (isZtunnelDump(about)) return [{ kind: 'ztunnel', name: about.node ?? podOf(about) }]
  return about.kind === 'envoy-config-dump' ? [{ kind: 'waypoint', name: podOf(about) }] : []
}

/** Groups together as long as there is room; a larger one is a portion by itself. */
function* portionsOf(groups: readonly (readonly InputFile[])[], limit: number): Iterable<readonly InputFile[]> {
  let portion: InputFile[] = []
  for (const group of groups) {
    if (portion.length > 0 && sizeOf(portion) + sizeOf(group) > limit) {
      yield portion
      portion = []
    }
    portion.push(...group)
  }
  if (portion.length > 0) yield portion
}
