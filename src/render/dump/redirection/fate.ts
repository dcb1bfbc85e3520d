import type { Arrival, Fate, Hit, LossReason } from '#redirection/fate.ts'

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
  'stray-answer': 'lost: the answer belongs to nobody',
}

/** One outcome in a few words. `decidedBy` names the port of a socket that TPROXY chose. */
export const fateText = (fate: Fate, decidedBy: Hit | undefined): string => {
  switch (fate.kind) {
    case 'arrives':
      return arrivalText(fate.at, portOfTproxy(decidedBy))
    case 'leaves':
      return `leaves by ${fate.dev} as it is`
    case 'refused':
      return fate.by === 'rule' ? 'refused by a rule' : 'refused: nobody listens'
    case 'reset':
      return `connected, then reset (the request reached ${arrivalText(fate.reached, portOfTproxy(decidedBy))}, what follows goes elsewhere)`
    case 'unreachable':
      return `unreachable: ${fate.error}`
    case 'lost':
      return `${lossWords[fate.reason]}${fate.reached === undefined ? '' : ` (the request reached ${arrivalText(fate.reached, portOfTproxy(decidedBy))}, the answer did not come back)`}`
    case 'undetermined':
      return `undetermined: ${fate.missing.map(({ what, text }) => `${what} ${text}`).join('; ')}`
  }
}

/** A transparent socket's own address is the packet's destination, not the port it listens on. */
const portOfTproxy = (decidedBy: Hit | undefined): number | undefined => {
  const { evidence } = decidedBy ?? {}
  const port = evidence?.from === 'rule' ? /--on-port (\d+)/.exec(evidence.text)?.[1] : undefined
  return port === undefined ? undefined : Number(port)
}

const arrivalText = ({ local, by, assumed }: Arrival, tproxyPort: number | undefined): string => {
  const port = by === 'tproxy' ? (tproxyPort ?? local.port) : local.port
  return `${ports[port] ?? 'the application'}${assumed ? ', if it listens' : ''}`
}
