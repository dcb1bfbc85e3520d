import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { writeAuthority } from './authority.ts'
import { imageName, writeImage } from './image.ts'

/** A node to be, and where its files go. */
export interface Plan {
  readonly folder: string
  readonly number: number
  /** The executable with all parts of Kubernetes. */
  readonly kube: string
}

const podNetwork = '10.215.0.0/16'
const serviceNetwork = '10.214.0.0/16'
const firstService = '10.214.0.1'

/** Writes everything that `inside.sh` needs; gives the kubeconfig. */
export const writeNodeFiles = ({ folder, number, kube }: Plan): string => {
  const address = `10.213.${number}.2`
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  for (const place of ['log', 'cni']) mkdirSync(join(folder, place))
  writeAuthority(folder, [address, firstService])
  writeImage(join(folder, 'image.tar'))
  file('resolv.conf', 'nameserver 192.0.2.53\n')
  file('containerd.toml', containerd(folder))
  file('cni/10-bridge.conflist', JSON.stringify(network))
  file('kubelet.yaml', stringify(kubelet(folder, number)))
  const kubeconfig = file('admin.kubeconfig', stringify(adminOf(folder, address)))
  const processes = {
    containerd: ['containerd', `--config=${folder}/containerd.toml`],
    etcd: ['etcd', '--data-dir=/var/lib/etcd', '--unsafe-no-fsync', '--log-level=warn'],
    apiserver: [kube, 'apiserver', ...apiServerFlags(folder, address)],
    controllers: [
      kube,
      'controllers',
      `--kubeconfig=${kubeconfig}`,
      `--root-ca-file=${folder}/ca.crt`,
      `--service-account-private-key-file=${folder}/accounts.key`,
      '--leader-elect=false',
    ],
    scheduler: [kube, 'scheduler', `--kubeconfig=${kubeconfig}`, '--leader-elect=false'],
    kubelet: [kube, 'kubelet', `--kubeconfig=${kubeconfig}`, `--config=${folder}/kubelet.yaml`, `--node-ip=${address}`],
    proxy: [
      kube,
      'proxy',
      `--kubeconfig=${kubeconfig}`,
      '--proxy-mode=iptables',
      `--cluster-cidr=${podNetwork}`,
      '--conntrack-max-per-core=0',
      '--conntrack-min=0',
    ],
  }
  file(
    'processes',
    Object.entries(processes)
      .map(([name, command]) => `${name} ${command.join(' ')}\n`)
      .join(''),
  )
  return kubeconfig
}

const apiServerFlags = (folder: string, address: string): readonly string[] => [
  '--etcd-servers=http://127.0.0.1:2379',
  `--advertise-address=${address}`,
  `--service-cluster-ip-range=${serviceNetwork}`,
  `--client-ca-file=${folder}/ca.crt`,
  `--tls-cert-file=${folder}/server.crt`,
  `--tls-private-key-file=${folder}/server.key`,
  `--kubelet-client-certificate=${folder}/admin.crt`,
  `--kubelet-client-key=${folder}/admin.key`,
  '--kubelet-preferred-address-types=InternalIP',
  `--service-account-key-file=${folder}/accounts.key`,
  `--service-account-signing-key-file=${folder}/accounts.key`,
  '--service-account-issuer=https://kubernetes.default.svc',
  '--authorization-mode=RBAC',
  '--allow-privileged',
]

const containerd = (folder: string): string => `version = 2
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${imageName}"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${folder}/cni"
`

const network = {
  cniVersion: '0.4.0',
  name: 'pods',
  plugins: [
    {
      type: 'bridge',
      bridge: 'pods0',
      isGateway: true,
      ipMasq: false,
      hairpinMode: true,
      ipam: { type: 'host-local', ranges: [[{ subnet: podNetwork }]], routes: [{ dst: '0.0.0.0/0' }] },
    },
  ],
}

const kubelet = (folder: string, number: number) => ({
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  kind: 'KubeletConfiguration',
  authentication: {
    anonymous: { enabled: false },
    webhook: { enabled: false },
    x509: { clientCAFile: `${folder}/ca.crt` },
  },
  authorization: { mode: 'AlwaysAllow' },
  cgroupDriver: 'cgroupfs',
  cgroupRoot: `/ambientctl-${number}`,
  failCgroupV1: false,
  failSwapOn: false,
  containerRuntimeEndpoint: 'unix:///run/containerd/containerd.sock',
  resolvConf: `${folder}/resolv.conf`,
  clusterDomain: 'cluster.local',
  evictionHard: { 'memory.available': '1Mi', 'nodefs.available': '0%', 'imagefs.available': '0%' },
  imageGCHighThresholdPercent: 100,
})

const adminOf = (folder: string, address: string) => ({
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'node1',
  clusters: [
    { name: 'node1', cluster: { server: `https://${address}:6443`, 'certificate-authority': `${folder}/ca.crt` } },
  ],
  users: [
    { name: 'admin', user: { 'client-certificate': `${folder}/admin.crt`, 'client-key': `${folder}/admin.key` } },
  ],
  contexts: [{ name: 'node1', context: { cluster: 'node1', user: 'admin' } }],
})
