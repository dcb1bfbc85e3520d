import { Flags } from '@oclif/core'
import type { Proposal } from '#assertion/propose.ts'
import { clusterFlags, stateOf } from '#cli/cluster-flags.ts'
import { AmbientCommand } from '#cli/command.ts'
import { snapshot } from '#cli/flags.ts'
import { proposalYaml } from '#render/test/proposal.ts'

export default class TestInitCommand extends AmbientCommand {
  static override summary = 'Propose assertions from what the mesh allows and refuses today'

  static override description =
    'The file that is printed holds for the mesh as it is. It says what is, not what should be: read it before you keep it.'

  static override examples = [
    {
      description: 'Assertions about the services of a namespace',
      command: '<%= config.bin %> test init -n pay --snapshot fixtures/demo',
    },
  ]

  static override flags = {
    namespace: Flags.string({
      char: 'n',
      summary: 'Only services of this namespace. Repeatable',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'NAME',
      helpGroup: 'GLOBAL',
    }),
    snapshot,
    ...clusterFlags,
  }

  async run(): Promise<readonly Proposal[]> {
    const { flags } = await this.parse(TestInitCommand)
    const { proposeTests } = await import('#pipeline/test-mesh.ts')
    return this.print(
      proposalYaml,
      await proposeTests(stateOf({ ...flags, namespace: undefined }), flags.namespace ?? []),
    )
  }
}
