/**
 * The commands that show a network namespace, by the file that keeps their output. Both back ends of iptables are asked: a
 * healthy pod may have its rules in one of them only.
 */
const commands: Readonly<Record<string, string>> = {
  'iptables-nft-save.txt': 'iptables-nft-save -c',
  'iptables-legacy-save.txt': 'iptables-legacy-save -c',
  'ip6tables-nft-save.txt': 'ip6tables-nft-save -c',
  'ip6tables-legacy-save.txt': 'ip6tables-legacy-save -c',
  'nft-ruleset.json': 'nft -j list ruleset',
  'ip-rule.json': 'ip -j rule',
  'ip6-rule.json': 'ip -6 -j rule',
  'ip-route.json': 'ip -j route show table all',
  'ip6-route.json': 'ip -6 -j route show table all',
  'ip-addr.json': 'ip -j addr',
  'ipset-save.txt': 'ipset save',
  'ss-lntup.txt': 'ss -lntup',
  'sysctl-net.txt':
    'sysctl -e net.ipv4.ip_forward net.ipv4.conf.all.route_localnet net.ipv4.conf.lo.route_localnet net.ipv4.conf.all.rp_filter net.ipv4.conf.default.rp_filter net.ipv6.conf.all.disable_ipv6 net.ipv6.conf.lo.disable_ipv6',
}

/**
 * A fixed script: what varies comes as arguments. `$1` divides the outputs; `$2` is empty for the namespace that the script
 * runs in, `node` for the node's, else an expression that the cgroup of the pod's processes matches.
 */
export const netnsScript = `mark=$1 whose=$2 ns=
case $whose in
'') ;;
node) ns=/host/proc/1/ns/net ;;
*)
  for file in /host/proc/[0-9]*/cgroup; do
    if grep -qE "$whose" "$file" 2>/dev/null; then ns=\${file%/cgroup}/ns/net; break; fi
  done
  if [ -z "$ns" ]; then echo 'no process of the pod under /host/proc' >&2; exit 3; fi ;;
esac
show() {
  file=$1; shift
  command -v "$1" >/dev/null 2>&1 || return 0
  printf '%s %s\\n' "$mark" "$file"
  if [ -z "$ns" ]; then "$@" 2>/dev/null; else nsenter --net="$ns" -- "$@" 2>/dev/null; fi
  printf '\\n%s exit %s\\n' "$mark" "$?"
}
${Object.entries(commands)
  .map(([file, command]) => `show ${file} ${command}`)
  .join('\n')}
`

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
