/** One command that shows a part of a network namespace, and the file that keeps what it says. */
interface Command {
  readonly file: string
  readonly command: string
  /** For tools that cannot print JSON, such as busybox. */
  readonly otherwise?: Omit<Command, 'otherwise'>
}

const plainly = (file: string, command: string): Command => ({
  file: `${file}.json`,
  command: command.replace(' ', ' -j '),
  otherwise: { file: `${file}.txt`, command },
})

/** Both back ends of iptables are asked: a healthy pod may have its rules in one of them only. */
const commands: readonly Command[] = [
  { file: 'iptables-nft-save.txt', command: 'iptables-nft-save -c' },
  { file: 'iptables-legacy-save.txt', command: 'iptables-legacy-save -c' },
  { file: 'ip6tables-nft-save.txt', command: 'ip6tables-nft-save -c' },
  { file: 'ip6tables-legacy-save.txt', command: 'ip6tables-legacy-save -c' },
  { file: 'nft-ruleset.json', command: 'nft -j list ruleset' },
  plainly('ip-rule', 'ip rule'),
  plainly('ip6-rule', 'ip -6 rule'),
  plainly('ip-route', 'ip route show table all'),
  plainly('ip6-route', 'ip -6 route show table all'),
  plainly('ip-addr', 'ip addr'),
  { file: 'ipset-save.txt', command: 'ipset save' },
  { file: 'ss-lntup.txt', command: 'ss -lntup' },
  {
    file: 'sysctl-net.txt',
    command:
      'sysctl -e net.ipv4.ip_forward net.ipv4.conf.all.route_localnet net.ipv4.conf.lo.route_localnet net.ipv4.conf.all.rp_filter net.ipv4.conf.default.rp_filter net.ipv6.conf.all.disable_ipv6 net.ipv6.conf.lo.disable_ipv6',
  },
]

const show = ({ file, command, otherwise }: Command): string =>
  `show ${file} ${command}${otherwise === undefined ? '' : ` || ${show(otherwise)}`}`

/**
 * A fixed script for any POSIX shell: what varies comes as arguments. `$1` divides the outputs; `$2` is empty for the
 * namespace that the script runs in, `node` for the node's, else an expression that the cgroup of the pod's processes
 * matches; `$3` is where the node's processes are. A runtime may keep a helper of its own in the cgroup of the pod: what
 * lives in the network of the node is not the pod.
 */
const netnsScript = `mark=$1 whose=$2 proc=$3 ns=
case $whose in
'') ;;
node) ns=$proc/1/ns/net ;;
*)
  host=$(readlink "$proc/1/ns/net")
  for file in $(grep -lE "$whose" "$proc"/[0-9]*/cgroup 2>/dev/null); do
    own=\${file%/cgroup}/ns/net
    net=$(readlink "$own") || continue
    if [ "$net" != "$host" ]; then ns=$own; break; fi
  done
  if [ -z "$ns" ]; then echo "no process of the pod under $proc" >&2; exit 3; fi ;;
esac
if [ -n "$ns" ]; then nsenter --net="$ns" -- true || exit 4; fi
show() {
  file=$1; shift
  command -v "$1" >/dev/null 2>&1 || return 0
  printf '%s %s\\n' "$mark" "$file"
  if [ -z "$ns" ]; then "$@" 2>/dev/null; else nsenter --net="$ns" -- "$@" 2>/dev/null; fi
  code=$?
  printf '\\n%s exit %s\\n' "$mark" "$code"
  return "$code"
}
${commands.map(show).join('\n')}
exit 0
`

/** Whose network namespace the script shows. */
export type Whose = 'own' | 'node' | { readonly cgroup: string }

/** The words of the command that shows a network namespace; `proc` is where the processes of the node are seen. */
export const netnsCommand = (mark: string, whose: Whose, proc = '/host/proc'): readonly string[] => [
  'sh',
  '-c',
  netnsScript,
  'ambientctl',
  mark,
  whose === 'own' ? '' : whose === 'node' ? 'node' : whose.cgroup,
  proc,
]

export interface CommandOutput {
  readonly file: string
  readonly text: string
}

/** The outputs of the commands that were there and succeeded. Undefined: the last one is cut off. */
export const splitOutputs = (out: string, mark: string): readonly CommandOutput[] | undefined => {
  const pieces = out.split(`${mark} `).slice(1)
  const found: CommandOutput[] = []
  for (let at = 0; at < pieces.length; at += 2) {
    const [begin = '', end] = [pieces[at], pieces[at + 1]]
    if (end === undefined) return undefined
    const newline = begin.indexOf('\n')
    if (end.trim() === 'exit 0')
      found.push({ file: begin.slice(0, newline), text: begin.slice(newline + 1).replace(/\n$/, '') })
  }
  return found
}
