import { certificates } from './certificates.ts'
import { connections } from './connections.ts'
import { policies } from './policies.ts'
import { services } from './services.ts'
import type { ZtunnelTable } from './table.ts'
import { workloads } from './workloads.ts'

/** In the order in which istioctl prints them all. A new table is a file and a line. */
export const ztunnelTables = { workloads, services, policies, certificates, connections } satisfies Record<
  string,
  ZtunnelTable
>

export type ZtunnelTableName = keyof typeof ztunnelTables
