import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { createInterface, type Interface } from 'node:readline'
import type { ListenerSpec } from './world.ts'

export interface Sent {
  readonly netns: string
  readonly proto: 'tcp' | 'udp'
  readonly dst: string
  readonly port: number
  readonly src?: string
  readonly sport: number
  readonly mark?: number
}

export interface Seen {
  readonly outcome: 'arrived' | 'refused' | 'error' | 'timeout'
  readonly error?: string
  /** Addresses as `address|port`. */
  readonly at?: {
    readonly listener: string
    readonly local?: string
    readonly peer: string
    readonly meant?: string | null
  }
}

/** The process that opens sockets inside the namespaces; one request at a time. */
export class Sockets {
  private readonly child: ChildProcessWithoutNullStreams
  private readonly lines: Interface
  private errors = ''

  constructor(script: string) {
    this.child = spawn('python3', [script])
    this.lines = createInterface({ input: this.child.stdout })
    this.child.stderr.on('data', data => {
      this.errors += String(data)
    })
  }

  listen(prefix: string, specs: readonly ListenerSpec[]): Promise<unknown> {
    return this.ask({ listen: specs.map(spec => ({ ...spec, netns: prefix + spec.netns })) })
  }

  /** Sends all at once and waits at most `wait` seconds for each answer. */
  async send(sent: readonly Sent[], wait: number): Promise<readonly Seen[]> {
    const { results } = (await this.ask({ send: sent, wait })) as { results: Seen[] }
    return results
  }

  closeAll(): Promise<unknown> {
    return this.ask({ close: true })
  }

  end(): void {
    this.child.stdin.end()
  }

  private ask(request: object): Promise<unknown> {
    return new Promise((answer, fail) => {
      const gone = () => fail(new Error(`the socket process ended: ${this.errors}`))
      this.child.once('exit', gone)
      this.lines.once('line', line => {
        this.child.off('exit', gone)
        answer(JSON.parse(line))
      })
      this.child.stdin.write(`${JSON.stringify(request)}\n`)
    })
  }
}
