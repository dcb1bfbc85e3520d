import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { decodeZtunnel } from '#decode/ztunnel/dump.ts'
import type { ZtunnelEra } from '#model/ztunnel.ts'

const recorded = 'fixtures/recorded/ztunnel-eras'

const load = (version: string) => {
  const file = `${recorded}/${version}/config_dump.json`
  return decodeZtunnel(JSON.parse(readFileSync(file, 'utf8')), file)
}

const eraOf = (minor: number): ZtunnelEra => (minor === 18 ? 'E1' : minor <= 21 ? 'E2' : minor === 22 ? 'E3' : 'E4')

describe.each(readdirSync(recorded))('the same mesh as ztunnel %s dumps it', version => {
  const dump = load(version)
  const minor = Number(version.split('.')[1])

  it('has its era and release', () => {
    expect(dump.era).toBe(eraOf(minor))
    expect(dump.version.minor).toBe(minor)
  })

  it('tells its release by shape where it does not name it', () => {
    const { version, ...rest } = JSON.parse(readFileSync(dump.file, 'utf8'))
    const names = Object.keys(version).filter(name => /version|tag/i.test(name))
    const unnamed = { ...version, ...Object.fromEntries(names.map(name => [name, 'unknown'])) }
    const [oldest, newest] = decodeZtunnel({ ...rest, version: unnamed }, dump.file).version.range
    expect([oldest <= minor && minor <= newest, newest - oldest]).toEqual([true, minor <= 20 && minor >= 19 ? 1 : 0])
  })

  it('is read without an issue or an unknown member', () => {
    expect(dump.issues).toEqual([])
    expect(dump.unread).toEqual({})
    expect(dump.missing).toEqual([])
    const records = [...dump.workloads, ...dump.services, ...dump.policies, ...dump.certificates, ...(dump.pods ?? [])]
    expect(records.filter(record => record.unread !== undefined || record.damaged)).toEqual([])
  })

  it('holds all records that this release prints', () => {
    expect(dump.workloads).toHaveLength(minor === 22 ? 15 : 17)
    expect(dump.services).toHaveLength(minor === 18 ? 9 : 15)
    expect(dump.policies).toHaveLength(minor < 29 ? 6 : 7)
    expect(dump.certificates).toHaveLength(minor === 18 ? 0 : 8)
    expect(dump.pods?.length).toBe(minor < 22 ? undefined : 7)
  })

  it('has the cart, its service and the node', () => {
    const cart = dump.workloads.find(workload => workload.name === 'cart-5d8b')
    expect(cart).toMatchObject({ namespace: 'shop', serviceAccount: 'cart', protocol: 'HBONE', status: 'Healthy' })
    expect(cart?.workloadIps).toContain('10.244.1.20')
    const service = dump.services.find(service => service.vips.some(vip => vip.ip === '10.96.0.10'))
    expect(service?.ports.get(80)).toBe(8080)
    expect(service?.endpoints.map(endpoint => endpoint.workloadUid)).toContain(cart?.uid)
    expect(dump.config.localNode).toBe('node-a')
  })

  it('has certificates as PEM text', () => {
    for (const certificate of dump.certificates.flatMap(entry => entry.certChain))
      expect(certificate.pem).toMatch(/^-----BEGIN CERTIFICATE-----\n/)
  })

  it('has the mesh-wide policy with its three levels', () => {
    const policy = dump.policies.find(policy => policy.name === 'mesh-wide')
    expect(policy).toMatchObject({ scope: 'Global', action: 'Deny', dryRun: false })
    expect(policy?.rules.flat(2)).toMatchObject([{ notNamespaces: [{ kind: 'Presence' }], destinationPorts: [4444] }])
  })
})
