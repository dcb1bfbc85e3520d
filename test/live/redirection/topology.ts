import { readIp } from '#redirection/ip.ts'
import { prepareKernel } from '#redirection/prepare/kernel.ts'
import type { Socket } from '#redirection/sockets.ts'
import { Topology } from '#redirection/topology.ts'
import { netnsFrom, type Recording } from '../../netns/read.ts'
import { type ListenerSpec, listeners, type NetnsName, netnsNames } from './world.ts'

/** What the tools printed, read as a snapshot would be. */
export const topologyFrom = (recordings: Readonly<Record<NetnsName, Recording>>): Topology =>
  new Topology(
    netnsNames.map(netns => ({
      ...prepareKernel(netnsFrom(recordings[netns]), netns),
      knowsListeners: () => true,
      sockets: listeners.filter(of => of.netns === netns).map(asSocket),
    })),
    [
      [
        { netns: 'node', dev: 'vethp' },
        { netns: 'pod', dev: 'eth0' },
      ],
      [
        { netns: 'node', dev: 'eth0' },
        { netns: 'world', dev: 'eth0' },
      ],
    ],
  )

const asSocket = ({ netns, name, proto, addr, port, mark = 0, transparent = false }: ListenerSpec): Socket => ({
  netns,
  name,
  family: addr.includes(':') ? 6 : 4,
  protocol: proto,
  address: addr === '0.0.0.0' || addr === '::' ? undefined : readIp(addr),
  port,
  dual: false,
  mark,
  transparent,
  uid: 0,
  gid: 0,
  dev: undefined,
})
