import { type IncomingMessage, request as plainRequest } from 'node:http'
import { type Agent, type RequestOptions, request as tlsRequest } from 'node:https'
import { text } from 'node:stream/consumers'
import WebSocket from 'ws'
import { UserError } from '#errors.ts'
import { type Body, readBody, unpacked } from './body.ts'
import { ClusterFailure, connectionFailure, statusFailure } from './failure.ts'
import type { Access } from './kubeconfig.ts'
import { type Patience, persistently } from './patience.ts'
import type { Right } from './right.ts'

/** One request to the API server. */
export interface Asking {
  readonly path: string
  /** For messages: `pods of all namespaces`. */
  readonly what: string
  /** What RBAC has to allow, for the message when it does not. */
  readonly right?: Right
  readonly method?: 'GET' | 'POST' | 'PATCH'
  readonly body?: unknown
  readonly accept?: string
}

const contentTypes = { GET: undefined, POST: 'application/json', PATCH: 'application/strategic-merge-patch+json' }

/** Milliseconds that a socket gets to close politely. */
const closingTime = 200

/** The API server of one cluster as one user. Every connection it opens is closed by `close`. */
export class ApiServer {
  readonly access: Access
  readonly patience: Patience
  private readonly sockets = new Set<WebSocket>()
  private prepared: Promise<RequestOptions> | undefined
  private agent: Agent | undefined

  constructor(access: Access, patience: Patience) {
    this.access = access
    this.patience = patience
  }

  /** A JSON answer. Fails with a ClusterFailure. */
  json(asking: Asking): Promise<unknown> {
    return this.persistently(asking.what, signal => this.answer(asking, signal))
  }

  /** The same, once: for who asks again anyway. */
  async answer(asking: Asking, signal: AbortSignal): Promise<unknown> {
    const body = await this.once(asking, signal)
    return parse(body instanceof Uint8Array ? Buffer.from(body).toString() : await textOf(body), asking.what)
  }

  /** An answer as it came, such as a log. */
  bytes(asking: Asking): Promise<Body> {
    return this.persistently(asking.what, signal => this.once(asking, signal))
  }

  /** Retries what may pass, inside the time of one piece of evidence. */
  persistently<T>(
    what: string,
    attempt: (signal: AbortSignal) => Promise<T>,
    onRetry?: (failure: ClusterFailure) => void,
  ): Promise<T> {
    return persistently(what, this.patience, attempt, failure => {
      onRetry?.(failure)
    })
  }

  /** A WebSocket to a subresource of a pod, open and paused until its frames are listened for; once, without retries. */
  async socket(asking: Asking, protocols: readonly string[], signal: AbortSignal): Promise<WebSocket> {
    const url = this.urlOf(asking.path)
    url.protocol = url.protocol === 'http:' ? 'ws:' : 'wss:'
    const options = await this.options()
    const socket = new WebSocket(url, [...protocols], {
      ...options,
      headers: { ...options.headers },
      perMessageDeflate: false,
      skipUTF8Validation: true,
    })
    this.sockets.add(socket)
    socket.once('close', () => this.sockets.delete(socket))
    try {
      await this.opened(socket, asking, signal)
      return socket
    } catch (error) {
      socket.on('error', () => undefined)
      socket.terminate()
      throw error
    }
  }

  /** Ends every stream and connection. */
  close(): void {
    for (const socket of this.sockets) socket.terminate()
    this.agent?.destroy()
  }

  private opened(socket: WebSocket, asking: Asking, signal: AbortSignal): Promise<void> {
    return new Promise((open, fail) => {
      const abort = () => fail(new ClusterFailure('timeout', `${asking.what}: no answer`))
      if (signal.aborted) abort()
      signal.addEventListener('abort', abort, { once: true })
      socket.once('open', () => {
        signal.removeEventListener('abort', abort)
        // Frames may come with the answer itself: they wait for whoever listens.
        socket.pause()
        open()
      })
      socket.once('error', cause => fail(connectionFailure(cause, this.access)))
      socket.once('unexpected-response', (_request, answer) => {
        this.refused(answer, asking).then(fail, fail)
      })
    })
  }

  private async once(asking: Asking, signal: AbortSignal): Promise<Body> {
    try {
      const answer = await this.send(asking, signal)
      if (answer.statusCode !== 200 && answer.statusCode !== 201) throw await this.refused(answer, asking)
      return await readBody(unpacked(answer))
    } catch (error) {
      throw error instanceof UserError ? error : connectionFailure(error, this.access)
    }
  }

  private async send({ path, method = 'GET', body, accept = 'application/json' }: Asking, signal: AbortSignal) {
    const url = this.urlOf(path)
    const options = await this.options()
    const headers = {
      ...options.headers,
      accept,
      'accept-encoding': 'gzip',
      'user-agent': 'ambientctl',
      ...(contentTypes[method] !== undefined && { 'content-type': contentTypes[method] }),
    }
    const start = url.protocol === 'http:' ? plainRequest : tlsRequest
    return new Promise<IncomingMessage>((answered, failed) => {
      const sent = start(url, { ...options, method, headers, signal }, answered)
      sent.on('error', failed)
      sent.end(body === undefined ? undefined : JSON.stringify(body))
    })
  }

  private async refused(answer: IncomingMessage, { what, right }: Asking): Promise<ClusterFailure> {
    if (answer.statusCode === 401) this.prepared = undefined
    const seconds = Number(answer.headers['retry-after'])
    return statusFailure(answer.statusCode ?? 0, await text(unpacked(answer)).catch(() => ''), {
      what,
      right,
      retryAfter: Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined,
    })
  }

  private urlOf(path: string): URL {
    const base = this.access.server.href.replace(/\/$/, '')
    return new URL(`${base}${path}`)
  }

  /** Credentials are asked for once, and again after they were refused. */
  private options(): Promise<RequestOptions> {
    this.prepared ??= this.access.options().then(options => {
      if (this.agent === undefined && typeof options.agent === 'object') {
        this.agent = options.agent as Agent
        this.agent.maxSockets = 32
        Object.assign(this.agent, { keepAlive: true })
      }
      return options
    })
    return this.prepared
  }
}

/** Closes a socket politely, and for good when the other side does not answer. */
export const closeSocket = (socket: WebSocket): void => {
  socket.on('error', () => undefined)
  socket.close()
  setTimeout(() => socket.terminate(), closingTime).unref()
}

const textOf = async (body: () => AsyncIterable<Uint8Array>): Promise<string> => {
  const decoder = new TextDecoder()
  let whole = ''
  for await (const chunk of body()) whole += decoder.decode(chunk, { stream: true })
  return whole
}

const parse = (json: string, what: string): unknown => {
  try {
    return JSON.parse(json)
  } catch (cause) {
    throw new ClusterFailure('unreachable', `${what}: the answer is no complete JSON`, { cause, transient: true })
  }
}
