import type { Arrival, Fate, LossReason } from '#redirection/fate.ts'

const ports: Readonly<Record<number, string>> = {
  15001: 'ztunnel, port 15001 (outbound)',
  15006: 'ztunnel, port 15006 (inbound plaintext)',
  15008: 'ztunnel, port 15008 (HBONE)',
  15053: 'ztunnel, port 15053 (DNS)',
}

const lossWords: Readonly<Record<LossReason, string>> = {
  rule: 'dropped by a rule',
  policy: 'dropped by the policy of a chain',
  'tproxy-without-socket': 'dropped: nobody listens where TPROXY hands it',
  'not-forwarding': 'dropped: forwarding is off',
  'no-route': 'lost: no route',
  'martian-source': 'dropped: impossible source',
  'martian-destination': 'dropped: impossible destination',
  'reverse-path': 'dropped by the reverse path filter',
  'no-neighbour': 'lost: the next hop does not answer',
  'no-ztunnel': 'dropped: no ztunnel',
  'no-address-for-redirect': 'dropped: no address to redirect to',
  ttl: 'lost: it went round too often',
  'stray-answer': 'lost: it goes to the client, not back to ztunnel',
}

interface Sent {
  readonly source?: string
  readonly destination: string
  readonly port?: number
}

/** One outcome in a few words. */
export const fateText = (fate: Fate, sent: Sent): string => {
  switch (fate.kind) {
    case 'arrives':
      return arrivalText(fate.at)
    case 'leaves':
      return `leaves by ${fate.dev}${changesText(fate, sent)}`
    case 'refused':
      return fate.by === 'rule' ? 'refused by a rule' : 'refused: nobody listens'
    case 'reset':
      return `connected, then reset (the request reached ${arrivalText(fate.reached)}, what follows goes elsewhere)`
    case 'unreachable':
      return `unreachable: ${fate.error}`
    case 'lost':
      return fate.reached === undefined
        ? lossWords[fate.reason]
        : `reaches ${arrivalText(fate.reached)}, but the answer is ${lossWords[fate.reason]}`
    case 'undetermined':
      return `undetermined: ${fate.missing.map(({ what, text }) => `${what} ${text}`).join('; ')}`
  }
}

/** Tunnels: the packet is inside another one, to ztunnel. */
const changesText = ({ from, to }: Extract<Fate, { kind: 'leaves' }>, { source, destination, port }: Sent): string => {
  const changes = [
    ...(source === undefined || from.address === source ? [] : [`from ${from.address}`]),
    ...(to.address === destination && (port === undefined || to.port === port) ? [] : [`to ${to.address}:${to.port}`]),
  ]
  return changes.length === 0 ? ' as it is' : `, ${changes.join(' ')}`
}

const arrivalText = ({ local, listenerPort }: Arrival): string => ports[listenerPort ?? local.port] ?? 'the application'
