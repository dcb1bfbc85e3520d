import { asRecord, text } from '#model/kubernetes.ts'
import type { ApiServer } from './api-server.ts'
import { ClusterFailure } from './failure.ts'
import { type Kind, kindNamed, listName } from './kinds.ts'
import { isServed, listObjects, noObjects, type ObjectList } from './objects.ts'
import { Slots } from './patience.ts'

const listRequests = 6

/** A kind that could be listed in some namespaces only. */
export interface PartialList {
  readonly what: string
  readonly namespaces: readonly string[]
  readonly refusal: ClusterFailure
}

/**
 * Lists of objects: of the whole cluster, and where that is not permitted of every namespace in which it is. Pods and
 * namespaces, which everything else is found by, are asked for once.
 */
export class Lists {
  private readonly server: ApiServer
  private readonly named: readonly string[]
  private readonly tell: (partial: PartialList) => void
  private readonly requests = new Slots(listRequests)
  private readonly kept = new Map<string, Promise<ObjectList>>()

  /** `named`: namespaces to try where nobody tells which there are. */
  constructor(server: ApiServer, named: readonly string[], tell: (partial: PartialList) => void) {
    this.server = server
    this.named = named
    this.tell = tell
  }

  /** Throws a ClusterFailure when the kind can be listed nowhere. */
  of(kind: Kind): Promise<ObjectList> {
    if (kind.kind !== 'Pod' && kind.kind !== 'Namespace') return this.listed(kind)
    const found = this.kept.get(kind.kind) ?? this.listed(kind)
    this.kept.set(kind.kind, found)
    return found
  }

  private async listed(kind: Kind): Promise<ObjectList> {
    const { insteadOf } = kind
    if (insteadOf !== undefined && (await this.requests.run(() => isServed(this.server, insteadOf))))
      return noObjects(kind)
    try {
      return await this.requests.run(() => listObjects(this.server, kind))
    } catch (error) {
      if (!isRefusal(error)) throw error
      if (!(await isServed(this.server, kind))) return noObjects(kind)
      if (kind.clusterScoped) throw error
      return this.byNamespace(kind, error)
    }
  }

  private async byNamespace(kind: Kind, refusal: ClusterFailure): Promise<ObjectList> {
    const lists = await Promise.all(
      (await this.namespacesFor(kind)).map(namespace =>
        this.requests.run(async () => {
          const list = await listObjects(this.server, kind, namespace).catch(unlessRefusal)
          return list === undefined ? [] : [{ namespace, list }]
        }),
      ),
    )
    const found = lists.flat()
    const [first] = found
    if (first === undefined) throw refusal
    const namespaces = found.map(({ namespace }) => namespace)
    this.tell({ what: listName(kind), namespaces, refusal })
    return { ...first.list, items: found.flatMap(({ list }) => list.items), onlyNamespaces: namespaces }
  }

  /** Whoever may read something of a namespace may most likely read its pods. */
  private async namespacesFor(kind: Kind): Promise<readonly string[]> {
    const pods = kind.kind === 'Pod' ? undefined : await this.of(kindNamed('Pod')).catch(unlessRefusal)
    return pods?.onlyNamespaces ?? (await this.everyNamespace())
  }

  private async everyNamespace(): Promise<readonly string[]> {
    const all = await this.of(kindNamed('Namespace')).catch(unlessRefusal)
    if (all === undefined) return this.named
    return all.items.flatMap(item => text(asRecord(item.metadata).name) ?? []).sort()
  }
}

const isRefusal = (error: unknown): error is ClusterFailure => error instanceof ClusterFailure && error.status === 403

const unlessRefusal = (error: unknown): undefined => {
  if (!isRefusal(error)) throw error
  return undefined
}
