import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { decodeNetns } from '#decode/netfilter/netns.ts'
import { type NetnsRedirection, redirectionOf } from '#dump/redirection/view.ts'
import { type KubernetesObject, KubernetesObjects } from '#model/kubernetes.ts'
import type { Mesh } from '#model/mesh.ts'
import type { Netns } from '#model/netfilter.ts'
import { dumpRedirection } from '#pipeline/dump-redirection.ts'
import { readMesh } from '#pipeline/read-mesh.ts'
import { redirectionRenderers } from '#render/dump/redirection/index.ts'

const mesh = await readMesh(['fixtures/demo'])
const look = { colour: false, width: 200 }

const netnsOf = (name: string): Netns => {
  const found = mesh.netns.find(({ subject }) => subject.kind === 'pod' && subject.pod?.startsWith(name))
  if (found === undefined) throw new Error(`no namespace of ${name}`)
  return found
}

const web = netnsOf('web')

const flushed: Netns = decodeNetns(
  web.subject,
  web.files.map(file =>
    file.kind === 'iptables-save'
      ? { ...file, text: file.text.replace(/^(:ISTIO|(\[\d+:\d+\] )?-A).*\n/gm, '') }
      : file,
  ),
)

const withPods = (change: (pod: KubernetesObject) => KubernetesObject): Mesh => {
  const kinds = ['Pod', 'Namespace', 'DaemonSet']
  const objects = kinds.flatMap(kind => mesh.kubernetes.of(kind))
  return { ...mesh, kubernetes: new KubernetesObjects(objects.map(object => change(object))) }
}

const annotated = (annotations: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>> = {}) =>
  withPods(object =>
    object.kind === 'Pod' && object.name.startsWith('web-')
      ? { ...object, annotations, labels: { ...object.labels, ...labels } }
      : object,
  )

const enabled = { 'ambient.istio.io/redirection': 'enabled' }

const codes = ({ findings }: NetnsRedirection): readonly string[] =>
  findings.map(({ code, ambient }) => [code, ambient].filter(Boolean).join(' '))

describe('enrolment in three parts', () => {
  test('a healthy pod: the three agree', () => {
    const view = redirectionOf(web, mesh)
    expect(view.enrolment).toMatchObject({
      declared: { inMesh: 'yes', by: 'namespace-label' },
      advertised: { annotation: 'enabled', protocol: 'HBONE' },
      actual: { rules: 'ambient', listeners: 'yes', ztunnel: 'up' },
    })
    expect(codes(view)).toEqual([])
  })

  test('flushed rules of an enrolled pod', () => {
    const view = redirectionOf(flushed, mesh)
    expect(codes(view)).toEqual(['enrolled-without-rules AMB003'])
    expect(view.traffic.find(({ kind }) => kind === 'outbound-tcp')?.branches).toMatchObject([
      { fate: { kind: 'leaves', dev: 'eth0' } },
    ])
  })

  test('an empty dump of one back end says nothing about the other', () => {
    const untouched = decodeNetns(
      web.subject,
      web.files.map(file => (file.kind === 'iptables-save' ? { ...file, text: '' } : file)),
    )
    const view = redirectionOf(untouched, mesh)
    expect(codes(view)).toEqual(['back-end-not-recorded'])
    expect(view.traffic).toEqual([])
  })

  test.each([
    ['nobody enrolled it', flushed, annotated({}), ['enrolled-without-rules AMB003']],
    ['the annotation is gone', web, annotated({}), ['annotation-missing']],
    [
      'istio-cni waits for ztunnel',
      web,
      annotated({ 'ambient.istio.io/redirection': 'pending' }),
      ['ztunnel-not-serving AMB012'],
    ],
    [
      'opted out, but captured',
      web,
      annotated(enabled, { 'istio.io/dataplane-mode': 'none' }),
      ['captured-not-declared'],
    ],
    [
      'annotations that came too late',
      web,
      annotated({ ...enabled, 'ambient.istio.io/dns-capture': 'F', 'istio.io/reroute-virtual-interfaces': 'vif0,' }),
      ['annotation-not-applied', 'annotation-not-applied'],
    ],
    [
      'annotations that are obeyed or no truth',
      web,
      annotated({ ...enabled, 'ambient.istio.io/dns-capture': 'T', 'ambient.istio.io/bypass-inbound-capture': 'yes' }),
      [],
    ],
  ] as const)('%s', (_, netns, around, expected) => {
    expect(codes(redirectionOf(netns, around))).toEqual(expected)
  })

  test('ztunnel does not know the pod, istiod does not know it, or others are told to use TCP', () => {
    const ztunnels = (change: (dump: Mesh['ztunnels'][number]) => Partial<Mesh['ztunnels'][number]>) =>
      redirectionOf(web, { ...mesh, ztunnels: mesh.ztunnels.map(dump => ({ ...dump, ...change(dump) })) })
    const isWeb = ({ name }: { readonly name: string }) => name.startsWith('web-')
    expect(codes(ztunnels(() => ({ pods: [] })))).toEqual(['ztunnel-not-serving AMB012'])
    expect(codes(ztunnels(dump => ({ workloads: dump.workloads.filter(workload => !isWeb(workload)) })))).toEqual([
      'workload-unknown AMB013',
    ])
    const tcp = ztunnels(dump => ({
      workloads: dump.workloads.map(workload =>
        isWeb(workload) ? { ...workload, protocol: 'TCP' as const } : workload,
      ),
    }))
    expect(codes(tcp)).toEqual(['advertised-as-tcp'])
  })

  test('declared, but neither annotated nor programmed', () => {
    const unaware = { ...annotated({}), ztunnels: [] }
    expect(codes(redirectionOf(flushed, unaware))).toEqual(['declared-not-enrolled'])
  })
})

