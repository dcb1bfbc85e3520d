import { resolve } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { asRecord } from '#model/kubernetes.ts'
import { ambientctl } from '../cli/ambientctl.ts'
import { imageName } from './image.ts'
import { documented, People, type Person } from './people.ts'

const mesh = inject('mesh')
let people: People
let resident: Person
beforeAll(async () => {
  people = await People.arrive()
  resident = await people.person('resident', documented)
})
afterAll(() => people.leave())

/** Runs the command line of this checkout in a pod, on the Node of this machine; gives what it printed. */
const inPod = async (...args: readonly string[]): Promise<string> => {
  const machine = '/machine'
  const libraries = ['lib', 'lib64', 'usr/lib', 'lib/x86_64-linux-gnu', 'lib/aarch64-linux-gnu']
  const loader = process.arch === 'x64' ? '/lib64/ld-linux-x86-64.so.2' : '/lib/ld-linux-aarch64.so.1'
  const container = {
    name: 'ambientctl',
    image: imageName,
    command: [
      loader,
      '--library-path',
      libraries.map(folder => `${machine}/${folder}`).join(':'),
      `${machine}${process.execPath}`,
      `${machine}${resolve('bin/run.js')}`,
      ...args,
    ],
    volumeMounts: [{ name: 'machine', mountPath: machine, readOnly: true }],
  }
  const metadata = { namespace: 'default', name: 'inside' }
  await people.api.create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata,
    spec: {
      nodeName: mesh.node,
      restartPolicy: 'Never',
      serviceAccountName: resident.name,
      containers: [container],
      volumes: [{ name: 'machine', hostPath: { path: '/' } }],
    },
  })
  const path = '/api/v1/namespaces/default/pods/inside'
  const { status } = await people.api.until(path, pod => /Succeeded|Failed/.test(String(asRecord(pod.status).phase)))
  expect([asRecord(status).phase, await people.api.text(`${path}/log`)]).toEqual(['Succeeded', expect.anything()])
  return people.api.text(`${path}/log`)
}

test.runIf(inject('ownNode'))('in a pod, it asks the cluster as the account of the pod', async () => {
  const { out } = await ambientctl(['dump', 'ztunnel', 'workloads', '-c', resident.kubeconfig])
  expect(await inPod('dump', 'ztunnel', 'workloads')).toBe(out)
})
