import { readFileSync } from 'node:fs'
import { inject } from 'vitest'
import { parse } from 'yaml'
import { asRecord, text } from '#model/kubernetes.ts'
import { ambientctl, type Ended } from '../cli/ambientctl.ts'
import { writeKubeconfig } from '../kube/demo-cluster.ts'
import type { Rule } from '../kube/rbac.ts'
import { AdminApi } from './admin-api.ts'

/** The rules of docs/rbac.yaml. */
export const documented: readonly Rule[] = parse(readFileSync('docs/rbac.yaml', 'utf8')).rules

const group = 'rbac.authorization.k8s.io'
const namespace = 'default'

/** Whoever uses the cluster: a service account with rules of its own. */
export interface Person {
  readonly name: string
  readonly kubeconfig: string
  ambientctl(...args: readonly string[]): Promise<Ended>
  /** Gives further rules: in all namespaces, or in one. */
  allow(rules: readonly Rule[], namespace?: string): Promise<void>
}

/** The people of a test file, who leave at its end. */
export class People {
  readonly api: AdminApi

  private constructor(api: AdminApi) {
    this.api = api
  }

  static async arrive(): Promise<People> {
    return new People(await AdminApi.of(inject('kubeconfig')))
  }

  async person(name: string, rules: readonly Rule[] = []): Promise<Person> {
    await this.api.create(account(name))
    const kubeconfig = await this.kubeconfigWith(await this.token(name))
    const allow = (more: readonly Rule[], where?: string) => this.allow(name, more, where)
    if (rules.length > 0) await allow(rules)
    return { name, kubeconfig, allow, ambientctl: (...args) => ambientctl([...args, '-c', kubeconfig]) }
  }

  async kubeconfigWith(token: string): Promise<string> {
    const { ca } = await this.api.access.options()
    const authority = ca === undefined ? {} : { ca: String(ca) }
    return writeKubeconfig({ server: this.api.access.server.href, token, ...authority })
  }

  async leave(): Promise<void> {
    await this.api.removeCreated()
  }

  async remove(name: string): Promise<void> {
    await this.api.remove(account(name))
  }

  private async token(name: string): Promise<string> {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`
    const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} }
    const { status } = await this.api.call('POST', path, JSON.stringify(request))
    return text(asRecord(status).token) ?? ''
  }

  private async allow(person: string, rules: readonly Rule[], where: string | undefined): Promise<void> {
    const kind = where === undefined ? 'ClusterRole' : 'Role'
    const name = `${person}-${this.api.created.length}`
    const metadata = { name, ...(where !== undefined && { namespace: where }) }
    await this.api.create({ apiVersion: `${group}/v1`, kind, metadata, rules })
    await this.api.create({
      apiVersion: `${group}/v1`,
      kind: `${kind}Binding`,
      metadata,
      roleRef: { apiGroup: group, kind, name },
      subjects: [{ kind: 'ServiceAccount', namespace, name: person }],
    })
  }
}

const account = (name: string) => ({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name } })
