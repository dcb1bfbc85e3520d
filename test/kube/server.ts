import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Server, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'
import { type WebSocket, WebSocketServer } from 'ws'
import { send, statusBody } from './answer.ts'
import type { Identity } from './certificates.ts'
import { Faults } from './faults.ts'
import { allows, attributesOf, type Rule } from './rbac.ts'
import { type CommandResult, forwardPort, type PodPort, runCommand } from './streams.ts'

type Members = Readonly<Record<string, unknown>>

/** What a cluster holds. */
export interface Contents {
  /** Objects by `group/version/plural`, the core group being empty: `/v1/pods`. */
  readonly objects: Readonly<Record<string, readonly Members[]>>
  /** Listeners by `namespace/pod:port`. */
  readonly ports: Readonly<Record<string, PodPort>>
  readonly exec?: (pod: string, command: readonly string[]) => CommandResult
  /** Logs by `namespace/pod`. */
  readonly logs?: Readonly<Record<string, string>>
  /** Told of a patch of `pods/ephemeralcontainers`. */
  readonly patched?: (pod: string, body: unknown) => void
}

export interface Settings {
  /** Plain HTTP without one. */
  readonly identity?: Identity | undefined
  readonly rules?: readonly Rule[]
  /** Subprotocols that the kubelet knows, the preferred first. */
  readonly protocols?: readonly string[]
  readonly pageSize?: number
}

/** An API server with kubelets behind it, as far as a reader of a mesh sees them. */
export class TestCluster {
  readonly faults = new Faults()
  /** `VERB PATH` of every request, and those that were upgraded. */
  readonly requests: string[] = []
  /** Their query strings. */
  readonly queries: string[] = []
  readonly headers: IncomingMessage['headers'][] = []
  token = 'good'
  /** The most connections that were open at a time. */
  mostOpen = 0
  private readonly server: Server
  private readonly sockets = new Set<Duplex>()
  private readonly upgrades: WebSocketServer
  private readonly contents: Contents
  private readonly settings: Settings

