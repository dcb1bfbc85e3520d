import { printIp } from '../address.ts'
import { Headers } from '../headers.ts'
import { authorizationPolicyOf } from '../origin.ts'
import { denialDetails, evaluateRules, isMatcherTree, rulesOf } from '../rbac/engine.ts'
import { defineNetworkFilter } from './filter.ts'

/** Decides at the first bytes from the client, after tcp_proxy has already dialled (specs/waypoint-measured.md §2). */
export const networkRbac = defineNetworkFilter({
  types: ['envoy.extensions.filters.network.rbac.v3.RBAC'],
  onData: ({ walk, connection, state, config }) => {
    if (isMatcherTree(config)) {
      walk.assume({ kind: 'filter', what: 'RBAC by a matcher tree', assumed: 'passes' })
      return { effect: 'opaque' }
    }
    const rules = rulesOf(config)
    if (rules === undefined) return { effect: 'passed' }
    const result = evaluateRules(rules, {
      connection,
      headers: new Headers(),
      metadata: new Map(),
      filterState: state,
      remoteIp: printIp(connection.remote),
      ignoresParameters: false,
      behaviour: walk.behaviour,
    })
    const origin = authorizationPolicyOf(result.policy)
    const told = { reason: result.reason, ...(origin === undefined ? {} : { origin }) }
    if (walk.settle(result.allowed, `RBAC ${result.action}`)) return { effect: 'passed', ...told }
    return { effect: 'denied', termination: denialDetails(result.policy), ...told }
  },
})
