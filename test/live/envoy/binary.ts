import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const pause = (milliseconds: number): Promise<void> => new Promise(resolve => setTimeout(resolve, milliseconds))

const readIfThere = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

const get = (address: string, path: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const [host, port] = address.split(':')
    const asked = request({ host, port, path, timeout: 5_000 }, response => {
      const parts: Buffer[] = []
      response.on('data', part => parts.push(part))
      response.on('end', () =>
        response.statusCode === 200
          ? resolve(Buffer.concat(parts).toString())
          : reject(new Error(`${path}: ${response.statusCode}`)),
      )
    })
    asked.on('error', reject)
    asked.end()
  })

/** A running Envoy with its admin port; refuses with Envoy's own words when it does not take the configuration. */
export class RunningEnvoy {
  readonly folder: string
  private readonly process: ChildProcess
  private admin = ''

  private constructor(binary: string, configuration: object, files: Readonly<Record<string, string>>) {
    this.folder = mkdtempSync(join(tmpdir(), 'live-envoy-'))
    for (const [name, text] of Object.entries(files)) writeFileSync(join(this.folder, name), text)
    writeFileSync(join(this.folder, 'envoy.json'), JSON.stringify(configuration))
    const log = join(this.folder, 'envoy.log')
    this.process = spawn(
      binary,
      ['-c', 'envoy.json', '--use-dynamic-base-id', '--concurrency', '1', '--admin-address-path', 'admin'].concat([
        ...['--file-flush-interval-msec', '20', '--log-level', 'error', '--log-path', log],
      ]),
      { cwd: this.folder, stdio: 'ignore' },
    )
  }

  static async start(
    binary: string,
    configuration: object,
    files: Readonly<Record<string, string>>,
  ): Promise<RunningEnvoy> {
    const envoy = new RunningEnvoy(binary, configuration, files)
    for (let wait = 0; wait < 400; wait++) {
      if (envoy.process.exitCode !== null) {
        const said = readIfThere(join(envoy.folder, 'envoy.log')).slice(0, 1500)
        await envoy.stop()
        throw new Error(said)
      }
      envoy.admin = readIfThere(join(envoy.folder, 'admin'))
      if (envoy.admin !== '' && (await get(envoy.admin, '/ready').catch(() => '')).startsWith('LIVE')) return envoy
      await pause(50)
    }
    await envoy.stop()
    throw new Error('Envoy did not get ready in 20 s')
  }

  async dump(): Promise<{ readonly configs: readonly Readonly<Record<string, unknown>>[] }> {
    return JSON.parse(await get(this.admin, '/config_dump?include_eds'))
  }

  accessLines(): readonly string[] {
    return readIfThere(join(this.folder, 'access.jsonl'))
      .split('\n')
      .filter(line => line.endsWith('}'))
  }

  async stop(): Promise<void> {
    if (this.process.exitCode === null) {
      const ended = new Promise(resolve => this.process.once('exit', resolve))
      this.process.kill('SIGKILL')
      await ended
    }
    rmSync(this.folder, { recursive: true, force: true })
  }
}
