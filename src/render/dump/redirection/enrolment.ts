import type { Actual, Advertised, Declared, Enrolment } from '#redirection/enrolment/enrolment.ts'

const declaredWords: Readonly<Record<Declared['by'], string>> = {
  'pod-label': 'in the mesh, by label of the pod',
  'namespace-label': 'in the mesh, by label of the namespace',
  'no-label': 'not in the mesh: neither pod nor namespace is labelled',
  'opted-out': 'not in the mesh: the label of the pod says none',
  sidecar: 'not in the mesh: the pod has a sidecar',
  'host-network': 'not in the mesh: the pod uses the network of its node',
  'not-recorded': 'unknown: Pod or Namespace was not recorded',
}

const annotationWords: Readonly<Record<Advertised['annotation'], string>> = {
  enabled: 'annotation enabled',
  pending: 'annotation pending',
  disabled: 'annotation disabled',
  absent: 'no annotation',
  unknown: 'annotation unknown',
}

const protocolWords: Readonly<Record<Advertised['protocol'], string>> = {
  HBONE: 'HBONE',
  TCP: 'TCP',
  absent: 'no workload',
  unknown: 'protocol unknown',
}

const rulesWords: Readonly<Record<Actual['rules'], string>> = {
  ambient: 'redirected',
  sidecar: 'rules of a sidecar',
  none: 'not redirected',
  unknown: 'rules unknown',
}

const listenerWords: Readonly<Record<Actual['listeners'], string>> = {
  yes: 'ztunnel listens',
  no: 'ztunnel does not listen',
  unknown: 'listeners unknown',
}

const stateWords: Readonly<Record<Actual['ztunnel'], string>> = {
  up: 'workloadState up',
  pending: 'workloadState pending',
  absent: 'not in workloadState',
  unknown: 'workloadState unknown',
}

/** The three parts of enrolment, one line each. */
export const enrolmentFacts = ({ declared, advertised, actual }: Enrolment): readonly (readonly [string, string])[] => [
  ['declared', declaredWords[declared.by]],
  ['advertised', `${annotationWords[advertised.annotation]}, ${protocolWords[advertised.protocol]}`],
  ['actual', `${rulesWords[actual.rules]}, ${listenerWords[actual.listeners]}, ${stateWords[actual.ztunnel]}`],
]
