import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { tools } from './image.ts'

/** Debian packages by what they bring: commands, and files with their path. */
const packages: Readonly<Record<string, readonly string[]>> = {
  'etcd-server': ['etcd'],
  containerd: ['containerd', 'ctr'],
  runc: ['runc'],
  'containernetworking-plugins': ['/usr/lib/cni/bridge', '/usr/lib/cni/host-local'],
  'util-linux': ['unshare'],
  openssl: ['openssl'],
  'iptables nftables ipset iproute2 procps': tools,
  'golang-go 1.24 or later': ['go'],
}

/** Throws with everything that this machine lacks to be a node of a cluster. */
export const requireNodeTools = (): void => {
  const missing = Object.entries(packages).flatMap(([name, wanted]) => {
    const lacking = wanted.filter(thing => !isHere(thing))
    return lacking.length === 0 ? [] : [`${lacking.join(', ')} (Debian: ${name})`]
  })
  if (process.platform !== 'linux' || process.getuid?.() !== 0) missing.unshift('root on Linux')
  if (missing.length > 0)
    throw new Error(
      `a cluster needs what this machine lacks:\n  ${missing.join('\n  ')}\nor KUBECONFIG, see CONTRIBUTING.md`,
    )
}

const isHere = (thing: string): boolean =>
  thing.startsWith('/') ? existsSync(thing) : spawnSync('sh', ['-c', 'command -v "$1"', 'sh', thing]).status === 0
