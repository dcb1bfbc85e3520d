import { readdirSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { Header } from 'tar'
import { stringify } from 'yaml'

const demo = 'fixtures/demo'
const text = (file: string): string => readFileSync(`${demo}/${file}`, 'utf8')

/** What `kubectl get KIND,… --all-namespaces -o yaml` prints. */
export const kubectlList = (...files: readonly string[]): string =>
  stringify(
    {
      apiVersion: 'v1',
      items: files.flatMap(file => JSON.parse(text(`kubernetes/${file}.json`)).items),
      kind: 'List',
      metadata: { resourceVersion: '' },
    },
    { aliasDuplicateObjects: false, indentSeq: false },
  )

const customResources = ['authorizationpolicies', 'gatewayclasses', 'gateways', 'peerauthentications']

const ztunnel = 'proxies/istio-system/ztunnel-thphm'
const waypoint = 'proxies/shop/waypoint-6dcd798b58-cl4g5'
const istiod = 'istio/istio-system/istiod-d74cd6d47-cr6kt'

/** The files of an archive of `istioctl bug-report`: answers are kept under the paths that were asked for. */
export const bugReportFiles = (): Readonly<Record<string, string>> => {
  const all = readdirSync(`${demo}/kubernetes`).map(file => file.replace('.json', ''))
  const clusters = JSON.parse(text('waypoint/shop/waypoint-6dcd798b58-cl4g5/clusters.json')).cluster_statuses
  return {
    'bug-report.log': '2026-11-25T12:00:00.000000Z\tinfo\tWaiting on content.GetCRs\n',
    versions:
      'CLI version:\nversion.BuildInfo{Version:"1.30.3"}\n\nThe following Istio control plane revisions/versions were found in the cluster:\nRevision default:\n',
    'cluster/k8s-resources': kubectlList(...all.filter(name => !customResources.includes(name) && name !== 'nodes')),
    'cluster/crs': kubectlList(...customResources),
    'cluster/events':
      'NAMESPACE   LAST SEEN   TYPE     REASON    OBJECT    SUBOBJECT   SOURCE   MESSAGE\nshop        5m          Normal   Pulled    pod/web   spec.c      kubelet  Pulled\n',
    'cluster/secrets':
      'NAMESPACE      NAME              TYPE     DATA   AGE\nistio-system   istio-ca-secret   Opaque   5      3d\n',
    'cluster/nodes':
      'Name:               node1\nRoles:              control-plane\nLabels:             kubernetes.io/os=linux\n',
    'cluster/describe-pods': 'Name:             istiod-d74cd6d47-cr6kt\nNamespace:        istio-system\n',
    'cluster/cluster-context': 'kind-kind\nhttps://127.0.0.1:6443\n',
    'cluster/kubectl-version': 'Client Version: v1.34.4\nServer Version: v1.34.4\n',
    [`${ztunnel}/config_dump`]: text('ztunnel/node1/config_dump.json'),
    [`${ztunnel}/istio-proxy.log`]: readFileSync('fixtures/recorded/ztunnel-logs/1.30.3.log', 'utf8'),
    [`${ztunnel}/stats/prometheus`]: '# HELP istio_build Istio component build info.\n# TYPE istio_build gauge\n',
    [`${ztunnel}/netstat`]:
      'Active Internet connections (servers and established)\nProto Recv-Q Send-Q Local Address\n',
    [`${waypoint}/config_dump?include_eds`]: text('waypoint/shop/waypoint-6dcd798b58-cl4g5/config_dump.json'),
    [`${waypoint}/clusters`]: clusters
      .map(({ name }: { name: string }) => `${name}::default_priority::max_connections::4294967295\n`)
      .join(''),
    [`${waypoint}/listeners`]: 'main_internal::main_internal\nconnect_terminate::0.0.0.0:15008\n',
    [`${waypoint}/server_info`]: '{"state":"LIVE","version":"x/1.36","command_line_options":{}}',
    [`${waypoint}/certs`]: '{"certificates":[]}',
    [`${waypoint}/memory`]: '{"allocated":"1","heap_size":"2"}',
    [`${waypoint}/runtime`]: '{"layers":[],"entries":{}}',
    [`${waypoint}/stats/prometheus`]: '# TYPE envoy_server_live gauge\nenvoy_server_live{} 1\n',
    [`${waypoint}/istio-proxy.log`]: '2026-11-25T12:00:00.000000Z\tinfo\tFLAG: --concurrency="0"\n',
    [`${istiod}/discovery.log`]: '2026-11-25T12:00:00.000000Z\tinfo\tads\tPush debounce stable\n',
    [`${istiod}/debug/configz`]: `[${text('kubernetes/authorizationpolicies.json')
      .replace(/^[^[]*\[/, '')
      .replace(/\][^\]]*$/, '')}]`,
    [`${istiod}/debug/syncz`]: '[{"cluster_id":"Kubernetes","proxy":"ztunnel-thphm.istio-system"}]',
    [`${istiod}/debug/endpointz`]: '[{"svc":"web.shop:http","ep":[]}]',
    [`${istiod}/debug/mesh`]: '{"defaultConfig":{"proxyAdminPort":15000},"rootNamespace":"istio-system"}',
    'cni/istio-cni-node-4crg6/cni.log': readFileSync('test/kube/istio-cni.log', 'utf8'),
    'analyze/allNamespaces/allNamespaces':
      'Info [IST0118] (Service shop/web) Port name  (port: 80) does not follow the naming convention.\n',
  }
}

/** The same as istioctl packs it. */
export const bugReportArchive = (): Buffer =>
  gzipSync(
    Buffer.concat([
      ...Object.entries(bugReportFiles()).flatMap(([name, content]) => {
        const bytes = Buffer.from(content)
        const header = Buffer.alloc(512)
        new Header({ path: `bug-report/${name}`, mode: 0o644, size: bytes.length, type: 'File' }).encode(header)
        return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]
      }),
      Buffer.alloc(1024),
    ]),
  )
