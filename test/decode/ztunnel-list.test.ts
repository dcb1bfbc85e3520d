import { describe, expect, it } from 'vitest'
import { readMesh } from '#pipeline/read-mesh.ts'

const lists = 'fixtures/recorded/istioctl-lists'
const read = async (...names: readonly string[]) => {
  const mesh = await readMesh(names.map(name => `${lists}/ztunnel-config-${name}`))
  return { issues: mesh.issues, ztunnels: mesh.ztunnels }
}

describe("istioctl's lists", () => {
  it.each(['json', 'yaml'])('of one ztunnel as %s make one dump, marked lossy', async format => {
    const names = ['workload', 'service', 'policy', 'connections'].map(list => `${list}.${format}`)
    const { ztunnels, issues } = await read(...names)
    expect(issues).toEqual([])
    expect(ztunnels).toHaveLength(1)
    expect(ztunnels[0]?.era).toBe('list')
    expect(ztunnels[0]?.lost).toContain('dry-run marks of policies')
    expect(ztunnels[0]?.missing).toEqual(['certificates', 'config'])
    expect(ztunnels[0]?.workloads).toHaveLength(51)
    expect(ztunnels[0]?.services).toHaveLength(56)
    expect(ztunnels[0]?.policies.every(policy => policy.damaged)).toBe(true)
    expect(ztunnels[0]?.pods).toHaveLength(29)
    expect(ztunnels[0]?.workloads[0]?.pointer).toBe(`/ztunnel-config-workload.${format}/0`)
  })

  it('hold what the whole dump holds, but for what istioctl drops', async () => {
    const { ztunnels } = await read('workload.json', 'service.json')
    const whole = (await read('all.json')).ztunnels[0]
    const without = { pointer: '', networkMode: '', services: [], subjectAltNames: [], damaged: false }
    const comparable = (records: readonly { readonly name: string; readonly namespace: string }[] | undefined) =>
      records
        ?.map(record => ({ ...record, ...without }))
        .sort((a, b) => `${a.namespace}/${a.name}`.localeCompare(`${b.namespace}/${b.name}`))
    for (const kind of ['workloads', 'services'] as const)
      expect(comparable(ztunnels[0]?.[kind])).toEqual(comparable(whole?.[kind]))
  })

  it('of everything lose nothing', async () => {
    const [json, yaml] = [await read('all.json'), await read('all.yaml')]
    for (const { ztunnels, issues } of [json, yaml]) {
      expect(issues).toEqual([])
      expect(ztunnels[0]?.era).toBe('E4')
      expect(ztunnels[0]?.missing).toEqual([])
    }
    expect(yaml.ztunnels[0]?.workloads).toEqual(json.ztunnels[0]?.workloads)
    expect(yaml.ztunnels[0]?.policies).toEqual(json.ztunnels[0]?.policies)
  })

  it('are set aside where the whole dump is read as well', async () => {
    const { ztunnels, issues } = await read('workload.json', 'all.json')
    expect(ztunnels.map(ztunnel => ztunnel.era)).toEqual(['E4'])
    expect(issues.map(issue => issue.severity)).toEqual(['note'])
  })
})
