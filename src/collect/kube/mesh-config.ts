import { parseYaml } from '#decode/yaml.ts'
import { asRecord, text } from '#model/kubernetes.ts'
import type { ApiServer } from './api-server.ts'
import { ClusterFailure } from './failure.ts'

/** Where proxies listen for their administrators unless the mesh says otherwise. */
const usualPort = 15000

/** `defaultConfig.proxyAdminPort` of the mesh configuration; the usual port when it is not set or may not be read. */
export const adminPortOf = async (server: ApiServer, istioNamespace: string): Promise<number> => {
  try {
    const map = await server.json({
      path: `/api/v1/namespaces/${istioNamespace}/configmaps/istio`,
      what: `ConfigMap ${istioNamespace}/istio`,
      right: { verbs: ['get'], group: '', resource: 'configmaps', namespace: istioNamespace },
    })
    const parsed = parseYaml(text(asRecord(asRecord(map).data).mesh) ?? '')
    const mesh = parsed.ok ? parsed.documents[0]?.value : undefined
    const port = Number(asRecord(asRecord(mesh).defaultConfig).proxyAdminPort)
    return Number.isInteger(port) && port > 0 ? port : usualPort
  } catch (error) {
    if (error instanceof ClusterFailure && (error.status === 403 || error.status === 404)) return usualPort
    throw error
  }
}
