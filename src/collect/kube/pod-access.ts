import { type IncomingMessage, request } from 'node:http'
import type { ApiServer } from './api-server.ts'
import { closeSocket } from './api-server.ts'
import { type Body, readBody, unpacked } from './body.ts'
import { ClusterFailure } from './failure.ts'
import { bytesOf, PodStream } from './pod-stream.ts'
import { type Right, streamVerbs } from './right.ts'

export interface PodName {
  readonly namespace: string
  readonly name: string
}

export const podPath = ({ namespace, name }: PodName): string => `/api/v1/namespaces/${namespace}/pods/${name}`

export const rightToLogs = (namespace?: string): Right => ({
  verbs: ['get'],
  group: '',
  resource: 'pods/log',
  namespace,
})

/** The log of a container, or its last lines. */
export const readLog = (server: ApiServer, pod: PodName, container: string, lines?: number): Promise<Body> => {
  const query = new URLSearchParams({ container, ...(lines !== undefined && { tailLines: String(lines) }) })
  return server.bytes({
    path: `${podPath(pod)}/log?${query}`,
    what: `the log of pod ${pod.namespace}/${pod.name}`,
    right: rightToLogs(pod.namespace),
    accept: '*/*',
  })
}

/** All of a log. Throws a ClusterFailure when it is too large to be one text. */
export const logOf = async (server: ApiServer, pod: PodName, container: string): Promise<string> => {
  const body = await readLog(server, pod, container)
  if (body instanceof Uint8Array) return Buffer.from(body).toString()
  throw new ClusterFailure('unreachable', `the log of pod ${pod.namespace}/${pod.name} is too large`)
}

const protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io']

/** What the admin port of a pod answers to a GET; one stream, once. */
export const askPod = async (
  server: ApiServer,
  pod: PodName,
  port: number,
  path: string,
  signal: AbortSignal,
): Promise<Body> => {
  const what = `port ${port} of pod ${pod.namespace}/${pod.name}`
  const socket = await server.socket(
    {
      path: `${podPath(pod)}/portforward?ports=${port}`,
      what,
      right: { verbs: streamVerbs, group: '', resource: 'pods/portforward', namespace: pod.namespace },
    },
    protocols,
    signal,
  )
  const stream = new PodStream(socket)
  try {
    const answer = await answerOn(stream, port, path, signal)
    if (answer.statusCode !== 200) throw notAnAdminPort(what, path, answer.statusCode)
    return await readBody(unpacked(answer))
  } catch (error) {
    throw error instanceof ClusterFailure ? error : cutOff(what, error)
  } finally {
    stream.destroy()
  }
}

const answerOn = (stream: PodStream, port: number, path: string, signal: AbortSignal): Promise<IncomingMessage> =>
  new Promise((answered, failed) => {
    const sent = request(
      {
        createConnection: () => stream,
        host: 'localhost',
        path,
        headers: { host: `localhost:${port}`, connection: 'close', 'accept-encoding': 'gzip' },
        signal,
      },
      answered,
    )
    sent.on('error', failed)
    sent.end()
  })

const notAnAdminPort = (what: string, path: string, status: number | undefined): ClusterFailure =>
  new ClusterFailure('unreachable', `${what}: ${path} answered ${status}`, {
    transient: status === 503 || status === 429,
    next: ['is the admin port another one? see proxyAdminPort of the mesh configuration'],
  })

const cutOff = (what: string, cause: unknown): ClusterFailure =>
  new ClusterFailure('unreachable', `${what}: the answer broke off`, { cause, transient: true })

export interface Executed {
  readonly out: string
  readonly err: string
  /** 0 for success. */
  readonly code: number
}

const [outChannel, errChannel, statusChannel] = [1, 2, 3]

/** Runs a command in a container to its end; once. Fails when the end was not told: the output may be cut. */
export const execIn = async (
  server: ApiServer,
  pod: PodName & { readonly container: string },
  command: readonly string[],
  signal: AbortSignal,
): Promise<Executed> => {
  const what = `exec in pod ${pod.namespace}/${pod.name}`
  const query = new URLSearchParams({ container: pod.container, stdout: 'true', stderr: 'true' })
  for (const word of command) query.append('command', word)
  const socket = await server.socket(
    {
      path: `${podPath(pod)}/exec?${query}`,
      what,
      right: { verbs: streamVerbs, group: '', resource: 'pods/exec', namespace: pod.namespace },
    },
    protocols,
    signal,
  )
  const channels = new Map<number, Buffer[]>()
  try {
    await new Promise<void>((end, fail) => {
      socket.on('message', data => {
        const frame = bytesOf(data)
        channels.set(frame[0] ?? 0, [...(channels.get(frame[0] ?? 0) ?? []), frame.subarray(1)])
      })
      socket.on('close', () => end())
      socket.on('error', fail)
      signal.addEventListener('abort', fail, { once: true })
      socket.resume()
    }).catch((cause: unknown) => {
      throw cutOff(what, cause)
    })
  } finally {
    closeSocket(socket)
  }
  const text = (channel: number) => Buffer.concat(channels.get(channel) ?? []).toString()
  return { out: text(outChannel), err: text(errChannel), code: exitCode(text(statusChannel), what) }
}

/** The last word on the status channel: a Status object whose details carry the exit code. */
const exitCode = (status: string, what: string): number => {
  if (status === '') throw cutOff(what, 'the stream ended without a status')
  try {
    const told = JSON.parse(status) as {
      readonly status?: string
      readonly message?: string
      readonly details?: { readonly causes?: readonly { readonly reason?: string; readonly message?: string }[] }
    }
    if (told.status === 'Success') return 0
    const code = told.details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message
    if (code !== undefined) return Number(code)
    throw new ClusterFailure('unreachable', `${what}: the command did not start`, { cause: told.message })
  } catch (error) {
    throw error instanceof ClusterFailure ? error : cutOff(what, error)
  }
}
