import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CommandOutput, netnsCommand, splitOutputs, type Whose } from '#collect/kube/netns-script.ts'
import { decodeSnapshot } from '#decode/snapshot.ts'
import { textFile } from '../support/text-file.ts'

/** What istio-cni programs in a pod, written into a real kernel through both back ends. */
const setUp = `set -e
ip link set lo up
ip link add eth0 type veth peer name eth1
ip addr add 10.9.8.7/24 dev eth0
iptables-nft-restore --noflush <<RULES
*mangle
:ISTIO_PRERT - [0:0]
-A PREROUTING -j ISTIO_PRERT
-A ISTIO_PRERT -m mark --mark 0x539/0xfff -j CONNMARK --set-xmark 0x111/0xfff
COMMIT
RULES
iptables-legacy -t nat -N ISTIO_PRERT
iptables-legacy -t nat -A PREROUTING -j ISTIO_PRERT
ip6tables-nft -t mangle -N ISTIO_PRERT
nft add table inet other
ip rule add fwmark 0x111/0xfff pref 32764 lookup 100
ip route add local 0.0.0.0/0 dev lo table 100
ipset create istio-inpod-probes-v4 hash:ip
ipset add istio-inpod-probes-v4 10.9.8.7
`

interface Pod {
  /** Stands for /host/proc: a folder for each process with its cgroup and namespaces. */
  readonly proc: string
  readonly cgroup: string
  readonly end: () => void
}

const uid = '0f4a7c1e-1111-2222-3333-444455556666'
const container = 'c0ffee00'.repeat(8)

const startPod = async (): Promise<Pod> => {
  const child = spawn('unshare', ['--net', 'sh', '-c', `${setUp}echo ready; exec sleep 600`])
  let err = ''
  child.stderr.on('data', piece => (err += piece))
  await new Promise<void>((ready, failed) => {
    child.stdout.once('data', () => ready())
    child.once('close', code => failed(new Error(`the namespace ended with ${code}: ${err}`)))
  })
  const proc = mkdtempSync(join(tmpdir(), 'ambientctl-proc-'))
  const process = (pid: number, of: string, cgroup: string) => {
    mkdirSync(join(proc, String(pid)))
    symlinkSync(`/proc/${of}/ns`, join(proc, String(pid), 'ns'))
    writeFileSync(join(proc, String(pid), 'cgroup'), `0::/${cgroup}\n`)
  }
  const slice = `kubepods.slice/kubepods-pod${uid.replaceAll('-', '_')}.slice`
  process(1, 'self', 'init.scope')
  process(17, 'self', `${slice}/crio-conmon-${container}.scope`)
  process(23, String(child.pid), `${slice}/crio-${container}.scope`)
  process(31, 'self', 'system.slice/sshd.service')
  return {
    proc,
    cgroup: container,
    end: () => {
      child.kill('SIGKILL')
      rmSync(proc, { recursive: true })
    },
  }
}

const refusal = (): string | undefined => {
  try {
    execFileSync(
      'unshare',
      ['--net', 'sh', '-c', 'iptables-nft -L && iptables-legacy -L && nft list ruleset && ipset list'],
      {
        stdio: 'pipe',
      },
    )
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

const shells: readonly (readonly [name: string, words: readonly string[]])[] = [
  ['sh', ['sh']],
  ['dash', ['dash']],
  ['bash', ['bash', '--posix']],
  ['busybox', ['busybox', 'sh']],
]

const mark = 'a-mark-of-its-own'

const shown = (shell: readonly string[], whose: Whose, proc: string): readonly CommandOutput[] => {
  const [, ...words] = netnsCommand(mark, whose, proc)
  const [command = '', ...first] = shell
  const outputs = splitOutputs(execFileSync(command, [...first, ...words], { encoding: 'utf8', stdio: 'pipe' }), mark)
  if (outputs === undefined) throw new Error('the output is cut off')
  return outputs
}

const textIn = (outputs: readonly CommandOutput[], file: string): string =>
  outputs.find(output => output.file === file)?.text ?? `${file} is not there`

const refused = refusal()
if (refused !== undefined) console.warn(`no network namespaces with rules here, nothing is tried: ${refused}`)

describe.skipIf(refused !== undefined)('the script that shows a network namespace, in a real kernel', () => {
  let pod: Pod
  beforeAll(async () => {
    pod = await startPod()
  })
  afterAll(() => pod.end())

  describe.each(shells)('%s', (name, shell) => {
    const here = isThere(shell[0] ?? '')
    if (!here) console.warn(`${name} is not installed: the script is not tried in it`)

    test.skipIf(!here)('finds the pod by its container and shows everything of it', () => {
      const outputs = shown(shell, { cgroup: container }, pod.proc)
      expect(outputs.map(({ file }) => file)).toEqual([
        'iptables-nft-save.txt',
        'iptables-legacy-save.txt',
        'ip6tables-nft-save.txt',
        'ip6tables-legacy-save.txt',
        'nft-ruleset.json',
        'ip-rule.json',
        'ip6-rule.json',
        'ip-route.json',
        'ip6-route.json',
        'ip-addr.json',
        'ipset-save.txt',
        'ss-lntup.txt',
        'sysctl-net.txt',
      ])
      expect(textIn(outputs, 'iptables-nft-save.txt')).toMatch(/--mark 0x539\/0xfff -j CONNMARK/)
      expect(textIn(outputs, 'iptables-legacy-save.txt')).toMatch(/-A PREROUTING -j ISTIO_PRERT/)
      expect(textIn(outputs, 'ip6tables-nft-save.txt')).toMatch(/ISTIO_PRERT/)
      expect(JSON.parse(textIn(outputs, 'nft-ruleset.json')).nftables).toContainEqual({
        table: expect.objectContaining({ family: 'inet', name: 'other' }),
      })
      expect(JSON.parse(textIn(outputs, 'ip-rule.json'))).toContainEqual(
        expect.objectContaining({ priority: 32764, fwmark: '0x111', table: '100' }),
      )
      expect(textIn(outputs, 'ip-addr.json')).toContain('10.9.8.7')
      expect(textIn(outputs, 'ipset-save.txt')).toContain('add istio-inpod-probes-v4 10.9.8.7')
    })

    test.skipIf(!here)('finds it by its uid, and is not led to the network of the node', () => {
      const outputs = shown(shell, { cgroup: `gone|pod${uid.replaceAll('-', '[-_]')}` }, pod.proc)
      expect(textIn(outputs, 'ip-addr.json')).toContain('10.9.8.7')
    })

    test.skipIf(!here)('shows the node', () => {
      expect(textIn(shown(shell, 'node', pod.proc), 'ip-addr.json')).not.toContain('10.9.8.7')
    })

    test.skipIf(!here)('says that there is no such pod', () => {
      expect(() => shown(shell, { cgroup: 'nobody' }, pod.proc)).toThrow(`no process of the pod under ${pod.proc}`)
    })
  })

  test('what it shows is recognised', async () => {
    const outputs = shown(['sh'], { cgroup: container }, pod.proc)
    const mesh = await decodeSnapshot(outputs.map(({ file, text }) => textFile(`netns/shop/web/${file}`, text)))
    expect(mesh.issues).toEqual([])
    const [netns] = mesh.netns
    expect(netns?.rulesets.map(({ backEnd }) => backEnd)).toEqual(
      expect.arrayContaining(['iptables-nft', 'iptables-legacy', 'nft']),
    )
  })
})

function isThere(shell: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${shell}`], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
