import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { traceRequest } from '#pipeline/trace-request.ts'
import { verdictsOf } from '#trace/trace.ts'

const demo = 'fixtures/demo'
const vault = '10.244.0.42'

interface Dump {
  readonly workloads: readonly { readonly name: string; readonly workloadIps: readonly string[] }[]
}

/** What becomes of a call to the address of pay/vault, of which a record of a finished pod is left in ztunnel's dump. */
const verdicts = async (withObjects: boolean) => {
  const folder = mkdtempSync(join(tmpdir(), 'ambientctl-'))
  try {
    const dump = JSON.parse(readFileSync(`${demo}/ztunnel/node1/config_dump.json`, 'utf8')) as Dump
    const own = dump.workloads.find(({ workloadIps }) => workloadIps.includes(vault))
    const finished = { ...own, uid: 'Kubernetes//Pod/pay/finished', name: 'finished', serviceAccount: 'finished' }
    const path = join(folder, 'config_dump.json')
    writeFileSync(path, JSON.stringify({ ...dump, workloads: [...dump.workloads, finished] }))
    const paths = [path, ...(withObjects ? [`${demo}/kubernetes/pods.json`] : [])]
    const request = { state: { kind: 'files' as const, paths }, from: 'shop/web', to: `tcp://${vault}:80`, request: {} }
    return verdictsOf(await traceRequest(request))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('a tunnel to a pod that is another than ztunnel has recorded for the address ends in the handshake', async () => {
  const found = await verdicts(true)
  expect(found.map(verdict => verdict.kind === 'rejected' && verdict.code)).toContain('other-identity')
  expect(found).toContainEqual(
    expect.objectContaining({
      error: expect.stringContaining(
        'did not present the expected SAN (spiffe://cluster.local/ns/pay/sa/finished), got spiffe://cluster.local/ns/pay/sa/',
      ),
    }),
  )
})

test('where only records tell who has the address, it is the one that ztunnel means', async () => {
  const found = await verdicts(false)
  expect(found).toHaveLength(2)
  expect(found.filter(verdict => verdict.kind === 'rejected' && verdict.code === 'other-identity')).toEqual([])
})
