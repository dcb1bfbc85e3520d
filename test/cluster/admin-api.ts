import { type RequestOptions, request } from 'node:https'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { kinds } from '#collect/kube/kinds.ts'
import { type Access, loadAccess } from '#collect/kube/kubeconfig.ts'
import { asRecord, list, text } from '#model/kubernetes.ts'

export type Members = Readonly<Record<string, unknown>>

/** Plurals of what the command line does not read. */
const otherPlurals: Readonly<Record<string, string>> = {
  ClusterRole: 'clusterroles',
  ClusterRoleBinding: 'clusterrolebindings',
  CustomResourceDefinition: 'customresourcedefinitions',
  Role: 'roles',
  RoleBinding: 'rolebindings',
  Secret: 'secrets',
}

const pluralOf = (kind: string): string =>
  kinds.find(known => known.kind === kind)?.plural ?? otherPlurals[kind] ?? `${kind.toLowerCase()}s`

const collectionOf = (object: Members): string => {
  const version = String(object.apiVersion)
  const namespace = text(asRecord(object.metadata).namespace)
  const place = version.includes('/') ? `/apis/${version}` : `/api/${version}`
  return `${place}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${pluralOf(String(object.kind))}`
}

export class ApiRefusal extends Error {
  readonly status: number
  constructor(asked: string, status: number, answer: string) {
    super(`${asked}: ${status} ${answer}`)
    this.status = status
  }
}

/** Somebody who may do everything, for what the command line itself never does: create, change and delete. */
export class AdminApi {
  readonly access: Access
  readonly created: Members[] = []

  private constructor(access: Access) {
    this.access = access
  }

  static async of(kubeconfig: string): Promise<AdminApi> {
    return new AdminApi(await loadAccess({ kubeconfig }, {}))
  }

  async get(path: string): Promise<Members> {
    return this.call('GET', path)
  }

  async items(path: string): Promise<readonly Members[]> {
    return list((await this.get(path)).items).map(asRecord)
  }

  async create(object: Members): Promise<Members> {
    const answer = await this.call('POST', collectionOf(object), JSON.stringify(object))
    this.created.push(object)
    return answer
  }

  /** Returns when it is gone. */
  async remove(object: Members): Promise<void> {
    const path = `${collectionOf(object)}/${text(asRecord(object.metadata).name)}`
    try {
      await this.call('DELETE', `${path}?gracePeriodSeconds=0`)
      for (;;) {
        await this.get(path)
        await sleep(200)
      }
    } catch (error) {
      if (!(error instanceof ApiRefusal && error.status === 404)) throw error
    }
  }

  /** Takes back everything that was created, the newest first. */
  async removeCreated(): Promise<void> {
    for (const object of this.created.splice(0).reverse()) await this.remove(object)
  }

  /** Asks until the answer fits, for a minute. */
  async until(path: string, fits: (answer: Members) => boolean): Promise<Members> {
    let last: unknown
    for (const end = Date.now() + 60_000; Date.now() < end; await sleep(250)) {
      const answer = await this.get(path).catch((error: unknown) => {
        last = error
      })
      if (answer !== undefined && fits(answer)) return answer
      last = answer ?? last
    }
    throw new Error(`${path} did not become what is needed: ${JSON.stringify(last).slice(-2000)}`)
  }

  /** An answer that is no object is an empty one. */
  async call(method: string, path: string, body?: string): Promise<Members> {
    const answer = await this.text(path, method, body)
    return asRecord(answer.startsWith('{') ? JSON.parse(answer) : {})
  }

  async text(path: string, method = 'GET', body?: string): Promise<string> {
    const options = await this.access.options()
    const url = new URL(path, this.access.server)
    const headers = { ...options.headers, 'content-type': 'application/json' }
    const { status, answer } = await send(url, { ...options, method, headers }, body)
    if (status < 200 || status > 299) throw new ApiRefusal(`${method} ${path}`, status, answer)
    return answer
  }
}

const send = (
  url: URL,
  options: RequestOptions,
  body: string | undefined,
): Promise<{ readonly status: number; readonly answer: string }> =>
  new Promise((answered, failed) => {
    const sent = request(url, options, async answer => {
      const whole = await buffer(answer)
      answered({ status: answer.statusCode ?? 0, answer: whole.toString() })
    })
    sent.on('error', failed)
    sent.end(body)
  })

/** Has it a condition of this type that is true? */
export const holds = ({ status }: Members, condition: string): boolean =>
  list(asRecord(status).conditions)
    .map(asRecord)
    .some(({ type, status: value }) => type === condition && value === 'True')
