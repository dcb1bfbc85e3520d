import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { Contents } from './server.ts'
import type { CommandResult } from './streams.ts'

type Members = Readonly<Record<string, unknown>>

const demo = 'fixtures/demo'

/** Where the API has the kinds of the demo; plurals that are not here are of the core group. */
const places: Readonly<Record<string, string>> = {
  authorizationpolicies: 'security.istio.io/v1',
  peerauthentications: 'security.istio.io/v1',
  daemonsets: 'apps/v1',
  endpointslices: 'discovery.k8s.io/v1',
  gatewayclasses: 'gateway.networking.k8s.io/v1',
  gateways: 'gateway.networking.k8s.io/v1',
}

export const ztunnelPod = 'istio-system/ztunnel-thphm'
export const waypointPod = 'shop/waypoint-6dcd798b58-cl4g5'
export const cniPod = 'istio-system/istio-cni-node-4crg6'
export const webPod = 'shop/web-84c57879c9-lr4pm'

/** The mesh of `fixtures/demo`, alive. */
export const demoContents = (): Contents => {
  const objects: Record<string, Members[]> = {
    '/v1/configmaps': [
      {
        kind: 'ConfigMap',
        metadata: { namespace: 'istio-system', name: 'istio' },
        data: { mesh: 'defaultConfig: {}\n' },
      },
    ],
  }
  for (const file of readdirSync(join(demo, 'kubernetes'))) {
    const plural = file.replace('.json', '')
    const { items } = JSON.parse(readFileSync(join(demo, 'kubernetes', file), 'utf8')) as { items: Members[] }
    objects[`${places[plural] ?? '/v1'}/${plural}`] = items
  }
  const dump = (path: string) => readFileSync(join(demo, path), 'utf8')
  const waypoint = `waypoint/${waypointPod}`
  return {
    objects,
    ports: {
      [`${ztunnelPod}:15000`]: path => (path === '/config_dump' ? dump('ztunnel/node1/config_dump.json') : undefined),
      [`${ztunnelPod}:15020`]: path =>
        path === '/stats/prometheus' ? '# TYPE istio_build gauge\nistio_build 1\n' : undefined,
      [`${waypointPod}:15000`]: path =>
        path === '/stats/prometheus'
          ? '# TYPE envoy_server_live gauge\nenvoy_server_live 1\n'
          : path === '/config_dump?include_eds'
            ? dump(`${waypoint}/config_dump.json`)
            : path === '/clusters?format=json'
              ? dump(`${waypoint}/clusters.json`)
              : path === '/server_info'
                ? '{"state":"LIVE","command_line_options":{}}'
                : undefined,
    },
    exec: (pod, command) =>
      pod === cniPod ? nsenter(objects['/v1/pods'] ?? [], command) : { out: '', err: 'no such file', code: 127 },
    logs: {
      [cniPod]: readFileSync('test/kube/istio-cni.log', 'utf8'),
      [ztunnelPod]: readFileSync('fixtures/recorded/ztunnel-logs/1.30.3.log', 'utf8'),
    },
  }
}

/** What the script finds in the network namespace of the pod whose container it is told. */
const nsenter = (pods: readonly Members[], command: readonly string[]): CommandResult => {
  const [, , , , mark = '', whose = ''] = command
  const folder = whose === 'node' ? 'node/node1' : folderOf(pods, whose)
  try {
    const files = readdirSync(join(demo, folder))
    const shown = files.map(
      file => `${mark} ${file}\n${readFileSync(join(demo, folder, file), 'utf8')}\n${mark} exit 0\n`,
    )
    return { out: `${shown.join('')}${mark} ss-missing.txt\n\n${mark} exit 1\n` }
  } catch {
    return { out: '', err: 'no process of the pod under /host/proc', code: 3 }
  }
}

const folderOf = (pods: readonly Members[], containers: string): string => {
  const pod = pods.find(candidate => JSON.stringify(candidate.status ?? {}).includes(containers.split('|')[0] ?? ''))
  const { namespace, name } = (pod?.metadata ?? {}) as Members
  return `netns/${namespace}/${name}`
}

export interface KubeconfigWish {
  readonly server: string
  readonly ca?: string
  readonly token?: string
  readonly user?: Members
  readonly cluster?: Members
}

/** A kubeconfig file with one context, `test`. */
export const writeKubeconfig = ({
  server,
  ca,
  token = 'good',
  user = { token },
  cluster = {},
}: KubeconfigWish): string => {
  const file = join(mkdtempSync(join(tmpdir(), 'ambientctl-kubeconfig-')), 'config')
  const authority = ca === undefined ? {} : { 'certificate-authority-data': Buffer.from(ca).toString('base64') }
  writeFileSync(
    file,
    stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'test',
      clusters: [{ name: 'here', cluster: { server, ...authority, ...cluster } }],
      users: [{ name: 'tester', user }],
      contexts: [{ name: 'test', context: { cluster: 'here', user: 'tester', namespace: 'shop' } }],
    }),
  )
  return file
}
