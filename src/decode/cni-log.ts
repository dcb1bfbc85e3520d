/** The input of one run of iptables-restore or nft. */
export interface ProgrammedRules {
  /** `iptables-nft-restore`, `ip6tables-legacy-restore`, `nft` */
  readonly command: string
  readonly text: string
}

/** One entry of the log, with the lines that belong to it. */
interface Entry {
  readonly text: string
  readonly namespace: string | undefined
  readonly pod: string | undefined
}

const restoring = /Running (ip6?tables-(?:nft-|legacy-)?restore) with the following input:/

/** Native nftables: what is programmed is told by an entry that names no pod, between two that do. */
const nft = {
  begins: /native nftables enabled, using nft rules for inpod/,
  programmed: /nftables rules programmed:/,
  ends: /nftables inpod rules creation completed/,
} as const

/**
 * The rules that istio-cni's log says it programmed for one pod, the last of each command (specs/redirection.md §5.5).
 * In a plain log the input follows its line, and the last line carries the pod's name; in a JSON log it is one message.
 */
export const programmedRules = (log: string, namespace: string, pod: string): readonly ProgrammedRules[] => {
  const found = new Map<string, ProgrammedRules>()
  const isIt = (entry: Entry): boolean => entry.namespace === namespace && entry.pod === pod
  let begun = false
  let told: string | undefined
  for (const entry of entriesOf(log)) {
    const command = restoring.exec(entry.text)?.[1]
    if (command !== undefined && isIt(entry)) found.set(command, { command, text: inputOf(entry) })
    if (nft.begins.test(entry.text)) {
      begun = isIt(entry)
      told = undefined
    } else if (begun && nft.programmed.test(entry.text)) told = inputOf(entry)
    else if (nft.ends.test(entry.text)) {
      if (begun && told !== undefined && isIt(entry)) found.set('nft', { command: 'nft', text: told })
      begun = false
    }
  }
  return [...found.values()]
}

/** Everything after the line that announces it. */
const inputOf = ({ text }: Entry): string => `${text.slice(text.indexOf('\n') + 1).trimEnd()}\n`

const timestamp = /^\d{4}-\d\d-\d\dT[\d:.]+Z?\t/

function* entriesOf(log: string): Generator<Entry> {
  let lines: string[] = []
  for (const line of log.split('\n')) {
    const isJson = line.startsWith('{"')
    if ((isJson || timestamp.test(line)) && lines.length > 0) {
      yield fromLines(lines)
      lines = []
    }
    if (isJson) yield fromJson(line)
    else lines.push(line)
  }
  if (lines.length > 0) yield fromLines(lines)
}

/** Fields stand behind the last tab of an entry's last line that has any. */
const fromLines = (lines: readonly string[]): Entry => {
  const last = lines.findLastIndex(line => fields.test(line))
  const line = lines[last]
  if (line === undefined) return { text: lines.join('\n'), namespace: undefined, pod: undefined }
  const tab = line.lastIndexOf('\t')
  return {
    text: lines.with(last, line.slice(0, tab)).join('\n'),
    namespace: /(?:^|\s)ns=(\S+)/.exec(line.slice(tab + 1))?.[1],
    pod: /(?:^|\s)name=(\S+)/.exec(line.slice(tab + 1))?.[1],
  }
}

const fields = /\t[^\t]*\b(?:ns|name)=\S+[^\t]*$/

const fromJson = (line: string): Entry => {
  try {
    const { msg, message = msg, ns, name } = JSON.parse(line) as Readonly<Record<string, unknown>>
    return {
      text: String(message),
      namespace: typeof ns === 'string' ? ns : undefined,
      pod: typeof name === 'string' ? name : undefined,
    }
  } catch {
    return { text: line, namespace: undefined, pod: undefined }
  }
}
