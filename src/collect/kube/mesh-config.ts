import { parseYaml } from '#decode/yaml.ts'
import { asRecord, text } from '#model/kubernetes.ts'
import type { ApiServer } from './api-server.ts'
import { ClusterFailure } from './failure.ts'
import { type ClusterPod, defaultRevision } from './pods.ts'
import type { Right } from './right.ts'

/** Where proxies listen for their administrators unless the mesh says otherwise. */
const usualPort = 15000

const meshConfigName = (revision: string): string => (revision === defaultRevision ? 'istio' : `istio-${revision}`)

export const rightToMeshConfig = (namespace: string, revision = defaultRevision): Right => ({
  verbs: ['get'],
  group: '',
  resource: 'configmaps',
  name: meshConfigName(revision),
  namespace,
})

/** Admin ports of proxies: the pod's own setting, else that of the mesh configuration of its revision. */
export class AdminPorts {
  private readonly server: ApiServer
  private readonly read = new Map<string, Promise<number>>()

  constructor(server: ApiServer) {
    this.server = server
  }

  /** The usual port when it is not set, or may not be read. */
  async of(pod: ClusterPod, istioNamespace: string, revision = pod.revision): Promise<number> {
    const own = portIn(asRecord(yamlValue(pod.proxyConfig ?? '')))
    if (own !== undefined) return own
    const found = this.read.get(revision) ?? this.ofMesh(istioNamespace, revision)
    this.read.set(revision, found)
    return found
  }

  /** A revision that is a tag, or the only one, may have its configuration under the plain name. */
  private async ofMesh(namespace: string, revision: string): Promise<number> {
    for (const name of new Set([revision, defaultRevision])) {
      const mesh = await this.meshConfig(rightToMeshConfig(namespace, name))
      if (mesh !== undefined) return portIn(asRecord(mesh.defaultConfig)) ?? usualPort
    }
    return usualPort
  }

  private async meshConfig(right: Right): Promise<Readonly<Record<string, unknown>> | undefined> {
    const { namespace, name } = right
    try {
      const map = await this.server.json({
        path: `/api/v1/namespaces/${namespace}/configmaps/${name}`,
        what: `ConfigMap ${namespace}/${name}`,
        right,
      })
      return asRecord(yamlValue(text(asRecord(asRecord(map).data).mesh) ?? ''))
    } catch (error) {
      if (error instanceof ClusterFailure && (error.status === 403 || error.status === 404)) return undefined
      throw error
    }
  }
}

const portIn = ({ proxyAdminPort }: Readonly<Record<string, unknown>>): number | undefined => {
  const port = Number(proxyAdminPort)
  return Number.isInteger(port) && port > 0 ? port : undefined
}

const yamlValue = (yaml: string): unknown => {
  const parsed = parseYaml(yaml)
  return parsed.ok ? parsed.documents[0]?.value : undefined
}
