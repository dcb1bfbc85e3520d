import { expect, test } from 'vitest'
import { readFailureCounts } from '#decode/failure-counts.ts'
import { checkMesh } from '#pipeline/check-mesh.ts'

const found = async (name: string) =>
  (await checkMesh([`fixtures/checks/AMB001/${name}`])).filter(({ code }) => code === 'AMB001')

test('what ztunnel counted of the pod makes the finding certain, and is cited', async () => {
  expect(await found('fires-counted')).toMatchObject([
    {
      confidence: 'certain',
      evidence: [
        {},
        {
          from: 'log',
          file: 'fixtures/checks/AMB001/fires-counted/metrics.txt',
          value: expect.stringMatching(/^NETWORK_POLICY \d+ times$/),
        },
      ],
    },
  ])
})

test('what it counted of others does not', async () => {
  expect(await found('fires-counted-elsewhere')).toMatchObject([{ confidence: 'likely', evidence: [{}] }])
})

test('only failures that happened are read, with their labels unescaped', () => {
  const name = 'istio_tcp_connections_closed_total'
  const text = [
    `# TYPE ${name} counter`,
    `${name}{response_flags="-",source_workload="a"} 9`,
    `${name}{response_flags="DENY",source_workload="a\\"b\\\\c"} 2`,
    `${name}{response_flags="CONNECT"} 0`,
    `${name}{response_flags="CONNECT"} NaN`,
    'istio_xds_message_total{url="x"} 3',
  ].join('\n')
  expect(readFailureCounts(text, 'm')).toMatchObject([
    { line: 3, flag: 'DENY', count: 2, labels: { source_workload: 'a"b\\c' } },
  ])
})
