import { Args, Flags } from '@oclif/core'
import { clusterFlags, stateOf } from '#cli/cluster-flags.ts'
import { AmbientCommand } from '#cli/command.ts'
import { namespace, output, snapshot, sortBy, verbose } from '#cli/flags.ts'
import { present } from '#cli/terminal.ts'
import { dumpWaypoint } from '#pipeline/dump-waypoint.ts'
import { waypointRenderers } from '#render/dump/waypoint/index.ts'

const filters = 'FILTER'

export default class DumpWaypoint extends AmbientCommand {
  static override summary = "Show what a waypoint's Envoy holds: chains, filters, routes, clusters, endpoints, policies"
  static override description = `The tables and columns of istioctl proxy-config, and what they leave out.

Without TABLE: each proxy on one screen, with every way through it, from the address that a client dials to the tunnel that carries it on. TABLE is services (that table alone), bootstrap, listeners, chains, filters, routes, clusters, endpoints, eds, policies, secrets, ecds or all, or istioctl's alias of one. chains reads the matcher tree as a table: of the rows of a listener the first whose cells all match takes the connection; where chains carry their own match, as in a sidecar, the most specific does. -o wide adds columns, and rows for what was rejected or still waits. -o json and -o yaml are what the proxy sent, whole, in the overview beside the file and the time that it is from; private keys are left out, and values of headers, parameters and variables whose names tell that they are secret.`
  static override examples = [
    {
      description: 'What a waypoint does for each service: policies, routes, endpoints, tunnel',
      command:
        '<%= config.bin %> dump waypoint --snapshot fixtures/recorded/mesh-1.30/scenario-06-waypoint-authz-service/waypoints',
    },
    {
      description: 'Which chain takes a connection, and its filters in order',
      command:
        '<%= config.bin %> dump waypoint chains waypoint.shop --snapshot fixtures/recorded/mesh-1.30/scenario-00-base/waypoints',
    },
    {
      description: 'Who may do what',
      command:
        '<%= config.bin %> dump waypoint policies --snapshot fixtures/dump/waypoint/05-authz-allow-gateway.config_dump.json.gz',
    },
    {
      description: 'The same as istioctl proxy-config cluster',
      command:
        '<%= config.bin %> dump waypoint clusters waypoint.shop --fqdn cart.shop --snapshot fixtures/recorded/mesh-1.30/scenario-00-base/waypoints',
    },
  ]
  static override args = {
    table: Args.string({ ignoreStdin: true, description: 'What to show; an overview without it' }),
    proxy: Args.string({
      ignoreStdin: true,
      description: 'Only this proxy: POD.NAMESPACE, NAMESPACE/POD or the name of its Gateway',
    }),
  }
  static override flags = {
    snapshot,
    ...clusterFlags,
    namespace,
    output: output(waypointRenderers, 'text'),
    verbose,
    columns: Flags.string({ summary: 'Columns to show, in this order', helpValue: 'KEY,…' }),
    'sort-by': sortBy,
    'no-headers': Flags.boolean({ summary: 'No line of column headers' }),
    fqdn: Flags.string({ summary: 'Clusters whose name contains this', helpGroup: filters }),
    subset: Flags.string({ summary: 'Clusters whose name contains this subset', helpGroup: filters }),
    direction: Flags.string({ summary: 'Clusters whose name contains this direction', helpGroup: filters }),
    port: Flags.integer({ summary: 'Clusters, listeners and endpoints of this port', helpGroup: filters }),
    address: Flags.string({ summary: 'Listeners and endpoints of this address', helpGroup: filters }),
    type: Flags.string({ summary: 'Listeners of this type: HTTP, TCP, HTTP+TCP or UNKNOWN', helpGroup: filters }),
    name: Flags.string({ summary: 'The route configuration of this name', helpGroup: filters }),
    cluster: Flags.string({ summary: 'Endpoints of this cluster', helpGroup: filters }),
    status: Flags.string({ summary: 'Endpoints of this health: HEALTHY, UNHEALTHY, …', helpGroup: filters }),
    listener: Flags.string({ summary: 'Chains and filters of this listener', helpGroup: filters }),
    chain: Flags.string({
      summary: 'Chains, filters and policies of chains whose name contains this',
      helpGroup: filters,
    }),
    'policy-namespace': Flags.string({ summary: 'Policies of this namespace', helpGroup: filters }),
  }

  async run() {
    const { args, flags } = await this.parse(DumpWaypoint)
    const view = await dumpWaypoint({
      state: stateOf(flags),
      table: args.table,
      proxy: args.proxy,
      namespace: flags.namespace,
      present: present(),
      wish: { ...flags, namespace: flags['policy-namespace'] },
      choice: {
        columns: flags.columns?.split(','),
        sortBy: flags['sort-by'],
        headers: !flags['no-headers'],
      },
    })
    await this.tellIssues(view.issues, flags.verbose)
    if (['secrets', 'all', 'overview'].includes(view.table)) await this.tellMoment(view.moment)
    return this.print(waypointRenderers[flags.output], view)
  }
}
