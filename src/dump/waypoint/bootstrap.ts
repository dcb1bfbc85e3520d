import { numberAt, objectAt, textAt } from '#decode/json/member.ts'
import type { EnvoyDump, EnvoyJson } from '#model/envoy.ts'
import { objectText } from './origin.ts'
import { proxyName } from './resource.ts'

/** One fact about the proxy itself. */
export interface BootstrapRow {
  readonly proxy: string
  readonly fact: string
  readonly value: string
  /** istioctl shows the versions; the rest is for those who ask. */
  readonly wide: boolean
}

/** `1.38.3/Modified/RELEASE/BoringSSL` */
const buildText = (node: EnvoyJson | undefined): string => {
  const build = objectAt(node, 'user_agent_build_version')
  const number = (part: string) => numberAt(build, 'version', part) ?? 0
  const label = textAt(build, 'metadata', 'build.label')
  const rest = ['revision.status', 'build.type', 'ssl.version'].map(key => textAt(build, 'metadata', key))
  const version = `${number('major_number')}.${number('minor_number')}.${number('patch')}`
  return [label === undefined ? version : `${version}-${label}`, ...rest.filter(part => part !== undefined)].join('/')
}

const nodeFacts = (dump: EnvoyDump): readonly (readonly [fact: string, value: string | undefined])[] => {
  const { subject, bootstrap, server } = dump
  const metadata = objectAt(bootstrap, 'node', 'metadata')
  const xds = textAt(metadata, 'PROXY_CONFIG', 'discoveryAddress')
  return [
    ['Role', subject.role],
    ['Node', subject.nodeId],
    ['Gateway', subject.gateway === undefined ? undefined : objectText(subject.gateway)],
    ['Service Account', subject.serviceAccount],
    ['Cluster', subject.clusterId],
    ['Network', subject.network],
    ['Mesh', textAt(metadata, 'MESH_ID')],
    ['Control Plane', xds],
    ['State', textAt(dump.serverInfo, 'state')],
    ['Version From', server.from],
    ['Evaluated As', server.text],
  ]
}

export const bootstrapRows = (dump: EnvoyDump): readonly BootstrapRow[] => {
  const { bootstrap } = dump
  const node = objectAt(bootstrap, 'node')
  const sha = textAt(node, 'metadata', 'ISTIO_PROXY_SHA')
  const versions: readonly (readonly [string, string | undefined])[] = [
    ['Istio Version', textAt(node, 'metadata', 'ISTIO_VERSION')],
    ['Istio Proxy Version', sha?.split(':')[1] ?? sha],
    ['Envoy Version', bootstrap === undefined ? undefined : buildText(node)],
  ]
  const rows = (facts: readonly (readonly [string, string | undefined])[], wide: boolean) =>
    facts.flatMap(([fact, value]) =>
      value === undefined || value === '' ? [] : [{ proxy: proxyName(dump), fact, value, wide }],
    )
  return [...rows(versions, false), ...rows(nodeFacts(dump), true)]
}
