import { Args, Flags } from '@oclif/core'
import { clusterOnly, debugContainer, stateOf } from '#cli/cluster-flags.ts'
import { AmbientCommand } from '#cli/command.ts'
import { namespace, output, snapshot, verbose } from '#cli/flags.ts'
import { dumpRedirection } from '#pipeline/dump-redirection.ts'
import { redirectionRenderers } from '#render/dump/redirection/index.ts'

export default class DumpRedirection extends AmbientCommand {
  static override summary = 'Show what redirects the traffic of a pod or node, and what becomes of each kind of traffic'
  static override description =
    `Recognises the rules of a network namespace: the generation of ambient, its options, and the releases of istio-cni that program them. A packet of each kind is then followed through the real rules, routes and listeners. Findings name what is missing, left over or foreign, with its effect.

-o rules prints every rule with what it is for.`
  static override examples = [
    {
      description: 'One pod',
      command: '<%= config.bin %> dump redirection shop/web-84c57879c9-lr4pm --snapshot fixtures/demo',
    },
    {
      description: 'The rules of the node, each with its purpose',
      command: '<%= config.bin %> dump redirection --node node1 -o rules --snapshot fixtures/demo',
    },
    {
      description: 'Everything that was recorded, as JSON',
      command: '<%= config.bin %> dump redirection -o json --snapshot fixtures/demo',
    },
  ]
  static override args = {
    pod: Args.string({
      ignoreStdin: true,
      description:
        'Only this pod, NAMESPACE/POD or POD.NAMESPACE, or the pods of a workload, deploy/NAME; everything recorded without it',
    }),
  }
  static override flags = {
    snapshot,
    ...clusterOnly,
    'debug-container': debugContainer,
    namespace,
    node: Flags.string({ summary: 'Only this node', helpValue: 'NAME' }),
    output: output(redirectionRenderers, 'text'),
    verbose,
  }

  async run() {
    const { args, flags } = await this.parse(DumpRedirection)
    const view = await dumpRedirection({
      state: stateOf(flags),
      pod: args.pod,
      namespace: flags.namespace,
      node: flags.node,
    })
    await this.tellIssues(view.issues, flags.verbose)
    return this.print(redirectionRenderers[flags.output], view)
  }
}
