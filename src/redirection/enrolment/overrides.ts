import type { KubernetesObject } from '#model/kubernetes.ts'
import { refOf } from '#model/kubernetes.ts'
import type { Features } from '../recognise/features.ts'
import type { RedirectionFinding } from '../recognise/finding.ts'

const bypass = 'ambient.istio.io/bypass-inbound-capture'
const dns = 'ambient.istio.io/dns-capture'
const interfaces = 'istio.io/reroute-virtual-interfaces'

/** What a pod asks of its rules; undefined where it asks nothing that istio-cni reads. */
export interface Asked {
  readonly bypassInbound: boolean | undefined
  readonly dns: boolean | undefined
}

export const asked = (pod: KubernetesObject | undefined): Asked => ({
  bypassInbound: truth(pod?.annotations[bypass]),
  dns: truth(pod?.annotations[dns]),
})

/**
 * Annotations that ask for other rules than the pod has. They are read when the rules are made: a later change waits for
 * the pod to be enrolled anew (specs/redirection.md §1.5).
 */
export const overridesNotApplied = (pod: KubernetesObject, features: Features): readonly RedirectionFinding[] => {
  const { annotations } = pod
  const { bypassInbound, dns: capturesDns } = asked(pod)
  const wanted = [
    { name: bypass, differs: differs(bypassInbound, features.bypassInbound) },
    { name: dns, differs: differs(capturesDns, features.dns !== 'off') },
    { name: interfaces, differs: !sameNames(annotations[interfaces], features.virtualInterfaces) },
  ]
  return wanted.flatMap(({ name, differs }) =>
    differs
      ? [
          {
            code: 'annotation-not-applied' as const,
            severity: 'risk' as const,
            about: `${name}=${annotations[name]}`,
            evidence: [
              {
                from: 'object' as const,
                file: pod.file,
                pointer: `${pod.pointer}/metadata/annotations/${name.replaceAll('/', '~1')}`,
                object: refOf(pod),
              },
            ],
          },
        ]
      : [],
  )
}

const differs = (asked: boolean | undefined, is: boolean): boolean => asked !== undefined && asked !== is

/** The spellings that istio-cni reads (specs/redirection.md §1.5); another value is ignored. */
const truth = (text: string | undefined): boolean | undefined => {
  if (/^(1|t|T|TRUE|true|True)$/.test(text ?? '')) return true
  return /^(0|f|F|FALSE|false|False)$/.test(text ?? '') ? false : undefined
}

const sameNames = (asked: string | undefined, are: readonly string[]): boolean => {
  if (asked === undefined) return true
  const names = asked
    .split(',')
    .map(name => name.trim())
    .filter(name => name !== '')
  return names.toSorted().join() === are.toSorted().join()
}