describe('the release that runs', () => {
  const runs = (image: string): Mesh =>
    withPods(object => {
      const raw = JSON.stringify(object.spec).replace(/istio\/install-cni:[^"]*/, image)
      return { ...object, spec: JSON.parse(raw) }
    })

  test('is told by the image', () => {
    expect(redirectionOf(web, mesh).running).toMatchObject({ version: '1.30.3', minor: 30 })
    expect(redirectionOf(web, runs('registry.example/istio/install-cni:1.24.6-distroless')).running?.version).toBe(
      '1.24.6',
    )
    expect(redirectionOf(web, runs('install-cni@sha256:abc')).running).toBeUndefined()
  })

  test('rules of another one are a finding', () => {
    expect(codes(redirectionOf(web, runs('install-cni:1.24.6')))).toEqual([])
    expect(codes(redirectionOf(web, runs('install-cni:1.22.8')))).toEqual(['other-release'])
  })
})

describe('what is printed', () => {
  const textOf = async (snapshot: string): Promise<string> =>
    [...redirectionRenderers.text(await dumpRedirection({ state: { kind: 'files', paths: [snapshot] } }), look)].join(
      '\n',
    )

  test('a node: its own calls to pods get the address that pods let pass', async () => {
    const text = await textOf('fixtures/demo')
    expect(text).toMatch(/node \(kubelet\) to a pod +IPv4 +leaves by cni0, from 169\.254\.7\.127 +nat ISTIO_POSTRT #1/)
    expect(text).toContain('declared             in the mesh, by label of the namespace')
    expect(text).toContain('advertised           annotation enabled, HBONE')
    expect(text).toContain('actual               redirected, ztunnel listens, workloadState up')
  })

  test('families that fare alike share a line, and unrecorded listeners are said once', async () => {
    const text = await textOf('fixtures/recorded/redirection/inpod-dns-dualstack')
    expect(text.match(/TCP to others .*/g)).toEqual([
      expect.stringMatching(/IPv4\+6 +ztunnel, port 15001 \(outbound\) +nat ISTIO_OUTPUT #6$/),
    ])
    expect(text.match(/who listens was not recorded/g)).toHaveLength(1)
  })

  test.each(['node-1.20', 'ebpf-1.20'])('%s: packets are followed to ztunnel', async name => {
    const text = await textOf(`fixtures/recorded/redirection/${name}`)
    expect(text).toMatch(/pod to others +IPv4 +ztunnel, port 15001 \(outbound\)/)
    expect(text).toMatch(/others to a pod +IPv4 +ztunnel, port 15006 \(inbound plaintext\)/)
    expect(text).toMatch(/others to a pod, 15008 +IPv4 +ztunnel, port 15008 \(HBONE\)/)
    expect(text).toMatch(/node \(kubelet\) to a pod +IPv4 +leaves by vethapp[ab], from 10\.244\.1\.1/)
  })

  test('without the programs of ztunnel, packets end where it begins', async () => {
    const recorded = await readMesh(['fixtures/recorded/redirection/ebpf-1.20'])
    const netns = recorded.netns.map(one =>
      one.subject.kind === 'ztunnel' ? { ...one, bpf: { ...one.bpf, filters: [], attachments: undefined } } : one,
    )
    const node = netns.find(({ subject }) => subject.kind === 'node')
    const view = node && redirectionOf(node, { ...recorded, netns })
    expect(view?.traffic.find(({ kind }) => kind === 'pod-to-outside')?.branches).toMatchObject([
      { fate: { kind: 'leaves', dev: 'vethzt' } },
    ])
  })

  test('a finding says what it means and what to do', () => {
    const lines = [...redirectionRenderers.text({ namespaces: [redirectionOf(flushed, mesh)] }, look)]
    const at = lines.findIndex(line => line.includes('enrolled-without-rules AMB003'))
    expect(lines[at]).toContain('what it sends leaves in clear text')
    expect(lines[at + 1]).toContain('iptables-save.txt has no chains of Istio ambient')
    expect(lines[at + 2]).toContain('next: delete the pod')
  })

  test('a pod without rules, one of whose back ends nobody recorded, is not said to have none', async () => {
    const text = await textOf('fixtures/recorded/mesh-1.30/scenario-00-base')
    expect(text).toMatch(
      /^pod legacy\/old {2}no rules of Istio in what was recorded, which is not all\n(?: .*\n)*?.* actual +rules unknown/m,
    )
  })

  test.each([
    'fixtures/demo',
    'fixtures/recorded/redirection/ebpf-1.20',
    'fixtures/recorded/redirection/node-1.18-dns',
  ])('JSON of %s fits the published schema', async snapshot => {
    const validate = new Ajv2020({ strict: true }).compile(
      JSON.parse(readFileSync('schemas/dump-redirection.schema.json', 'utf8')),
    )
    const [text = ''] = redirectionRenderers.json(
      await dumpRedirection({ state: { kind: 'files', paths: [snapshot] } }),
    )
    validate(JSON.parse(text))
    expect(validate.errors).toBeNull()
  })
})
