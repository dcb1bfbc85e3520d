import { Flags } from '@oclif/core'
import { clusterFlags, clusterOf, debugContainer, rules } from '#cli/cluster-flags.ts'
import { AmbientCommand } from '#cli/command.ts'
import { namespace } from '#cli/flags.ts'
import type { SnapshotTaken } from '#model/snapshot.ts'
import { takeSnapshot } from '#pipeline/take-snapshot.ts'
import { snapshotText } from '#render/snapshot.ts'

export default class SnapshotCommand extends AmbientCommand {
  static override summary = 'Collect the state of a mesh into a directory or archive, without secrets'

  static override description =
    `Every other command reads it with --snapshot: later, elsewhere, by somebody without access to the cluster.

Dumps and metrics of ztunnels and waypoints, Kubernetes objects (of events the warnings, of ConfigMaps cilium-config alone), the rules of nodes and of pods in the mesh, and the last lines of the logs of ztunnels and istio-cni. Secrets are never asked for; private keys, tokens, credentials and the values of environment variables are taken out of everything else. A run that was interrupted, or missed something, goes on where it stopped when it is started again.`

  static override examples = [
    { description: 'The whole mesh', command: '<%= config.bin %> snapshot -o mesh.tar.gz' },
    {
      description: 'What one request meets',
      command: '<%= config.bin %> snapshot --from deploy/web.shop --to http://ledger.pay/ -o request.tar.gz',
    },
    { description: 'One node, without its rules', command: '<%= config.bin %> snapshot --node n1 --no-rules -o n1' },
  ]

  static override flags = {
    output: Flags.string({
      char: 'o',
      summary: 'A new directory, or a file NAME.tar.gz',
      required: true,
      helpValue: 'PATH',
    }),
    from: Flags.string({ summary: 'Only what a request from here meets', dependsOn: ['to'], helpValue: 'FROM' }),
    to: Flags.string({ summary: 'Where that request is sent', dependsOn: ['from'], helpValue: 'TO' }),
    namespace: { ...namespace, summary: 'Only proxies and rules of the pods in this namespace', helpGroup: 'SCOPE' },
    node: Flags.string({ summary: 'Only proxies and rules on this node', exclusive: ['from'], helpValue: 'NAME' }),
    rules: { ...rules, exclusive: ['from'] },
    logs: Flags.boolean({
      summary: 'The last lines that ztunnels and istio-cni logged',
      default: true,
      allowNo: true,
      exclusive: ['from'],
      helpGroup: 'CLUSTER',
    }),
    ...clusterFlags,
    'debug-container': debugContainer,
  }

  async run(): Promise<SnapshotTaken> {
    const { flags } = await this.parse(SnapshotCommand)
    const { from, to } = flags
    const taken = await takeSnapshot({
      cluster: clusterOf(flags).cluster,
      out: flags.output,
      request: from !== undefined && to !== undefined ? { from, to } : undefined,
      namespace: flags.namespace,
      node: flags.node,
      rules: flags.rules,
      logs: flags.logs,
      version: this.config.version,
    })
    return this.print(snapshotText, taken)
  }
}
