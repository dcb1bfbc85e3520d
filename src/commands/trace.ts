import { Args, Flags } from '@oclif/core'
import { clusterFlags, debugContainer, stateOf } from '#cli/cluster-flags.ts'
import { AmbientCommand } from '#cli/command.ts'
import { namespace, snapshot, verbosity } from '#cli/flags.ts'
import { parseHeader } from '#cli/header.ts'
import { parseClaims } from '#cli/jwt-claims.ts'
import { present } from '#cli/terminal.ts'
import { traceFormats, traceRenderers } from '#render/trace/index.ts'
import type { Trace } from '#trace/trace.ts'
import { outcomeOf } from '#trace/trace.ts'

const token = /\bey[\w-]+\.[\w-]+\.[\w-]*/

const bringsToken = (sent: readonly string[], claims: string | undefined): boolean =>
  claims !== undefined || sent.some(text => token.test(text))

export default class TraceCommand extends AmbientCommand {
  static override summary =
    'Follow one request from source to destination, hop by hop, with the evidence for each decision'

  static override description =
    `FROM is a pod (namespace/pod, pod.namespace), a workload (deploy/web.shop), a pod address, node/NAME, or external.
TO is a URL (http, https, h2c, grpc, tcp, tls), host:port, ip:port, or namespace/pod:port. Short names resolve as in the resolv.conf of FROM.`

  static override examples = [
    {
      description: 'A call by service name',
      command: '<%= config.bin %> trace deploy/web.shop http://ledger.pay/ --snapshot fixtures/demo',
    },
    {
      description: 'Every step with its evidence',
      command: '<%= config.bin %> trace shop/web http://vault.pay:8081/ --verbosity detailed --snapshot fixtures/demo',
    },
    {
      description: 'For a pipeline: exit code 3 unless delivered',
      command:
        '<%= config.bin %> trace deploy/web.shop http://ledger.pay/ --exit-verdict -o json --snapshot fixtures/demo',
    },
  ]

  static override args = {
    from: Args.string({ required: true, description: 'Who sends the request' }),
    to: Args.string({ required: true, description: 'Where it is sent' }),
  }

  static override flags = {
    method: Flags.string({ char: 'X', summary: 'The HTTP method', helpValue: 'METHOD' }),
    header: Flags.string({
      char: 'H',
      summary: 'A header, as "Name: value". Repeatable',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'HEADER',
    }),
    sni: Flags.string({ summary: 'The server name of a TLS request', helpValue: 'NAME' }),
    'source-ip': Flags.string({
      summary: 'The address that the client sends from, if it has several',
      helpValue: 'IP',
    }),
    family: Flags.option({ summary: 'The address family to use', options: ['4', '6'] as const })(),
    'jwt-claims': Flags.string({
      summary:
        'Claims, as a JSON object, to take for those of a valid token where the keys that would prove it are remote',
      helpValue: 'JSON',
    }),
    'exit-verdict': Flags.boolean({ summary: 'Exit with 3 unless the request is delivered' }),
    strict: Flags.boolean({ summary: 'Exit with 4 when the answer is undetermined or ambiguous' }),
    output: Flags.option({
      char: 'o',
      summary: 'The format of the result',
      options: traceFormats,
      default: 'text' as const,
      helpGroup: 'GLOBAL',
    })(),
    snapshot,
    ...clusterFlags,
    'debug-container': debugContainer,
    namespace,
    verbosity,
  }

  async run(): Promise<Trace> {
    const { args, flags } = await this.parse(TraceCommand)
    const { traceRequest } = await import('#pipeline/trace-request.ts')
    const trace = await traceRequest({
      state: stateOf(flags),
      from: args.from,
      to: args.to,
      ...(flags.namespace !== undefined && { namespace: flags.namespace }),
      present: present(),
      ...(flags['jwt-claims'] !== undefined && { jwtClaims: parseClaims(flags['jwt-claims']) }),
      request: {
        ...(flags.method !== undefined && { method: flags.method }),
        ...(flags.header !== undefined && { headers: flags.header.map(parseHeader) }),
        ...(flags.sni !== undefined && { sni: flags.sni }),
        ...(flags['source-ip'] !== undefined && { sourceIp: flags['source-ip'] }),
        ...(flags.family !== undefined && { family: flags.family === '4' ? 4 : 6 }),
      },
    })
    await this.tellIssues(trace.issues, flags.verbosity === 'detailed', '--verbosity detailed')
    if (trace.moment !== undefined && bringsToken([...(flags.header ?? []), args.to], flags['jwt-claims']))
      await this.tellMoment(trace.moment)
    const outcome = outcomeOf(trace)
    if (flags.strict && (outcome === 'undetermined' || outcome === 'ambiguous')) this.exitAs('undetermined')
    else if (flags['exit-verdict'] && outcome !== 'delivered') this.exitAs('notDelivered')
    else if (outcome === 'undetermined' && trace.losses[0] !== undefined) this.exitAs(trace.losses[0].kind)
    return this.print(traceRenderers(flags.verbosity)[flags.output], trace)
  }
}
