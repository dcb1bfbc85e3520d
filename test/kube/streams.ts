import { createServer, type Server } from 'node:http'
import { Duplex } from 'node:stream'
import type WebSocket from 'ws'
import { send } from './answer.ts'
import type { Fault } from './faults.ts'

/** What listens on a port of a pod. */
export type PodPort = (path: string) => string | Uint8Array | undefined

/** The server end of a forwarded stream. */
class ForwardedSocket extends Duplex {
  private readonly socket: WebSocket
  private readonly frameSize: number

  constructor(socket: WebSocket, frameSize: number) {
    super()
    this.socket = socket
    this.frameSize = frameSize
    socket.on('message', (data: Buffer) => {
      if (data[0] === 0 && data.length > 1) this.push(data.subarray(1))
      if (data[0] === 255 && data[1] === 0) this.push(null)
    })
    socket.on('close', () => this.destroy())
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    for (let at = 0; at < chunk.length; at += this.frameSize)
      this.socket.send(Buffer.concat([Buffer.of(0), chunk.subarray(at, at + this.frameSize)]))
    done()
  }

  override _final(done: () => void): void {
    if (this.socket.protocol === 'v5.channel.k8s.io') this.socket.send(Buffer.of(255, 0))
    this.socket.close(1000)
    done()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (this.socket.readyState === this.socket.OPEN) this.socket.terminate()
    done(error)
  }

  /** What `http` expects of a socket. */
  setTimeout(): this {
    return this
  }
}

/** Plays the kubelet for one forwarded port: each channel begins with the port number, low byte first. */
export const forwardPort = (
  socket: WebSocket,
  port: number,
  listener: PodPort | undefined,
  faultOf: (path: string) => Fault | undefined,
  early: Fault | undefined,
): void => {
  const number = Buffer.of(port & 0xff, port >> 8)
  if (early?.kind === 'odd-frames') {
    socket.send(Buffer.alloc(0))
    socket.send(Buffer.of(9, 1, 2, 3))
    socket.send('text')
    socket.send(Buffer.of(0))
  }
  for (const channel of [0, 1])
    if (early?.kind === 'split-frames') for (const byte of number) socket.send(Buffer.of(channel, byte))
    else socket.send(Buffer.concat([Buffer.of(channel), number]))
  if (early?.kind === 'stall') return
  if (early?.kind === 'reset') {
    socket.terminate()
    return
  }
  if (early?.kind === 'port-error' || listener === undefined) {
    const message =
      early?.kind === 'port-error'
        ? early.message
        : `error forwarding port ${port}: failed to connect to localhost:${port} inside namespace: connection refused`
    socket.send(Buffer.concat([Buffer.of(1), Buffer.from(message)]))
    socket.close(1000)
    return
  }
  admin(listener, faultOf).emit('connection', new ForwardedSocket(socket, early?.kind === 'split-frames' ? 7 : 16_384))
}

const admin = (listener: PodPort, faultOf: (path: string) => Fault | undefined): Server =>
  createServer((request, response) => {
    const path = request.url ?? ''
    const body = listener(path)
    send(response, body === undefined ? 404 : 200, body ?? '', faultOf(path)).catch(() => response.destroy())
  })

export interface CommandResult {
  readonly out: string
  readonly err?: string
  readonly code?: number
}

/** Plays exec: the output in frames, then the status; protocol 4 and 5 tell the exit code in a Status object. */
export const runCommand = (socket: WebSocket, result: CommandResult, fault: Fault | undefined): void => {
  const {
    out,
    err = '',
    code = 0,
  } = fault?.kind === 'exit' ? { out: '', err: fault.message, code: fault.code } : result
  if (fault?.kind === 'stall') return
  if (fault?.kind === 'reset') {
    socket.terminate()
    return
  }
  const bytes = Buffer.from(out)
  const half = ['truncate', 'no-status', 'reset-mid-stream'].includes(fault?.kind ?? '')
  const shown = half ? bytes.subarray(0, bytes.length / 2) : bytes
  for (let at = 0; at < shown.length; at += 16_384)
    socket.send(Buffer.concat([Buffer.of(1), shown.subarray(at, at + 16_384)]))
  if (err !== '') socket.send(Buffer.concat([Buffer.of(2), Buffer.from(err)]))
  if (fault?.kind === 'reset-mid-stream') {
    socket.terminate()
    return
  }
  const status =
    code === 0
      ? { status: 'Success' }
      : {
          status: 'Failure',
          reason: 'NonZeroExitCode',
          message: `command terminated with exit code ${code}`,
          details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
        }
  if (fault?.kind !== 'no-status') socket.send(Buffer.concat([Buffer.of(3), Buffer.from(JSON.stringify(status))]))
  socket.close(1000)
}