  private constructor(contents: Contents, settings: Settings) {
    this.contents = contents
    this.settings = settings
    const { protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'], identity } = settings
    this.upgrades = new WebSocketServer({
      noServer: true,
      handleProtocols: offered => protocols.find(protocol => offered.has(protocol)) ?? false,
    })
    const answer = (request: IncomingMessage, response: ServerResponse) => {
      this.answer(request, response).catch(() => response.destroy())
    }
    const server = identity === undefined ? createServer(answer) : createTlsServer({ ...identity }, answer)
    server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) =>
      this.upgrade(request, socket, head),
    )
    server.on(identity === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
      this.sockets.add(socket)
      this.mostOpen = Math.max(this.mostOpen, this.sockets.size)
      socket.on('error', () => undefined)
      socket.on('close', () => this.sockets.delete(socket))
    })
    server.on('tlsClientError', () => undefined)
    this.server = server
  }

  static async start(contents: Contents, settings: Settings = {}): Promise<TestCluster> {
    const cluster = new TestCluster(contents, settings)
    await new Promise<void>(listening => cluster.server.listen(0, '127.0.0.1', listening))
    return cluster
  }

  get url(): string {
    const { port } = this.server.address() as AddressInfo
    return `${this.settings.identity === undefined ? 'http' : 'https'}://127.0.0.1:${port}`
  }

  /** Connections that are open now. */
  get open(): number {
    return this.sockets.size
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy()
    await new Promise(stopped => this.server.close(stopped))
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://server')
    const { method = 'GET' } = request
    this.requests.push(`${method} ${url.pathname}`)
    this.queries.push(url.search)
    this.headers.push(request.headers)
    const fault = this.faults.take(`${method} ${url.pathname}${url.search}`)
    const refusal = this.refusal(request, url)
    if (refusal !== undefined) return send(response, refusal.code, statusBody(refusal.code, refusal.message), fault)
    const { code, body, type } = await this.found(request, method, url)
    await send(response, code, body, fault, type)
  }

  private refusal(request: IncomingMessage, url: URL): { readonly code: number; readonly message: string } | undefined {
    if (request.headers.authorization !== `Bearer ${this.token}`) return { code: 401, message: 'Unauthorized' }
    const asked = attributesOf(request.method ?? 'GET', url.pathname)
    if (asked === undefined || this.settings.rules === undefined || asked.resource === 'selfsubjectaccessreviews')
      return undefined
    const name = asked.name === '' ? (fieldsOf(url.searchParams)['metadata.name'] ?? '') : asked.name
    if (allows(this.settings.rules, { ...asked, name })) return undefined
    return {
      code: 403,
      message: `${asked.resource} is forbidden: User "tester" cannot ${asked.verb} resource "${asked.resource}"`,
    }
  }

  private async found(
    request: IncomingMessage,
    method: string,
    url: URL,
  ): Promise<{ readonly code: number; readonly body: string; readonly type?: string }> {
    const missing = { code: 404, body: statusBody(404, `the server could not find ${url.pathname}`) }
    const asked = attributesOf(method, url.pathname)
    if (asked === undefined) return this.discovered(url.pathname) ?? missing
    const pod = `${asked.namespace}/${asked.name}`
    if (asked.resource === 'selfsubjectaccessreviews') return { code: 201, body: this.review(await text(request)) }
    if (asked.resource === 'pods/ephemeralcontainers') {
      this.contents.patched?.(pod, JSON.parse(await text(request)))
      return { code: 200, body: '{}' }
    }
    if (asked.resource === 'pods/log') {
      const log = this.contents.logs?.[`${pod}/${url.searchParams.get('container')}`] ?? this.contents.logs?.[pod]
      return log === undefined ? missing : { code: 200, body: log, type: 'text/plain' }
    }
    const objects = this.contents.objects[`${asked.group}/${asked.version}/${asked.resource}`]
    if (objects === undefined) return missing
    if (asked.name !== '') {
      const object = objects.find(({ metadata }) => isNamed(metadata as Members, asked))
      return object === undefined ? missing : { code: 200, body: JSON.stringify(object) }
    }
    const chosen = objects.filter(object => isListed(object, asked.namespace, url.searchParams))
    return { code: 200, body: JSON.stringify(this.page(chosen, asked.group, asked.version, url)) }
  }

  /** `/apis/GROUP/VERSION` tells which kinds there are. */
  private discovered(path: string): { readonly code: number; readonly body: string } | undefined {
    const prefix = path.replace(/^\/apis/, '')
    const plurals = Object.keys(this.contents.objects).flatMap(place =>
      place.startsWith(`${prefix}/`) ? [place.slice(prefix.length + 1)] : [],
    )
    if (plurals.length === 0) return undefined
    return { code: 200, body: JSON.stringify({ kind: 'APIResourceList', resources: plurals.map(name => ({ name })) }) }
  }

  private page(objects: readonly Members[], group: string, version: string, url: URL): Members {
    const size = Math.min(
      Number(url.searchParams.get('limit') ?? Number.POSITIVE_INFINITY),
      this.settings.pageSize ?? 500,
    )
    const start = Number(url.searchParams.get('continue') ?? 0)
    const end = start + size
    const kind = String(objects[0]?.kind ?? 'Thing')
    return {
      apiVersion: group === '' ? version : `${group}/${version}`,
      kind: `${kind}List`,
      metadata: { resourceVersion: '1', ...(end < objects.length && { continue: String(end) }) },
      items: objects.slice(start, end).map(({ apiVersion: _, kind: __, ...rest }) => rest),
    }
  }

  private review(body: string): string {
    const {
      verb = '',
      group = '',
      resource = '',
      subresource,
      namespace = '',
      name = '',
    } = JSON.parse(body).spec.resourceAttributes
    const full = subresource === undefined ? resource : `${resource}/${subresource}`
    const allowed =
      this.settings.rules === undefined || allows(this.settings.rules, { verb, group, resource: full, namespace, name })
    return JSON.stringify({ kind: 'SelfSubjectAccessReview', status: { allowed } })
  }

  private upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const url = new URL(request.url ?? '/', 'http://server')
    this.requests.push(`UPGRADE ${url.pathname}`)
    this.queries.push(url.search)
    this.headers.push(request.headers)
    const asked = attributesOf('GET', url.pathname)
    const pod = `${asked?.namespace}/${asked?.name}`
    const fault = this.faults.take(`UPGRADE ${url.pathname}${url.search}`)
    const refusal =
      this.refusal(request, url) ?? (this.hasPod(pod) ? undefined : { code: 404, message: `pods "${pod}" not found` })
    if (fault?.kind === 'reset') socket.destroy()
    else if (fault?.kind === 'stall') return
    else if (fault?.kind === 'status') refuse(socket, fault.code, fault.message ?? 'made to fail')
    else if (fault?.kind === 'instead') socket.end(fault.body)
    else if (refusal !== undefined) refuse(socket, refusal.code, refusal.message)
    else
      this.upgrades.handleUpgrade(request, socket, head, stream => this.serve(stream, url, asked?.resource ?? '', pod))
  }

  private hasPod(pod: string): boolean {
    return (this.contents.objects['/v1/pods'] ?? []).some(({ metadata }) => {
      const { namespace, name } = metadata as Members
      return `${namespace}/${name}` === pod
    })
  }

  private serve(stream: WebSocket, url: URL, resource: string, pod: string): void {
    stream.on('error', () => undefined)
    if (resource === 'pods/portforward') {
      const port = Number(url.searchParams.get('ports'))
      const place = `${pod}:${port}`
      const faultOf = (path: string) => this.faults.take(`${place}${path}`)
      forwardPort(stream, port, this.contents.ports[place], faultOf, this.faults.take(`stream ${place}`))
    } else {
      const command = url.searchParams.getAll('command')
      runCommand(
        stream,
        this.contents.exec?.(pod, command) ?? { out: '', err: 'sh: not found', code: 127 },
        this.faults.take(`exec ${pod}`),
      )
    }
  }
}

/** A namespace, `metadata.name=NAME`, `FIELD=VALUE` and `LABEL=VALUE`. */
const isListed = (object: Members, namespace: string, query: URLSearchParams): boolean => {
  const metadata = object.metadata as Members
  const { 'metadata.name': name = metadata.name, ...fields } = fieldsOf(query)
  const [label, value] = query.get('labelSelector')?.split('=') ?? []
  return (
    (namespace === '' || metadata.namespace === namespace) &&
    metadata.name === name &&
    Object.entries(fields).every(([field, wanted]) => object[field] === wanted) &&
    (label === undefined || (metadata.labels as Members | undefined)?.[label] === value)
  )
}

const fieldsOf = (query: URLSearchParams): Readonly<Record<string, string>> =>
  Object.fromEntries((query.get('fieldSelector') ?? '').split(',').map(field => field.split('=')))

const isNamed = (
  metadata: Members,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): boolean => metadata.name === name && (metadata.namespace ?? '') === namespace

const refuse = (socket: Socket, code: number, message: string): void => {
  const body = statusBody(code, message)
  socket.end(
    `HTTP/1.1 ${code} Refused\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
  )
}
