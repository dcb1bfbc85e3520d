/** Headers of which Envoy keeps one line: further values are joined to it. */
const oneLine = new Set(
  (
    'accept accept-encoding access-control-request-headers access-control-request-method ' +
    'access-control-request-private-network authorization cache-control cdn-loop connection content-encoding content-type ' +
    'expect grpc-accept-encoding grpc-timeout if-match if-modified-since if-none-match if-range if-unmodified-since origin ' +
    'pragma proxy-status referer te upgrade user-agent via x-client-trace-id x-envoy-attempt-count ' +
    'x-envoy-decorator-operation x-envoy-downstream-service-cluster x-envoy-downstream-service-node ' +
    'x-envoy-external-address x-envoy-ip-tags x-envoy-original-host x-envoy-original-path x-envoy-original-url ' +
    'x-forwarded-client-cert x-forwarded-for x-forwarded-host x-forwarded-port x-forwarded-proto x-request-id'
  ).split(' '),
)

/** HTTP headers in order, names in lower case; pseudo-headers are ordinary entries. */
export class Headers {
  private entries: (readonly [name: string, value: string])[]
  private byName: Map<string, string[]> | undefined

  constructor(entries: Iterable<readonly [string, string]> = []) {
    this.entries = []
    for (const [name, value] of entries) this.add(name, value)
  }

  all(name: string): readonly string[] {
    this.byName ??= this.index()
    return this.byName.get(name.toLowerCase()) ?? []
  }

  /** The first value. */
  get(name: string): string | undefined {
    return this.all(name)[0]
  }

  has(name: string): boolean {
    return this.all(name).length > 0
  }

  list(): readonly (readonly [name: string, value: string])[] {
    return this.entries
  }

  set(name: string, value: string): void {
    const key = name.toLowerCase()
    const at = this.entries.findIndex(([entry]) => entry === key)
    this.entries = this.entries.filter(([entry], index) => entry !== key || index === at)
    if (at < 0) this.entries.push([key, value])
    else this.entries[at] = [key, value]
    this.byName = undefined
  }

  /** Another line, or of a header that has one line only a further value behind a comma. */
  add(name: string, value: string): void {
    const key = name.toLowerCase()
    const at = oneLine.has(key) ? this.entries.findIndex(([entry]) => entry === key) : -1
    const before = this.entries[at]?.[1]
    if (before === undefined) this.entries.push([key, value])
    else this.entries[at] = [key, [before, value].filter(part => part !== '').join(',')]
    this.byName = undefined
  }

  remove(name: string): void {
    const key = name.toLowerCase()
    this.entries = this.entries.filter(([entry]) => entry !== key)
    this.byName = undefined
  }

  copy(): Headers {
    return new Headers(this.entries)
  }

  private index(): Map<string, string[]> {
    const byName = new Map<string, string[]>()
    for (const [name, value] of this.entries) {
      const values = byName.get(name)
      if (values === undefined) byName.set(name, [value])
      else values.push(value)
    }
    return byName
  }
}
