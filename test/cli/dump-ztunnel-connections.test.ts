import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { ambientctl } from './ambientctl.ts'

interface Raw {
  readonly [member: string]: unknown
}
interface Dump {
  readonly config: Raw
  readonly workloads: readonly Raw[]
  readonly services: readonly (Raw & { readonly vips: readonly string[] })[]
  readonly workloadState: Readonly<Record<string, Raw>>
}

const recorded = 'fixtures/recorded/mesh-1.30/scenario-00-base/ztunnel-config_dump.json'
const base = JSON.parse(readFileSync(recorded, 'utf8')) as Dump
const folder = mkdtempSync(join(tmpdir(), 'ambientctl-connections-'))
afterAll(() => rmSync(folder, { recursive: true }))

const named = (name: string) => {
  const found = base.workloads.find(one => one.namespace === 'shop' && String(one.name).startsWith(`${name}-`))
  if (found === undefined) throw new Error(`no ${name}`)
  return found
}
const [web, cart] = [named('web'), named('cart')]
const [webIp, cartIp] = [web, cart].map(({ workloadIps }) => (workloadIps as readonly string[])[0])

/** The recorded mesh as one of two networks, with IPv6 beside IPv4, and a pod of the other network that has an IP of this one. */
const twoNetworks = (): Dump => {
  const here = 'cluster-1'
  const second = new Map([
    [web, 'fd00:244::24'],
    [cart, 'fd00:244::33'],
  ])
  const workloads = base.workloads.map(one => {
    const ip = second.get(one)
    const workloadIps = [...(one.workloadIps as readonly string[]), ...(ip === undefined ? [] : [ip])]
    return { ...one, network: here, workloadIps }
  })
  const gateway = { uid: 'c2//Pod/gw/eastwest', name: 'eastwest', namespace: 'gw', workloadIps: ['10.22.1.1'] }
  const remote = { uid: 'c2//Pod/shop/remote', name: 'remote', workloadIps: [cartIp] }
  const other = { ...cart, network: 'cluster-2' }
  const services = base.services.map(one => ({
    ...one,
    vips: [
      ...one.vips.map(vip => `${here}${vip}`),
      ...(one.hostname === 'cart.shop.svc.cluster.local' ? [`${here}/fd00:96::7`] : []),
    ],
  }))
  const connections = {
    inbound: [
      {
        src: '[fd00:244::33]:40000',
        originalDst: 'web.shop.svc.cluster.local',
        actualDst: '[fd00:244::24]:8080',
        protocol: 'HBONE',
      },
    ],
    outbound: [
      {
        src: '[fd00:244::24]:1',
        originalDst: '[fd00:96::7]:8080',
        actualDst: '[fd00:244::33]:15008',
        protocol: 'HBONE',
      },
      { src: `${webIp}:2`, originalDst: '[fd00:96::7]:8080', actualDst: '10.22.1.1:15009', protocol: 'DOUBLEHBONE' },
      { src: `${webIp}:3`, originalDst: `${cartIp}:8080`, actualDst: `${cartIp}:8080`, protocol: 'TCP' },
    ],
  }
  const [[uid, pod] = []] = Object.entries(base.workloadState).filter(
    ([, { info }]) => (info as Raw | undefined)?.name === web.name,
  )
  return {
    config: { ...base.config, network: here },
    workloads: [...workloads, { ...other, ...gateway }, { ...other, ...remote }],
    services,
    workloadState: { [uid ?? '']: { ...pod, connections } },
  }
}

const file = join(folder, 'dump.json')
writeFileSync(file, JSON.stringify({ ...base, ...twoNetworks() }))
const connections = async (...flags: readonly string[]) => {
  const { code, out, err } = await ambientctl(['dump', 'ztunnel', 'connections', '-f', file, ...flags])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  return out
}

test('ends are named by any of their addresses on the network of the pod, and a gateway on the network behind it', async () => {
  const text = await connections('--no-headers', '--columns', 'tunnel,local-name,remote-name,target-name', '-o', 'csv')
  const [shopWeb, shopCart] = [`shop/${web.name}`, `shop/${cart.name}`]
  expect(text.trim().split('\n')).toEqual([
    `HBONE,${shopWeb}:8080,${shopCart}:40000,service shop/web.shop.svc.cluster.local`,
    `HBONE,${shopWeb}:1,${shopCart}:15008,service shop/cart.shop.svc.cluster.local:8080`,
    `"double HBONE, through a network gateway",${shopWeb}:2,gw/eastwest:15009 on network cluster-2,service shop/cart.shop.svc.cluster.local:8080`,
    `none,${shopWeb}:3,${shopCart}:8080,${shopCart}:8080`,
  ])
})

test('JSON has the connections as the proxy sent them', async () => {
  const [pod] = JSON.parse(await connections('-o', 'json')) as readonly Raw[]
  expect(pod?.connections).toEqual(Object.values(twoNetworks().workloadState)[0]?.connections)
})
