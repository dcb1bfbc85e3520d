import type { BpfMap, BpfProgram, ProgramAttachment, TcFilter } from './bpf.ts'
import type { ConntrackEntry, Listener } from './connections.ts'
import type { Evidence } from './evidence.ts'
import type { DecodeIssue } from './issue.ts'
import type { Link, PolicyRule, Route } from './routing.ts'

/** What one network namespace holds: rules, routes, sets, listeners. A list that is undefined was not collected. */
export interface Netns {
  readonly subject: NetnsSubject
  /** What was collected of it, as it came. */
  readonly files: readonly NetnsFile[]
  /** Whose rules were read; an empty dump of a back end is here without a table in `iptables` or `nft`. */
  readonly rulesets: readonly Ruleset[]
  readonly iptables: readonly IptablesTable[]
  /** In the order of nft's listing, which is the order of registration; tables of iptables-nft included, see `managed`. */
  readonly nft: readonly NftTable[]
  readonly ipsets: readonly Ipset[] | undefined
  readonly policyRules: ByFamily<readonly PolicyRule[]>
  readonly routes: ByFamily<readonly Route[]>
  readonly links: readonly Link[] | undefined
  /** Keys with dots: `net.ipv4.ip_forward`. Absent keys were not collected. */
  readonly sysctls: ReadonlyMap<string, string>
  readonly listeners: readonly Listener[] | undefined
  /** Whose sockets were asked for: nothing is known about listeners of another protocol. */
  readonly listenerProtocols: readonly Listener['protocol'][]
  readonly conntrack: readonly ConntrackEntry[] | undefined
  readonly bpf: {
    readonly maps: readonly BpfMap[]
    readonly programs: readonly BpfProgram[]
    /** Undefined: neither `bpftool net` nor `tc` was collected. */
    readonly attachments: readonly ProgramAttachment[] | undefined
    readonly filters: readonly TcFilter[]
  }
  readonly issues: readonly DecodeIssue[]
}

export type IpFamily = 4 | 6

export interface ByFamily<T> {
  readonly 4: T | undefined
  readonly 6: T | undefined
}

/** The output of one command in a network namespace. */
export interface NetnsFile {
  /** A kind of `src/decode/recognise.ts` whose use is `netns`. */
  readonly kind: string
  /** Told by the name of the command or of the file; the text of `ip rule` does not tell. */
  readonly family: IpFamily | undefined
  readonly file: string
  readonly text: string
}

/**
 * Whose network namespace it is; `app` names a pod by its workload where the pod's own name was not recorded.
 * `unknown`: files given without the folders that would tell.
 */
export type NetnsSubject =
  | { readonly kind: 'pod'; readonly namespace: string; readonly pod?: string; readonly app?: string }
  | { readonly kind: 'node'; readonly node?: string }
  | { readonly kind: 'ztunnel'; readonly node?: string }
  | { readonly kind: 'unknown' }

/** The rules of one back end that one file told. */
export interface Ruleset {
  /** `iptables`: nobody told the back end, as in the input of iptables-restore. */
  readonly backEnd: 'iptables-nft' | 'iptables-legacy' | 'iptables' | 'nft'
  /** nft tells both families at once. */
  readonly family: IpFamily | 'both'
  /** `intended`: the input of a restore or of `nft -f`, not what the kernel said it holds. */
  readonly source: 'kernel' | 'intended'
  /** iptables-nft-save warned that the legacy back end holds rules, too. */
  readonly warnsOfLegacy?: boolean
  readonly file: string
}

export interface Counter {
  readonly packets: number
  readonly bytes: number
}

/** One table of iptables-save or ip6tables-save. */
export interface IptablesTable {
  readonly backEnd: 'iptables-nft' | 'iptables-legacy' | 'iptables'
  readonly family: IpFamily
  readonly name: string
  readonly chains: readonly IptablesChain[]
  readonly file: string
}

export interface IptablesChain {
  readonly name: string
  /** Built-in chains have one; user chains print `-`. */
  readonly policy?: 'ACCEPT' | 'DROP'
  readonly counter?: Counter
  readonly rules: readonly IptablesRule[]
  readonly evidence: Evidence
}

/** A rule taken apart as it is written: header options, match extensions in order, then the target with its options. */
export interface RuleSpec {
  readonly header: readonly Argument[]
  readonly matches: readonly Extension[]
  /** Absent: the rule only counts. */
  readonly target: Extension | undefined
  /** `-g` instead of `-j`: the chain does not come back. */
  readonly goes: boolean
}

/** One option: `! --dport 15008`, `-s 10.0.0.0/8`, `--match-set pods dst`. Flags are spelled as iptables-save does. */
export interface Argument {
  readonly flag: string
  readonly inverted: boolean
  readonly values: readonly string[]
}

/** One extension with its own options: `-m mark ! --mark 0x539/0xfff`. */
export interface Extension {
  readonly name: string
  readonly options: readonly Argument[]
}

export interface IptablesRule {
  /** From 1, the number that `iptables -L --line-numbers` shows. */
  readonly number: number
  readonly spec: RuleSpec
  readonly counter?: Counter
  readonly evidence: Evidence
}

export type Json = null | string | number | boolean | readonly Json[] | { readonly [key: string]: Json }

/** One table of nft; rules and sets in the shape of `nft -j` (libnftables-json(5)), whichever spelling the file had. */
export interface NftTable {
  readonly family: 'ip' | 'ip6' | 'inet' | 'arp' | 'bridge' | 'netdev'
  readonly name: string
  readonly chains: readonly NftChain[]
  readonly sets: readonly NftSet[]
  /** Verdict maps among them; elements are pairs of key and value. */
  readonly maps: readonly NftSet[]
  /** `dormant` tables are not consulted. */
  readonly flags: readonly string[]
  /** Belongs to iptables-nft, whose rules lose their arguments here: they are read from iptables-save. */
  readonly managed: boolean
  readonly file: string
}

export interface NftChain {
  readonly name: string
  /** Absent for chains that only rules reach. */
  readonly base?: NftChainBase
  readonly rules: readonly NftRule[]
  readonly evidence: Evidence
}

export interface NftChainBase {
  readonly type: 'filter' | 'nat' | 'route'
  readonly hook: 'ingress' | 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting' | 'egress'
  /** Lower runs first. */
  readonly priority: number
  readonly policy: 'accept' | 'drop'
  /** Of `ingress` and `egress`: the devices that it is on. */
  readonly devices?: readonly string[]
}

export interface NftRule {
  /** From 1, its place in the chain. */
  readonly number: number
  /** A statement or expression that no reader knows is `{"unknown": "its text"}`. */
  readonly statements: readonly Json[]
  readonly comment?: string
  /** Of its first counter. */
  readonly counter?: Counter
  readonly evidence: Evidence
}

export interface NftSet {
  readonly name: string
  readonly type: readonly string[]
  /** `constant`, `interval`, `timeout`, `dynamic`. */
  readonly flags: readonly string[]
  readonly elements: readonly Json[]
  readonly evidence: Evidence
}

/** A set of the ipset command. */
export interface Ipset {
  readonly name: string
  /** `hash:ip`, `hash:net,port`, `list:set`. */
  readonly type: string
  readonly family: IpFamily
  readonly members: readonly IpsetMember[]
  readonly evidence: Evidence
}

export interface IpsetMember {
  /** `10.244.1.10`, `10.0.0.0/8,tcp:80`. */
  readonly element: string
  /** `nomatch`: an exception from the wider members. */
  readonly except: boolean
  /** For Istio the pod's UID. */
  readonly comment?: string
  readonly evidence: Evidence
}
