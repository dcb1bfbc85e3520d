/** The input of one run of iptables-restore. */
export interface ProgrammedRules {
  /** `iptables-nft-restore`, `ip6tables-legacy-restore` */
  readonly command: string
  readonly text: string
}

const running = /Running (ip6?tables-(?:nft-|legacy-)?restore) with the following input:/

/**
 * The rules that istio-cni's log says it programmed for one pod, the last of each command (specs/redirection.md §5.5).
 * In a plain log the input follows its line, and its last line carries the pod's name; in a JSON log it is one message.
 */
export const programmedRules = (log: string, namespace: string, pod: string): readonly ProgrammedRules[] => {
  const found = new Map<string, ProgrammedRules>()
  const lines = log.split('\n')
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? ''
    const command = running.exec(line)?.[1]
    if (command === undefined) continue
    const told = line.startsWith('{') ? fromJson(line) : fromLines(lines, at + 1)
    if (told?.namespace === namespace && told.pod === pod) found.set(command, { command, text: told.text })
  }
  return [...found.values()]
}

interface Told {
  readonly text: string
  readonly namespace: string | undefined
  readonly pod: string | undefined
}

const fromLines = (lines: readonly string[], start: number): Told | undefined => {
  for (let end = start; end < lines.length; end++) {
    const line = lines[end] ?? ''
    if (running.test(line)) return undefined
    const tab = line.indexOf('\t')
    if (tab < 0) continue
    const fields = line.slice(tab + 1)
    return {
      text: `${[...lines.slice(start, end), line.slice(0, tab)].join('\n')}\n`,
      namespace: /(?:^|\s)ns=(\S+)/.exec(fields)?.[1],
      pod: /(?:^|\s)name=(\S+)/.exec(fields)?.[1],
    }
  }
  return undefined
}

const fromJson = (line: string): Told | undefined => {
  try {
    const { msg, message = msg, ns, name } = JSON.parse(line) as Readonly<Record<string, unknown>>
    const text = String(message)
    return {
      text: `${text.slice(text.indexOf('\n') + 1).trimEnd()}\n`,
      namespace: typeof ns === 'string' ? ns : undefined,
      pod: typeof name === 'string' ? name : undefined,
    }
  } catch {
    return undefined
  }
}
