
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

$scriptblock = {
    param($WordToComplete, $CommandAst, $CursorPosition)

    $Commands =
@{
"check" = @{
"_command" = @{
  "summary" = "Look for what is wrong in a mesh: findings with stable codes, evidence and a fix"
  "flags" = @{
    "help" = @{ "summary" = "Show help for command" }
    "no-color" = @{ "summary" = "No colours (also NO_COLOR; FORCE_COLOR asks for them)" }
    "debug" = @{ "summary" = "Show the stack of a failure" }
    "fail-on" = @{ "summary" = "Exit with 2 when a finding is at least this severe" }
    "strict" = @{ "summary" = "Exit with 4 when a part of the input could not be read" }
    "istioctl-exit-codes" = @{ "summary" = "Exit with 79 instead of 2, as istioctl does" }
    "baseline" = @{ "summary" = "An earlier result of check -o json, whose findings are left out" }
    "ignore" = @{
      "summary" = "A file whose ignore names findings that do not count until a day, with the reason. Repeatable"
      "multiple" = $true
}
    "report" = @{
      "summary" = "Write a further report, in one of the formats of --output. Repeatable"
      "multiple" = $true
}
    "output" = @{ "summary" = "The format of the result" }
    "snapshot" = @{
      "summary" = "Answer from files instead of a cluster: a directory, an archive, a single file, or - for standard input. Repeatable"
      "multiple" = $true
}
    "rules" = @{ "summary" = "Rules of nodes and pods, through istio-cni; of a large mesh they take the longest" }
    "kubeconfig" = @{ "summary" = "The kubeconfig file" }
    "context" = @{ "summary" = "The context of the kubeconfig" }
    "as" = @{ "summary" = "The user to impersonate" }
    "as-group" = @{
      "summary" = "A group to impersonate, with --as. Repeatable"
      "multiple" = $true
}
    "request-timeout" = @{ "summary" = "How long to try for each piece of evidence: 30s, 2m; 0 for no end" }
    "istio-namespace" = @{ "summary" = "The namespace of Istio [default: the one in which istiod runs]" }
    "revision" = @{ "summary" = "Only the proxies of this control plane revision, and its mesh configuration" }
    "proxy-admin-port" = @{ "summary" = "The admin port of the proxies [default: the one of the mesh configuration, or 15000]" }
    "debug-container" = @{ "summary" = "Read the rules of a pod in a debug container of this image where istio-cni cannot: this adds a container to the pod" }
    "verbose" = @{ "summary" = "List every part of the input that could not be read" }
  }
}
"access" = @{
"_command" = @{
  "summary" = "List what you may do in a cluster of what ambientctl needs, and what each missing right costs"
  "flags" = @{
    "help" = @{ "summary" = "Show help for command" }
    "no-color" = @{ "summary" = "No colours (also NO_COLOR; FORCE_COLOR asks for them)" }
    "debug" = @{ "summary" = "Show the stack of a failure" }
    "kubeconfig" = @{ "summary" = "The kubeconfig file" }
    "context" = @{ "summary" = "The context of the kubeconfig" }
    "as" = @{ "summary" = "The user to impersonate" }
    "as-group" = @{
      "summary" = "A group to impersonate, with --as. Repeatable"
      "multiple" = $true
}
    "request-timeout" = @{ "summary" = "How long to try for each piece of evidence: 30s, 2m; 0 for no end" }
    "istio-namespace" = @{ "summary" = "The namespace of Istio [default: the one in which istiod runs]" }
    "revision" = @{ "summary" = "Only the proxies of this control plane revision, and its mesh configuration" }
    "namespace" = @{ "summary" = "Only what is needed in this namespace and that of Istio" }
    "output" = @{ "summary" = "The format of the result" }
  }
}
}
}

"dump" = @{
"_summary" = "What a ztunnel, a waypoint or the rules of a pod hold"
"ztunnel" = @{
"_command" = @{
  "summary" = "What ztunnels hold, on one screen"
  "flags" = @{
    "help" = @{ "summary" = "Show help for command" }
    "no-color" = @{ "summary" = "No colours (also NO_COLOR; FORCE_COLOR asks for them)" }
    "debug" = @{ "summary" = "Show the stack of a failure" }
    "snapshot" = @{
      "summary" = "Answer from files instead of a cluster: a dump, a directory, an archive, or - for standard input. Repeatable"
      "multiple" = $true
}
    "kubeconfig" = @{ "summary" = "The kubeconfig file" }
    "context" = @{ "summary" = "The context of the kubeconfig" }
    "as" = @{ "summary" = "The user to impersonate" }
    "as-group" = @{
      "summary" = "A group to impersonate, with --as. Repeatable"
      "multiple" = $true
}
    "request-timeout" = @{ "summary" = "How long to try for each piece of evidence: 30s, 2m; 0 for no end" }
    "istio-namespace" = @{ "summary" = "The namespace of Istio [default: the one in which istiod runs]" }
    "revision" = @{ "summary" = "Only the proxies of this control plane revision, and its mesh configuration" }
    "proxy-admin-port" = @{ "summary" = "The admin port of the proxies [default: the one of the mesh configuration, or 15000]" }
    "node" = @{ "summary" = "Only the ztunnel of this node" }
    "namespace" = @{ "summary" = "The namespace of names that are given without one" }
    "output" = @{ "summary" = "The format of the result" }
    "verbose" = @{ "summary" = "List every part of the input that could not be read" }
  }
}
"all" = @{
"_command" = @{
  "summary" = "All tables of a ztunnel, or its dump as it came"
  "flags" = @{
    "help" = @{ "summary" = "Show help for command" }
    "no-color" = @{ "summary" = "No colours (also NO_COLOR; FORCE_COLOR asks for them)" }
    "debug" = @{ "summary" = "Show the stack of a failure" }
    "snapshot" = @{
      "summary" = "Answer from files instead of a cluster: a dump, a directory, an archive, or - for standard input. Repeatable"
      "multiple" = $true
}
    "kubeconfig" = @{ "summary" = "The kubeconfig file" }
    "context" = @{ "summary" = "The context of the kubeconfig" }
    "as" = @{ "summary" = "The user to impersonate" }
    "as-group" = @{
      "summary" = "A group to impersonate, with --as. Repeatable"
      "multiple" = $true
}
    "request-timeout" = @{ "summary" = "How long to try for each piece of evidence: 30s, 2m; 0 for no end" }
    "istio-namespace" = @{ "summary" = "The namespace of Istio [default: the one in which istiod runs]" }
    "revision" = @{ "summary" = "Only the proxies of this control plane revision, and its mesh configuration" }
    "proxy-admin-port" = @{ "summary" = "The admin port of the proxies [default: the one of the mesh configuration, or 15000]" }
    "node" = @{ "summary" = "Only the ztunnel of this node" }
    "namespace" = @{ "summary" = "The namespace of names that are given without one" }
    "all-nodes" = @{ "summary" = "Ask every ztunnel of a cluster, and tell what they hold unlike; files are always all read" }
    "output" = @{ "summary" = "The format of the result" }
    "verbose" = @{ "summary" = "List every part of the input that could not be read" }
    "with-headers" = @{ "summary" = "A line with its name before each table" }
    "no-headers" = @{ "summary" = "No line of column names" }
  }
}
}
"certificates" = @{
"_command" = @{
  "summary" = "The certificates of the workloads that a ztunnel serves"
  "flags" = @{
    "help" = @{ "summary" = "Show help for command" }
    "no-color" = @{ "summary" = "No colours (also NO_COLOR; FORCE_COLOR asks for them)" }
    "debug" = @{ "summary" = "Show the stack of a failure" }
    "snapshot" = @{
      "summary" = "Answer from files instead of a cluster: a dump, a directory, an archive, or - for standard input. Repeatable"
      "multiple" = $true
}
    "kubeconfig" = @{ "summary" = "The kubeconfig file" }
    "context" = @{ "summary" = "The context of the kubeconfig" }
    "as" = @{ "summary" = "The user to impersonate" }
    "as-group" = @{
      "summary" = "A group to impersonate, with --as. Repeatable"
      "multiple" = $true
}
    "request-timeout" = @{ "summary" = "How long to try for each piece of evidence: 30s, 2m; 0 for no end" }
    "istio-namespace" = @{ "summary" = "The namespace of Istio [default: the one in which istiod runs]" }
    "revision" = @{ "summary" = "Only the proxies of this control plane revision, and its mesh configuration" }
    "proxy-admin-port" = @{ "summary" = "The admin port of the proxies [default: the one of the mesh configuration, or 15000]" }
    "node" = @{ "summary" = "Only the ztunnel of this node" }
    "namespace" = @{ "summary" = "The namespace of names that are given without one" }
    "output" = @{ "summary" = "The format of the result; json, yaml and ndjson lose nothing of what the ztunnel sent" }
    "template" = @{ "summary" = "What -o jsonpath prints, as kubectl's; also -o jsonpath=TEMPLATE" }
    "verbose" = @{ "summary" = "List every part of the input that could not be read" }
    "columns" = @{ "summary" = "The columns to show, by name, separated by commas" }
    "sort-by" = @{ "summary" = "The column to sort by; with a minus in front in descending order" }
    "no-headers" = @{ "summary" = "No line of column names" }
  }
}
}
"certificate" = @{
"_command" = @{
  "summary" = "The certificates of the workloads that a ztunnel serves"
  "flags" = @{
    "help" = @{ "summary" = "Show help for command" }
    "no-color" = @{ "summary" = "No colours (also NO_COLOR; FORCE_COLOR asks for them)" }
    "debug" = @{ "summary" = "Show the stack of a failure" }
    "snapshot" = @{
      "summary" = "Answer from files instead of a cluster: a dump, a directory, an archive, or - for standard input. Repeatable"
      "multiple" = $true
}
    "kubeconfig" = @{ "summary" = "The kubeconfig file" }
    "context" = @{ "summary" = "The context of the kubeconfig" }
    "as" = @{ "summary" = "The user to impersonate" }
    "as-group" = @{
      "summary" = "A group to impersonate, with --as. Repeatable"
      "multiple" = $true
}
    "request-timeout" = @{ "summary" = "How long to try for each piece of evidence: 30s, 2m; 0 for no end" }
    "istio-namespace" = @{ "summary" = "The namespace of Istio [default: the one in which istiod runs]" }
    "revision" = @{ "summary" = "Only the proxies of this control plane revision, and its mesh configuration" }
    "proxy-admin-port" = @{ "summary" = "The admin port of the proxies [default: the one of the mesh configuration, or 15000]" }
    "node" = @{ "summary" = "Only the ztunnel of this node" }
    "namespace" = @{ "summary" = "The namespace of names that are given without one" }
    "output" = @{ "summary" = "The format of the result; json, yaml and ndjson lose nothing of what the ztunnel sent" }
    "template" = @{ "summary" = "What -o jsonpath prints, as kubectl's; also -o jsonpath=TEMPLATE" }
    "verbose" = @{ "summary" = "List every part of the input that could not be read" }
    "columns" = @{ "summary" = "The columns to show, by name, separated by commas" }
    "sort-by" = @{ "summary" = "The column to sort by; with a minus in front in descending order" }
    "no-headers" = @{ "summary" = "No line of column names" }
  }
}
}
"certs" = @{
"_command" = @{
  "summary" = "The certificates of the workloads that a ztunnel serves"
  "flags" = @{
    "help" = @{ "summary" = "Show help for command" }
    "no-color" = @{ "summary" = "No colours (also NO_COLOR; FORCE_COLOR asks for them)" }
    "debug" = @{ "summary" = "Show the stack of a failure" }
    "snapshot" = @{
      "summary" = "Answer from files instead of a cluster: a dump, a directory, an archive, or - for standard input. Repeatable"
      "multiple" = $true
}
    "kubeconfig" = @{ "summary" = "The kubeconfig file" }
    "context" = @{ "summary" = "The context of the kubeconfig" }
    "as" = @{ "summary" = "The user to impersonate" }
    "as-group" = @{
      "summary" = "A group to impersonate, with --as. Repeatable"
      "multiple" = $true
}
    "request-timeout" = @{ "summary" = "How long to try for each piece of evidence: 30s, 2m; 0 for no end" }
    "istio-namespace" = @{ "summary" = "The namespace of Istio [default: the one in which istiod runs]" }
    "revision" = @{ "summary" = "Only the proxies of this control plane revision, and its mesh configuration" }
    "proxy-admin-port" = @{ "summary" = "The admin port of the proxies [default: the one of the mesh configuration, or 15000]" }
    "node" = @{ "summary" = "Only the ztunnel of this node" }
    "namespace" = @{ "summary" = "The namespace of names that are given without one" }
    "output" = @{ "summary" = "The format of the result; json, yaml and ndjson lose nothing of what the ztunnel sent" }
    "template" = @{ "summary" = "What -o jsonpath prints, as kubectl's; also -o jsonpath=TEMPLATE" }
    "verbose" = @{ "summary" = "List every part of the input that could not be read" }
    "columns" = @{ "summary" = "The columns to show, by name, separated by commas" }
    "sort-by" = @{ "summary" = "The column to sort by; with a minus in front in descending order" }
    "no-headers" = @{ "summary" = "No line of column names" }
  }
}
}
"cert" = @{
"_command" = @{
  "summary" = "The certificates of the workloads that a ztunnel serves"
  "flags" = @{
    "help" = @{ "summary" = "Show help for command" }
    "no-color" = @{ "summary" = "No colours (also NO_COLOR; FORCE_COLOR asks for them)" }
    "debug" = @{ "summary" = "Show the stack of a failure" }
    "snapshot" = @{
      "summary" = "Answer from files instead of a cluster: a dump, a directory, an archive, or - for standard input. Repeatable"
      "multiple" = $true
}
    "kubeconfig" = @{ "summary" = "The kubeconfig file" }
    "context" = @{ "summary" = "The context of the kubeconfig" }
    "as" = @{ "summary" = "The user to impersonate" }
    "as-group" = @{
      "summary" = "A group to impersonate, with --as. Repeatable"
      "multiple" = $true
}
    "request-timeout" = @{ "summary" = "How long to try for each piece of evidence: 30s, 2m; 0 for no end" }
    "istio-namespace" = @{ "summary" = "The namespace of Istio [default: the one in which istiod runs]" }
    "revision" = @{ "summary" = "Only the proxies of this control plane revision, and its mesh configuration" }
    "proxy-admin-port" = @{ "summary" = "The admin port of the proxies [default: the one of the mesh configuration, or 15000]" }
    "node" = @{ "summary" = "Only the ztunnel of this node" }
    "namespace" = @{ "summary" = "The namespace of names that are given without one" }
    "output" = @{ "summary" = "The format of the result; json, yaml and ndjson lose nothing of what the ztunnel sent" }
    "template" = @{ "summary" = "What -o jsonpath prints, as kubectl's; also -o jsonpath=TEMPLATE" }
    "verbose" = @{ "summary" = "List every part of the input that could not be read" }
    "columns" = @{ "summary" = "The columns to show, by name, separated by commas" }
    "sort-by" = @{ "summary" = "The column to sort by; with a minus in front in descending order" }
    "no-headers" = @{ "summary" = "No line of column names" }
  }
}
}
"config" = @{
"_command" = @{
  "summary" = "A ztunnel's own settings and version"
  "flags" = @{
    "help" = @{ "summary" = "Show help for command" }
    "no-color" = @{ "summary" = "No colours (also NO_COLOR; FORCE_COLOR asks for them)" }
    "debug" = @{ "summary" = "Show the stack of a failure" }
    "snapshot" = @{
      "summary" = "Answer from files instead of a cluster: a dump, a directory, an archive, or - for standard input. Repeatable"
      "multiple" = $true
}
    "kubeconfig" = @{ "summary" = "The kubeconfig file" }
    "context" = @{ "summary" = "The context of the kubeconfig" }
    "as" = @{ "summary" = "The user to impersonate" }
    "as-group" = @{
      "summary" = "A group to impersonate, with --as. Repeatable"
      "multiple" = $true
}
    "request-timeout" = @{ "summary" = "How long to try for each piece of evidence: 30s, 2m; 0 for no end" }
    "istio-namespace" = @{ "summary" = "The namespace of Istio [default: the one in which istiod runs]" }
    "revision" = @{ "summary" = "Only the proxies of this control plane revision, and its mesh configuration" }
    "proxy-admin-port" = @{ "summary" = "The admin port of the proxies [default: the one of the mesh configuration, or 15000]" }
    "node" = @{ "summary" = "Only the ztunnel of this node" }
    "namespace" = @{ "summary" = "The namespace of names that are given without one" }
    "output" = @{ "summary" = "The format of the result; json, yaml and ndjson lose nothing of what the ztunnel sent" }
    "template" = @{ "summary" = "What -o jsonpath prints, as kubectl's; also -o jsonpath=TEMPLATE" }
    "verbose" = @{ "summary" = "List every part of the input that could not be read" }
    "columns" = @{ "summary" = "The columns to show, by name, separated by commas" }
    "sort-by" = @{ "summary" = "The column to sort by; with a minus in front in descending order" }
    "no-headers" = @{ "summary" = "No line of column names" }
  }
}
}
"connections" = @{
"_command" = @{
  "summary" = "The connections that a ztunnel has open"
  "flags" = @{
    "help" = @{ "summary" = "Show help for command" }
    "no-color" = @{ "summary" = "No colours (also NO_COLOR; FORCE_COLOR asks for them)" }
    "debug" = @{ "summary" = "Show the stack of a failure" }
    "snapshot" = @{
      "summary" = "Answer from files instead of a cluster: a dump, a directory, an archive, or - for standard input. Repeatable"
      "multiple" = $true
}
    "kubeconfig" = @{ "summary" = "The kubeconfig file" }
    "context" = @{ "summary" = "The context of the kubeconfig" }
    "as" = @{ "summary" = "The user to impersonate" }
    "as-group" = @{
      "summary" = "A group to impersonate, with --as. Repeatable"
      "multiple" = $true
}
    "request-timeout" = @{ "summary" = "How long to try for each piece of evidence: 30s, 2m; 0 for no end" }
    "istio-namespace" = @{ "summary" = "The namespace of Istio [default: the one in which istiod runs]" }
    "revision" = @{ "summary" = "Only the proxies of this control plane revision, and its mesh configuration" }
    "proxy-admin-port" = @{ "summary" = "The admin port of the proxies [default: the one of the mesh configuration, or 15000]" }
    "node" = @{ "summary" = "Only the ztunnel of this node" }
    "namespace" = @{ "summary" = "The namespace of names that are given without one" }
    "output" = @{ "summary" = "The format of the result; json, yaml and ndjson lose nothing of what the ztunnel sent" }
    "template" = @{ "summary" = "What -o jsonpath prints, as kubectl's; also -o jsonpath=TEMPLATE" }
    "verbose" = @{ "summary" = "List every part of the input that could not be read" }
    "columns" = @{ "summary" = "The columns to show, by name, separated by commas" }
    "sort-by" = @{ "summary" = "The column to sort by; with a minus in front in descending order" }
    "no-headers" = @{ "summary" = "No line of column names" }
    "workload-namespace" = @{ "summary" = "Only connections of pods in this namespace" }
    "direction" = @{ "summary" = "Only connections of this direction" }
    "raw" = @{ "summary" = "Show IP addresses instead of names" }
  }
}
}
"connection" = @{
"_command" = @{
  "summary" = "The connections that a ztunnel has open"
  "flags" = @{
    "help" = @{ "summary" = "Show help for command" }
    "no-color" = @{ "summary" = "No colours (also NO_COLOR; FORCE_COLOR asks for them)" }
    "debug" = @{ "summary" = "Show the stack of a failure" }
    "snapshot" = @{
      "summary" = "Answer from files instead of a cluster: a dump, a directory, an archive, or - for standard input. Repeatable"
      "multiple" = $true
}
    "kubeconfig" = @{ "summary" = "The kubeconfig file" }
    "context" = @{ "summary" = "The context of the kubeconfig" }
    "as" = @{ "summary" = "The user to impersonate" }
    "as-group" = @{
      "summary" = "A group to impersonate, with --as. Repeatable"
      "multiple" = $true
}
    "request-timeout" = @{ "summary" = "How long to try for each piece of evidence: 30s, 2m; 0 for no end" }
    "istio-namespace" = @{ "summary" = "The namespace of Istio [default: the one in which istiod runs]" }
    "revision" = @{ "summary" = "Only the proxies of this control plane revision, and its mesh configuration" }
    "proxy-admin-port" = @{ "summary" = "The admin port of the proxies [default: the one of the mesh configuration, or 15000]" }
    "node" = @{ "summary" = "Only the ztunnel of this node" }
    "namespace" = @{ "summary" = "The namespace of names that are given without one" }
    "output" = @{ "summary" = "The format of the result; json, yaml and ndjson lose nothing of what the ztunnel sent" }
    "template" = @{ "summary" = "What -o jsonpath prints, as kubectl's; also -o jsonpath=TEMPLATE" }
    "verbose" = @{ "summary" = "List every part of the input that could not be read" }
    "columns" = @{ "summary" = "The columns to show, by name, separated by commas" }
    "sort-by" = @{ "summary" = "The column to sort by; with a minus in front in descending order" }
    "no-headers" = @{ "summary" = "No line of column names" }
    "workload-namespace" = @{ "summary" = "Only connections of pods in this namespace" }
    "direction" = @{ "summary" = "Only connections of this direction" }
    "raw" = @{ "summary" = "Show IP addresses instead of names" }
  }
}
}
"cons" = @{
"_command" = @{
  "summary" = "The connections that a ztunnel has open"
  "flags" = @{
    "help" = @{ "summary" = "Show help for command" }
    "no-color" = @{ "summary" = "No colours (also NO_COLOR; FORCE_COLOR asks for them)" }
    "debug" = @{ "summary" = "Show the stack of a failure" }
    "snapshot" = @{
      "summary" = "Answer from files instead of a cluster: a dump, a directory, an archive, or - for standard input. Repeatable"
      "multiple" = $true
}
    "kubeconfig" = @{ "summary" = "The kubeconfig file" }
    "context" = @{ "summary" = "The context of the kubeconfig" }
    "as" = @{ "summary" = "The user to impersonate" }
    "as-group" = @{
      "summary" = "A group to impersonate, with --as. Repeatable"
      "multiple" = $true
}
    "request-timeout" = @{ "summary" = "How long to try for each piece of evidence: 30s, 2m; 0 for no end" }
    "istio-namespace" = @{ "summary" = "The namespace of Istio [default: the one in which istiod runs]" }
    "revision" = @{ "summary" = "Only the proxies of this control plane revision, and its mesh configuration" }
    "proxy-admin-port" = @{ "summary" = "The admin port of the proxies [default: the one of the mesh configuration, or 15000]" }
    "node" = @{ "summary" = "Only the ztunnel of this node" }
    "namespace" = @{ "summary" = "The namespace of names that are given without one" }
    "output" = @{ "summary" = "The format of the result; json, yaml and ndjson lose nothing of what the ztunnel sent" }
    "template" = @{ "summary" = "What -o jsonpath prints, as kubectl's; also -o jsonpath=TEMPLATE" }
    "verbose" = @{ "summary" = "List every part of the input that could not be read" }
    "columns" = @{ "summary" = "The columns to show, by name, separated by commas" }
    "sort-by" = @{ "summary" = "The column to sort by; with a minus in front in descending order" }
    "no-headers" = @{ "summary" = "No line of column names" }
    "workload-namespace" = @{ "summary" = "Only connections of pods in this namespace" }
    "direction" = @{ "summary" = "Only connections of this direction" }
    "raw" = @{ "summary" = "Show IP addresses instead of names" }
  }
}
}
"policies" = @{
"_command" = @{
  "summary" = "The authorization policies that a ztunnel holds"
  "flags" = @{
    "help" = @{ "summary" = "Show help for command" }
    "no-color" = @{ "summary" = "No colours (also NO_COLOR; FORCE_COLOR asks for them)" }
    "debug" = @{ "summary" = "Show the stack of a failure" }
    "snapshot" = @{
      "summary" = "Answer from files instead of a cluster: a dump, a directory, an archive, or - for standard input. Repeatable"
      "multiple" = $true
}
    "kubeconfig" = @{ "summary" = "The kubeconfig file" }
    "context" = @{ "summary" = "The context of the kubeconfig" }
    "as" = @{ "summary" = "The user to impersonate" }
    "as-group" = @{
      "summary" = "A group to impersonate, with --as. Repeatable"
      "multiple" = $true
}
    "request-timeout" = @{ "summary" = "How long to try for each piece of evidence: 30s, 2m; 0 for no end" }
    "istio-namespace" = @{ "summary" = "The namespace of Istio [default: the one in which istiod runs]" }
    "revision" = @{ "summary" = "Only the proxies of this control plane revision, and its mesh configuration" }
    "proxy-admin-port" = @{ "summary" = "The admin port of the proxies [default: the one of the mesh configuration, or 15000]" }
    "node" = @{ "summary" = "Only the ztunnel of this node" }
    "namespace" = @{ "summary" = "The namespace of names that are given without one" }
    "output" = @{ "summary" = "The format of the result; json, yaml and ndjson lose nothing of what the ztunnel sent" }
    "template" = @{ "summary" = "What -o jsonpath prints, as kubectl's; also -o jsonpath=TEMPLATE" }
    "verbose" = @{ "summary" = "List every part of the input that could not be read" }
    "columns" = @{ "summary" = "The columns to show, by name, separated by commas" }
    "sort-by" = @{ "summary" = "The column to sort by; with a minus in front in descending order" }
    "no-headers" = @{ "summary" = "No line of column names" }
    "all-nodes" = @{ "summary" = "Ask every ztunnel of a cluster, and tell what they hold unlike; files are always all read" }
    "policy-namespace" = @{ "summary" = "Only policies of this namespace" }
  }
}
}
"policy" = @{
"_command" = @{
  "summary" = "The authorization policies that a ztunnel holds"
  "flags" = @{
    "help" = @{ "summary" = "Show help for command" }
    "no-color" = @{ "summary" = "No colours (also NO_COLOR; FORCE_COLOR asks for them)" }
    "debug" = @{ "summary" = "Show the stack of a failure" }
    "snapshot" = @{
      "summary" = "Answer from files instead of a cluster: a dump, a directory, an archive, or - for standard input. Repeatable"
      "multiple" = $true
}
    "kubeconfig" = @{ "summary" = "The kubeconfig file" }
    "context" = @{ "summary" = "The context of the kubeconfig" }
    "as" = @{ "summary" = "The user to impersonate" }
    "as-group" = @{
      "summary" = "A group to impersonate, with --as. Repeatable"
      "multiple" = $true
}
    "request-timeout" = @{ "summary" = "How long to try for each piece of evidence: 30s, 2m; 0 for no end" }
    "istio-namespace" = @{ "summary" = "The namespace of Istio [default: the one in which istiod runs]" }
    "revision" = @{ "summary" = "Only the proxies of this control plane revision, and its mesh configuration" }
    "proxy-admin-port" = @{ "summary" = "The admin port of the proxies [default: the one of the mesh configuration, or 15000]" }
    "node" = @{ "summary" = "Only the ztunnel of this node" }
    "namespace" = @{ "summary" = "The namespace of names that are given without one" }
    "output" = @{ "summary" = "The format of the result; json, yaml and ndjson lose nothing of what the ztunnel sent" }
    "template" = @{ "summary" = "What -o jsonpath prints, as kubectl's; also -o jsonpath=TEMPLATE" }
    "verbose" = @{ "summary" = "List every part of the input that could not be read" }
    "columns" = @{ "summary" = "The columns to show, by name, separated by commas" }
    "sort-by" = @{ "summary" = "The column to sort by; with a minus in front in descending order" }
    "no-headers" = @{ "summary" = "No line of column names" }
    "all-nodes" = @{ "summary" = "Ask every ztunnel of a cluster, and tell what they hold unlike; files are always all read" }
    "policy-namespace" = @{ "summary" = "Only policies of this namespace" }
  }
}
}
"pol" = @{
"_command" = @{
  "summary" = "The authorization policies that a ztunnel holds"
  "flags" = @{
    "help" = @{ "summary" = "Show help for command" }
    "no-color" = @{ "summary" = "No colours (also NO_COLOR; FORCE_COLOR asks for them)" }
    "debug" = @{ "summary" = "Show the stack of a failure" }
    "snapshot" = @{
      "summary" = "Answer from files instead of a cluster: a dump, a directory, an archive, or - for standard input. Repeatable"
      "multiple" = $true
}
    "kubeconfig" = @{ "summary" = "The kubeconfig file" }
    "context" = @{ "summary" = "The context of the kubeconfig" }
    "as" = @{ "summary" = "The user to impersonate" }
    "as-group" = @{
      "summary" = "A group to impersonate, with --as. Repeatable"
      "multiple" = $true
}
    "request-timeout" = @{ "summary" = "How long to try for each piece of evidence: 30s, 2m; 0 for no end" }
    "istio-namespace" = @{ "summary" = "The namespace of Istio [default: the one in which istiod runs]" }
    "revision" = @{ "summary" = "Only the proxies of this control plane revision, and its mesh configuration" }
    "proxy-admin-port" = @{ "summary" = "The admin port of the proxies [default: the one of the mesh configuration, or 15000]" }
    "node" = @{ "summary" = "Only the ztunnel of this node" }
    "namespace" = @{ "summary" = "The namespace of names that are given without one" }
    "output" = @{ "summary" = "The format of the result; json, yaml and ndjson lose nothing of what the ztunnel sent" }
    "template" = @{ "summary" = "What -o jsonpath prints, as kubectl's; also -o jsonpath=TEMPLATE" }
    "verbose" = @{ "summary" = "List every part of the input that could not be read" }
    "columns" = @{ "summary" = "The columns to show, by name, separated by commas" }
    "sort-by" = @{ "summary" = "The column to sort by; with a minus in front in descending order" }
    "no-headers" = @{ "summary" = "No line of column names" }
    "all-nodes" = @{ "summary" = "Ask every ztunnel of a cluster, and tell what they hold unlike; files are always all read" }
    "policy-namespace" = @{ "summary" = "Only policies of this namespace" }
  }
}
}
"p" = @{
"_command" = @{
  "summary" = "The authorization policies that a ztunnel holds"
  "flags" = @{
    "help" = @{ "summary" = "Show help for command" }
    "no-color" = @{ "summary" = "No colours (also NO_COLOR; FORCE_COLOR asks for them)" }
    "debug" = @{ "summary" = "Show the stack of a failure" }
    "snapshot" = @{
      "summary" = "Answer from files instead of a cluster: a dump, a directory, an archive, or - for standard input. Repeatable"
      "multiple" = $true
}
    "kubeconfig" = @{ "summary" = "The kubeconfig file" }
    "context" = @{ "summary" = "The context of the kubeconfig" }
    "as" = @{ "summary" = "The user to impersonate" }
    "as-group" = @{
      "summary" = "A group to impersonate, with --as. Repeatable"
      "multiple" = $true
}
    "request-timeout" = @{ "summary" = "How long to try for each piece of evidence: 30s, 2m; 0 for no end" }
    "istio-namespace" = @{ "summary" = "The namespace of Istio [default: the one in which istiod runs]" }
    "revision" = @{ "summary" = "Only the proxies of this control plane revision, and its mesh configuration" }
    "proxy-admin-port" = @{ "summary" = "The admin port of the proxies [default: the one of the mesh configuration, or 15000]" }
    "node" = @{ "summary" = "Only the ztunnel of this node" }
    "namespace" = @{ "summary" = "The namespace of names that are given without one" }
    "output" = @{ "summary" = "The format of the result; json, yaml and ndjson lose nothing of what the ztunnel sent" }
    "template" = @{ "summary" = "What -o jsonpath prints, as kubectl's; also -o jsonpath=TEMPLATE" }
    "verbose" = @{ "summary" = "List every part of the input that could not be read" }
    "columns" = @{ "summary" = "The columns to show, by name, separated by commas" }
    "sort-by" = @{ "summary" = "The column to sort by; with a minus in front in descending order" }
    "no-headers" = @{ "summary" = "No line of column names" }
    "all-nodes" = @{ "summary" = "Ask every ztunnel of a cluster, and tell what they hold unlike; files are always all read" }
    "policy-namespace" = @{ "summary" = "Only policies of this namespace" }
  }
}
}
"services" = @{
"_command" = @{
  "summary" = "The services that a ztunnel holds"
  "flags" = @{
    "help" = @{ "summary" = "Show help for command" }
    "no-color" = @{ "summary" = "No colours (also NO_COLOR; FORCE_COLOR asks for them)" }
    "debug" = @{ "summary" = "Show the stack of a failure" }
    "snapshot" = @{
      "summary" = "Answer from files instead of a cluster: a dump, a directory, an archive, or - for standard input. Repeatable"
      "multiple" = $true
}
    "kubeconfig" = @{ "summary" = "The kubeconfig file" }
    "context" = @{ "summary" = "The context of the kubeconfig" }
    "as" = @{ "summary" = "The user to impersonate" }
    "as-group" = @{
      "summary" = "A group to impersonate, with --as. Repeatable"
      "multiple" = $true
}
    "request-timeout" = @{ "summary" = "How long to try for each piece of evidence: 30s, 2m; 0 for no end" }
    "istio-namespace" = @{ "summary" = "The namespace of Istio [default: the one in which istiod runs]" }
    "revision" = @{ "summary" = "Only the proxies of this control plane revision, and its mesh configuration" }
    "proxy-admin-port" = @{ "summary" = "The admin port of the proxies [default: the one of the mesh configuration, or 15000]" }
    "node" = @{ "summary" = "Only the ztunnel of this node" }
    "namespace" = @{ "summary" = "The namespace of names that are given without one" }
    "output" = @{ "summary" = "The format of the result; json, yaml and ndjson lose nothing of what the ztunnel sent" }
    "template" = @{ "summary" = "What -o jsonpath prints, as kubectl's; also -o jsonpath=TEMPLATE" }
    "verbose" = @{ "summary" = "List every part of the input that could not be read" }
    "columns" = @{ "summary" = "The columns to show, by name, separated by commas" }
    "sort-by" = @{ "summary" = "The column to sort by; with a minus in front in descending order" }
    "no-headers" = @{ "summary" = "No line of column names" }
    "all-nodes" = @{ "summary" = "Ask every ztunnel of a cluster, and tell what they hold unlike; files are always all read" }
    "service-namespace" = @{ "summary" = "Only services of this namespace" }
  }
}
}
"service" = @{
"_command" = @{
  "summary" = "The services that a ztunnel holds"
  "flags" = @{
    "help" = @{ "summary" = "Show help for command" }
    "no-color" = @{ "summary" = "No colours (also NO_COLOR; FORCE_COLOR asks for them)" }
    "debug" = @{ "summary" = "Show the stack of a failure" }
    "snapshot" = @{
      "summary" = "Answer from files instead of a cluster: a dump, a directory, an archive, or - for standard input. Repeatable"
      "multiple" = $true
}
    "kubeconfig" = @{ "summary" = "The kubeconfig file" }
    "context" = @{ "summary" = "The context of the kubeconfig" }
    "as" = @{ "summary" = "The user to impersonate" }
    "as-group" = @{
      "summary" = "A group to impersonate, with --as. Repeatable"
      "multiple" = $true
}
    "request-timeout" = @{ "summary" = "How long to try for each piece of evidence: 30s, 2m; 0 for no end" }
    "istio-namespace" = @{ "summary" = "The namespace of Istio [default: the one in which istiod runs]" }
    "revision" = @{ "summary" = "Only the proxies of this control plane revision, and its mesh configuration" }
    "proxy-admin-port" = @{ "summary" = "The admin port of the proxies [default: the one of the mesh configuration, or 15000]" }
    "node" = @{ "summary" = "Only the ztunnel of this node" }
    "namespace" = @{ "summary" = "The namespace of names that are given without one" }
    "output" = @{ "summary" = "The format of the result; json, yaml and ndjson lose nothing of what the ztunnel sent" }
    "template" = @{ "summary" = "What -o jsonpath prints, as kubectl's; also -o jsonpath=TEMPLATE" }
    "verbose" = @{ "summary" = "List every part of the input that could not be read" }
    "columns" = @{ "summary" = "The columns to show, by name, separated by commas" }
    "sort-by" = @{ "summary" = "The column to sort by; with a minus in front in descending order" }
    "no-headers" = @{ "summary" = "No line of column names" }
    "all-nodes" = @{ "summary" = "Ask every ztunnel of a cluster, and tell what they hold unlike; files are always all read" }
    "service-namespace" = @{ "summary" = "Only services of this namespace" }
  }
}
}
"svc" = @{
"_command" = @{
  "summary" = "The services that a ztunnel holds"
  "flags" = @{
    "help" = @{ "summary" = "Show help for command" }
    "no-color" = @{ "summary" = "No colours (also NO_COLOR; FORCE_COLOR asks for them)" }
    "debug" = @{ "summary" = "Show the stack of a failure" }
    "snapshot" = @{
      "summary" = "Answer from files instead of a cluster: a dump, a directory, an archive, or - for standard input. Repeatable"
      "multiple" = $true
}
    "kubeconfig" = @{ "summary" = "The kubeconfig file" }
    "context" = @{ "summary" = "The context of the kubeconfig" }
    "as" = @{ "summary" = "The user to impersonate" }
    "as-group" = @{
      "summary" = "A group to impersonate, with --as. Repeatable"
      "multiple" = $true
}
    "request-timeout" = @{ "summary" = "How long to try for each piece of evidence: 30s, 2m; 0 for no end" }
    "istio-namespace" = @{ "summary" = "The namespace of Istio [default: the one in which istiod runs]" }
    "revision" = @{ "summary" = "Only the proxies of this control plane revision, and its mesh configuration" }
    "proxy-admin-port" = @{ "summary" = "The admin port of the proxies [default: the one of the mesh configuration, or 15000]" }
    "node" = @{ "summary" = "Only the ztunnel of this node" }
    "namespace" = @{ "summary" = "The namespace of names that are given without one" }
    "output" = @{ "summary" = "The format of the result; json, yaml and ndjson lose nothing of what the ztunnel sent" }
    "template" = @{ "summary" = "What -o jsonpath prints, as kubectl's; also -o jsonpath=TEMPLATE" }
    "verbose" = @{ "summary" = "List every part of the input that could not be read" }
    "columns" = @{ "summary" = "The columns to show, by name, separated by commas" }
    "sort-by" = @{ "summary" = "The column to sort by; with a minus in front in descending order" }
    "no-headers" = @{ "summary" = "No line of column names" }
    "all-nodes" = @{ "summary" = "Ask every ztunnel of a cluster, and tell what they hold unlike; files are always all read" }
    "service-namespace" = @{ "summary" = "Only services of this namespace" }
  }
}
}
"s" = @{
"_command" = @{
  "summary" = "The services that a ztunnel holds"
  "flags" = @{
    "help" = @{ "summary" = "Show help for command" }
    "no-color" = @{ "summary" = "No colours (also NO_COLOR; FORCE_COLOR asks for them)" }
    "debug" = @{ "summary" = "Show the stack of a failure" }
    "snapshot" = @{
      "summary" = "Answer from files instead of a cluster: a dump, a directory, an archive, or - for standard input. Repeatable"
      "multiple" = $true
}
    "kubeconfig" = @{ "summary" = "The kubeconfig file" }
    "context" = @{ "summary" = "The context of the kubeconfig" }
    "as" = @{ "summary" = "The user to impersonate" }
    "as-group" = @{
      "summary" = "A group to impersonate, with --as. Repeatable"
      "multiple" = $true
}
    "request-timeout" = @{ "summary" = "How long to try for each piece of evidence: 30s, 2m; 0 for no end" }
    "istio-namespace" = @{ "summary" = "The namespace of Istio [default: the one in which istiod runs]" }
    "revision" = @{ "summary" = "Only the proxies of this control plane revision, and its mesh configuration" }
    "proxy-admin-port" = @{ "summary" = "The admin port of the proxies [default: the one of the mesh configuration, or 15000]" }
    "node" = @{ "summary" = "Only the ztunnel of this node" }
    "namespace" = @{ "summary" = "The namespace of names that are given without one" }
    "output" = @{ "summary" = "The format of the result; json, yaml and ndjson lose nothing of what the ztunnel sent" }
    "template" = @{ "summary" = "What -o jsonpath prints, as kubectl's; also -o jsonpath=TEMPLATE" }
    "verbose" = @{ "summary" = "List every part of the input that could not be read" }
    "columns" = @{ "summary" = "The columns to show, by name, separated by commas" }
    "sort-by" = @{ "summary" = "The column to sort by; with a minus in front in descending order" }
    "no-headers" = @{ "summary" = "No line of column names" }
    "all-nodes" = @{ "summary" = "Ask every ztunnel of a cluster, and tell what they hold unlike; files are always all read" }
    "service-namespace" = @{ "summary" = "Only services of this namespace" }
  }
}
}
"workloads" = @{
"_command" = @{
  "summary" = "The workloads that a ztunnel holds"
  "flags" = @{
    "help" = @{ "summary" = "Show help for command" }
    "no-color" = @{ "summary" = "No colours (also NO_COLOR; FORCE_COLOR asks for them)" }
    "debug" = @{ "summary" = "Show the stack of a failure" }
    "snapshot" = @{
      "summary" = "Answer from files instead of a cluster: a dump, a directory, an archive, or - for standard input. Repeatable"
      "multiple" = $true
}
    "kubeconfig" = @{ "summary" = "The kubeconfig file" }
    "context" = @{ "summary" = "The context of the kubeconfig" }
    "as" = @{ "summary" = "The user to impersonate" }
    "as-group" = @{
      "summary" = "A group to impersonate, with --as. Repeatable"
      "multiple" = $true
}
    "request-timeout" = @{ "summary" = "How long to try for each piece of evidence: 30s, 2m; 0 for no end" }
    "istio-namespace" = @{ "summary" = "The namespace of Istio [default: the one in which istiod runs]" }
    "revision" = @{ "summary" = "Only the proxies of this control plane revision, and its mesh configuration" }
    "proxy-admin-port" = @{ "summary" = "The admin port of the proxies [default: the one of the mesh configuration, or 15000]" }
    "node" = @{ "summary" = "Only the ztunnel of this node" }
    "namespace" = @{ "summary" = "The namespace of names that are given without one" }
    "output" = @{ "summary" = "The format of the result; json, yaml and ndjson lose nothing of what the ztunnel sent" }
    "template" = @{ "summary" = "What -o jsonpath prints, as kubectl's; also -o jsonpath=TEMPLATE" }
    "verbose" = @{ "summary" = "List every part of the input that could not be read" }
    "columns" = @{ "summary" = "The columns to show, by name, separated by commas" }
    "sort-by" = @{ "summary" = "The column to sort by; with a minus in front in descending order" }
    "no-headers" = @{ "summary" = "No line of column names" }
    "all-nodes" = @{ "summary" = "Ask every ztunnel of a cluster, and tell what they hold unlike; files are always all read" }
    "address" = @{ "summary" = "Only workloads with this IP address" }
    "workload-namespace" = @{ "summary" = "Only workloads of this namespace" }
    "workload-node" = @{ "summary" = "Only workloads on this node" }
  }
}
}
"workload" = @{
"_command" = @{
  "summary" = "The workloads that a ztunnel holds"
  "flags" = @{
    "help" = @{ "summary" = "Show help for command" }
    "no-color" = @{ "summary" = "No colours (also NO_COLOR; FORCE_COLOR asks for them)" }
    "debug" = @{ "summary" = "Show the stack of a failure" }
    "snapshot" = @{
      "summary" = "Answer from files instead of a cluster: a dump, a directory, an archive, or - for standard input. Repeatable"
      "multiple" = $true
}
    "kubeconfig" = @{ "summary" = "The kubeconfig file" }
    "context" = @{ "summary" = "The context of the kubeconfig" }
    "as" = @{ "summary" = "The user to impersonate" }
    "as-group" = @{
      "summary" = "A group to impersonate, with --as. Repeatable"
      "multiple" = $true
}
    "request-timeout" = @{ "summary" = "How long to try for each piece of evidence: 30s, 2m; 0 for no end" }
    "istio-namespace" = @{ "summary" = "The namespace of Istio [default: the one in which istiod runs]" }
    "revision" = @{ "summary" = "Only the proxies of this control plane revision, and its mesh configuration" }
    "proxy-admin-port" = @{ "summary" = "The admin port of the proxies [default: the one of the mesh configuration, or 15000]" }
    "node" = @{ "summary" = "Only the ztunnel of this node" }
    "namespace" = @{ "summary" = "The namespace of names that are given without one" }
    "output" = @{ "summary" = "The format of the result; json, yaml and ndjson lose nothing of what the ztunnel sent" }
    "template" = @{ "summary" = "What -o jsonpath prints, as kubectl's; also -o jsonpath=TEMPLATE" }
    "verbose" = @{ "summary" = "List every part of the input that could not be read" }
    "columns" = @{ "summary" = "The columns to show, by name, separated by commas" }
    "sort-by" = @{ "summary" = "The column to sort by; with a minus in front in descending order" }
    "no-headers" = @{ "summary" = "No line of column names" }
    "all-nodes" = @{ "summary" = "Ask every ztunnel of a cluster, and tell what they hold unlike; files are always all read" }
    "address" = @{ "summary" = "Only workloads with this IP address" }
    "workload-namespace" = @{ "summary" = "Only workloads of this namespace" }
    "workload-node" = @{ "summary" = "Only workloads on this node" }
  }
}
}
"w" = @{
"_command" = @{
  "summary" = "The workloads that a ztunnel holds"
  "flags" = @{
    "help" = @{ "summary" = "Show help for command" }
    "no-color" = @{ "summary" = "No colours (also NO_COLOR; FORCE_COLOR asks for them)" }
    "debug" = @{ "summary" = "Show the stack of a failure" }
    "snapshot" = @{
      "summary" = "Answer from files instead of a cluster: a dump, a directory, an archive, or - for standard input. Repeatable"
      "multiple" = $true
}
    "kubeconfig" = @{ "summary" = "The kubeconfig file" }
    "context" = @{ "summary" = "The context of the kubeconfig" }
    "as" = @{ "summary" = "The user to impersonate" }
    "as-group" = @{
      "summary" = "A group to impersonate, with --as. Repeatable"
      "multiple" = $true
}
    "request-timeout" = @{ "summary" = "How long to try for each piece of evidence: 30s, 2m; 0 for no end" }
    "istio-namespace" = @{ "summary" = "The namespace of Istio [default: the one in which istiod runs]" }
    "revision" = @{ "summary" = "Only the proxies of this control plane revision, and its mesh configuration" }
    "proxy-admin-port" = @{ "summary" = "The admin port of the proxies [default: the one of the mesh configuration, or 15000]" }
    "node" = @{ "summary" = "Only the ztunnel of this node" }
    "namespace" = @{ "summary" = "The namespace of names that are given without one" }
    "output" = @{ "summary" = "The format of the result; json, yaml and ndjson lose nothing of what the ztunnel sent" }
    "template" = @{ "summary" = "What -o jsonpath prints, as kubectl's; also -o jsonpath=TEMPLATE" }
    "verbose" = @{ "summary" = "List every part of the input that could not be read" }
    "columns" = @{ "summary" = "The columns to show, by name, separated by commas" }
    "sort-by" = @{ "summary" = "The column to sort by; with a minus in front in descending order" }
    "no-headers" = @{ "summary" = "No line of column names" }
    "all-nodes" = @{ "summary" = "Ask every ztunnel of a cluster, and tell what they hold unlike; files are always all read" }
    "address" = @{ "summary" = "Only workloads with this IP address" }
    "workload-namespace" = @{ "summary" = "Only workloads of this namespace" }
    "workload-node" = @{ "summary" = "Only workloads on this node" }
  }
}
}
}

"redirection" = @{
"_command" = @{
  "summary" = "Show what redirects the traffic of a pod or node, and what becomes of each kind of traffic"
  "flags" = @{
    "help" = @{ "summary" = "Show help for command" }
    "no-color" = @{ "summary" = "No colours (also NO_COLOR; FORCE_COLOR asks for them)" }
    "debug" = @{ "summary" = "Show the stack of a failure" }
    "snapshot" = @{
      "summary" = "Answer from files instead of a cluster: a directory, an archive, a single file, or - for standard input. Repeatable"
      "multiple" = $true
}
    "kubeconfig" = @{ "summary" = "The kubeconfig file" }
    "context" = @{ "summary" = "The context of the kubeconfig" }
    "as" = @{ "summary" = "The user to impersonate" }
    "as-group" = @{
      "summary" = "A group to impersonate, with --as. Repeatable"
      "multiple" = $true
}
    "request-timeout" = @{ "summary" = "How long to try for each piece of evidence: 30s, 2m; 0 for no end" }
    "istio-namespace" = @{ "summary" = "The namespace of Istio [default: the one in which istiod runs]" }
    "revision" = @{ "summary" = "Only the proxies of this control plane revision, and its mesh configuration" }
    "debug-container" = @{ "summary" = "Read the rules of a pod in a debug container of this image where istio-cni cannot: this adds a container to the pod" }
    "namespace" = @{ "summary" = "The namespace of names that are given without one" }
    "node" = @{ "summary" = "Only this node" }
    "output" = @{ "summary" = "The format of the result" }
    "verbose" = @{ "summary" = "List every part of the input that could not be read" }
  }
}
}

"waypoint" = @{
"_command" = @{
  "summary" = "Show what a waypoint's Envoy holds: chains, filters, routes, clusters, endpoints, policies"
  "flags" = @{
    "help" = @{ "summary" = "Show help for command" }
    "no-color" = @{ "summary" = "No colours (also NO_COLOR; FORCE_COLOR asks for them)" }
    "debug" = @{ "summary" = "Show the stack of a failure" }
    "snapshot" = @{
      "summary" = "Answer from files instead of a cluster: a directory, an archive, a single file, or - for standard input. Repeatable"
      "multiple" = $true
}
    "kubeconfig" = @{ "summary" = "The kubeconfig file" }
    "context" = @{ "summary" = "The context of the kubeconfig" }
    "as" = @{ "summary" = "The user to impersonate" }
    "as-group" = @{
      "summary" = "A group to impersonate, with --as. Repeatable"
      "multiple" = $true
}
    "request-timeout" = @{ "summary" = "How long to try for each piece of evidence: 30s, 2m; 0 for no end" }
    "istio-namespace" = @{ "summary" = "The namespace of Istio [default: the one in which istiod runs]" }
    "revision" = @{ "summary" = "Only the proxies of this control plane revision, and its mesh configuration" }
    "proxy-admin-port" = @{ "summary" = "The admin port of the proxies [default: the one of the mesh configuration, or 15000]" }
    "namespace" = @{ "summary" = "The namespace of names that are given without one" }
    "output" = @{ "summary" = "The format of the result" }
    "verbose" = @{ "summary" = "List every part of the input that could not be read" }
    "columns" = @{ "summary" = "Columns to show, in this order" }
    "sort-by" = @{ "summary" = "The column to sort by; with a minus in front in descending order" }
    "no-headers" = @{ "summary" = "No line of column headers" }
    "fqdn" = @{ "summary" = "Clusters whose name contains this" }
    "subset" = @{ "summary" = "Clusters whose name contains this subset" }
    "direction" = @{ "summary" = "Clusters whose name contains this direction" }
    "port" = @{ "summary" = "Clusters, listeners and endpoints of this port" }
    "address" = @{ "summary" = "Listeners and endpoints of this address" }
    "type" = @{ "summary" = "Listeners of this type: HTTP, TCP, HTTP+TCP or UNKNOWN" }
    "name" = @{ "summary" = "The route configuration of this name" }
    "cluster" = @{ "summary" = "Endpoints of this cluster" }
    "status" = @{ "summary" = "Endpoints of this health: HEALTHY, UNHEALTHY, …" }
    "listener" = @{ "summary" = "Chains and filters of this listener" }
    "chain" = @{ "summary" = "Chains, filters and policies of chains whose name contains this" }
    "policy-namespace" = @{ "summary" = "Policies of this namespace" }
  }
}
}

}

"test" = @{
"_command" = @{
  "summary" = "Hold a mesh against assertions about requests, invariants and findings"
  "flags" = @{
    "help" = @{ "summary" = "Show help for command" }
    "no-color" = @{ "summary" = "No colours (also NO_COLOR; FORCE_COLOR asks for them)" }
    "debug" = @{ "summary" = "Show the stack of a failure" }
    "fail-on" = @{ "summary" = "Exit with 2 when an assertion of at least this severity fails" }
    "strict" = @{ "summary" = "Exit with 4 when an assertion is undetermined" }
    "istioctl-exit-codes" = @{ "summary" = "Exit with 79 instead of 2, as istioctl does" }
    "baseline" = @{ "summary" = "An earlier result of test -o json, whose failures do not count" }
    "update" = @{ "summary" = "Write the golden traces, which later runs are held against" }
    "coverage" = @{ "summary" = "Count the policies, routes, chains and rules that were exercised" }
    "covall" = @{ "summary" = "Count each a second time, where it decided: --coverage counts also what was only met" }
    "fail-under" = @{ "summary" = "Exit with 2 when the coverage is less" }
    "watch" = @{ "summary" = "Run again whenever a file of the assertions, the snapshot or the baseline changes" }
    "report" = @{
      "summary" = "Write a further report, in one of the formats of --output. Repeatable"
      "multiple" = $true
}
    "output" = @{ "summary" = "The format of the result" }
    "snapshot" = @{
      "summary" = "Answer from files instead of a cluster: a directory, an archive, a single file, or - for standard input. Repeatable"
      "multiple" = $true
}
    "kubeconfig" = @{ "summary" = "The kubeconfig file" }
    "context" = @{ "summary" = "The context of the kubeconfig" }
    "as" = @{ "summary" = "The user to impersonate" }
    "as-group" = @{
      "summary" = "A group to impersonate, with --as. Repeatable"
      "multiple" = $true
}
    "request-timeout" = @{ "summary" = "How long to try for each piece of evidence: 30s, 2m; 0 for no end" }
    "istio-namespace" = @{ "summary" = "The namespace of Istio [default: the one in which istiod runs]" }
    "revision" = @{ "summary" = "Only the proxies of this control plane revision, and its mesh configuration" }
    "proxy-admin-port" = @{ "summary" = "The admin port of the proxies [default: the one of the mesh configuration, or 15000]" }
    "verbose" = @{ "summary" = "List every part of the input that could not be read" }
  }
}
"init" = @{
"_command" = @{
  "summary" = "Propose assertions from what the mesh allows and refuses today"
  "flags" = @{
    "help" = @{ "summary" = "Show help for command" }
    "no-color" = @{ "summary" = "No colours (also NO_COLOR; FORCE_COLOR asks for them)" }
    "debug" = @{ "summary" = "Show the stack of a failure" }
    "namespace" = @{
      "summary" = "Only services of this namespace. Repeatable"
      "multiple" = $true
}
    "snapshot" = @{
      "summary" = "Answer from files instead of a cluster: a directory, an archive, a single file, or - for standard input. Repeatable"
      "multiple" = $true
}
    "kubeconfig" = @{ "summary" = "The kubeconfig file" }
    "context" = @{ "summary" = "The context of the kubeconfig" }
    "as" = @{ "summary" = "The user to impersonate" }
    "as-group" = @{
      "summary" = "A group to impersonate, with --as. Repeatable"
      "multiple" = $true
}
    "request-timeout" = @{ "summary" = "How long to try for each piece of evidence: 30s, 2m; 0 for no end" }
    "istio-namespace" = @{ "summary" = "The namespace of Istio [default: the one in which istiod runs]" }
    "revision" = @{ "summary" = "Only the proxies of this control plane revision, and its mesh configuration" }
    "proxy-admin-port" = @{ "summary" = "The admin port of the proxies [default: the one of the mesh configuration, or 15000]" }
  }
}
}
}

"completion" = @{
"_command" = @{
  "summary" = "Print the completion script of a shell"
  "flags" = @{
    "help" = @{ "summary" = "Show help for command" }
    "no-color" = @{ "summary" = "No colours (also NO_COLOR; FORCE_COLOR asks for them)" }
    "debug" = @{ "summary" = "Show the stack of a failure" }
  }
}
}

"explain" = @{
"_command" = @{
  "summary" = "Say what a code means, why it usually happens, and what to do"
  "flags" = @{
    "help" = @{ "summary" = "Show help for command" }
    "no-color" = @{ "summary" = "No colours (also NO_COLOR; FORCE_COLOR asks for them)" }
    "debug" = @{ "summary" = "Show the stack of a failure" }
    "log" = @{ "summary" = "A line of the access log of a ztunnel or a waypoint, or its response flags" }
    "output" = @{ "summary" = "The format of the result" }
  }
}
}

"help" = @{
"_command" = @{
  "summary" = "Show what a command does, its flags and examples"
  "flags" = @{
    "help" = @{ "summary" = "Show help for command" }
    "no-color" = @{ "summary" = "No colours (also NO_COLOR; FORCE_COLOR asks for them)" }
    "debug" = @{ "summary" = "Show the stack of a failure" }
  }
}
}

"snapshot" = @{
"_command" = @{
  "summary" = "Collect the state of a mesh into a directory or archive, without secrets"
  "flags" = @{
    "help" = @{ "summary" = "Show help for command" }
    "no-color" = @{ "summary" = "No colours (also NO_COLOR; FORCE_COLOR asks for them)" }
    "debug" = @{ "summary" = "Show the stack of a failure" }
    "output" = @{ "summary" = "A new directory, or a file NAME.tar.gz" }
    "from" = @{ "summary" = "Only what a request from here meets" }
    "to" = @{ "summary" = "Where that request is sent" }
    "namespace" = @{ "summary" = "Only proxies and rules of the pods in this namespace" }
    "node" = @{ "summary" = "Only proxies and rules on this node" }
    "rules" = @{ "summary" = "Rules of nodes and pods, through istio-cni; of a large mesh they take the longest" }
    "logs" = @{ "summary" = "The last lines that ztunnels and istio-cni logged" }
    "kubeconfig" = @{ "summary" = "The kubeconfig file" }
    "context" = @{ "summary" = "The context of the kubeconfig" }
    "as" = @{ "summary" = "The user to impersonate" }
    "as-group" = @{
      "summary" = "A group to impersonate, with --as. Repeatable"
      "multiple" = $true
}
    "request-timeout" = @{ "summary" = "How long to try for each piece of evidence: 30s, 2m; 0 for no end" }
    "istio-namespace" = @{ "summary" = "The namespace of Istio [default: the one in which istiod runs]" }
    "revision" = @{ "summary" = "Only the proxies of this control plane revision, and its mesh configuration" }
    "proxy-admin-port" = @{ "summary" = "The admin port of the proxies [default: the one of the mesh configuration, or 15000]" }
    "debug-container" = @{ "summary" = "Read the rules of a pod in a debug container of this image where istio-cni cannot: this adds a container to the pod" }
  }
}
}

"trace" = @{
"_command" = @{
  "summary" = "Follow one request from source to destination, hop by hop, with the evidence for each decision"
  "flags" = @{
    "help" = @{ "summary" = "Show help for command" }
    "no-color" = @{ "summary" = "No colours (also NO_COLOR; FORCE_COLOR asks for them)" }
    "debug" = @{ "summary" = "Show the stack of a failure" }
    "method" = @{ "summary" = "The HTTP method" }
    "header" = @{
      "summary" = "A header, as ""Name: value"". Repeatable"
      "multiple" = $true
}
    "sni" = @{ "summary" = "The server name of a TLS request" }
    "source-ip" = @{ "summary" = "The address that the client sends from, if it has several" }
    "family" = @{ "summary" = "The address family to use" }
    "jwt-claims" = @{ "summary" = "Claims, as a JSON object, to take for those of a valid token where the keys that would prove it are remote" }
    "exit-verdict" = @{ "summary" = "Exit with 3 unless the request is delivered" }
    "strict" = @{ "summary" = "Exit with 4 when the answer is undetermined or ambiguous" }
    "output" = @{ "summary" = "The format of the result" }
    "snapshot" = @{
      "summary" = "Answer from files instead of a cluster: a directory, an archive, a single file, or - for standard input. Repeatable"
      "multiple" = $true
}
    "kubeconfig" = @{ "summary" = "The kubeconfig file" }
    "context" = @{ "summary" = "The context of the kubeconfig" }
    "as" = @{ "summary" = "The user to impersonate" }
    "as-group" = @{
      "summary" = "A group to impersonate, with --as. Repeatable"
      "multiple" = $true
}
    "request-timeout" = @{ "summary" = "How long to try for each piece of evidence: 30s, 2m; 0 for no end" }
    "istio-namespace" = @{ "summary" = "The namespace of Istio [default: the one in which istiod runs]" }
    "revision" = @{ "summary" = "Only the proxies of this control plane revision, and its mesh configuration" }
    "proxy-admin-port" = @{ "summary" = "The admin port of the proxies [default: the one of the mesh configuration, or 15000]" }
    "debug-container" = @{ "summary" = "Read the rules of a pod in a debug container of this image where istio-cni cannot: this adds a container to the pod" }
    "namespace" = @{ "summary" = "The namespace of names that are given without one" }
    "verbosity" = @{ "summary" = "How much to tell" }
  }
}
}

}

    # Get the current mode
    $Mode = (Get-PSReadLineKeyHandler | Where-Object {$_.Key -eq "Tab" }).Function

    # Everything in the current line except the CLI executable name.
    $CurrentLine = $commandAst.CommandElements[1..$commandAst.CommandElements.Count] -split " "

    # Remove $WordToComplete from the current line.
    if ($WordToComplete -ne "") {
      if ($CurrentLine.Count -eq 1) {
        $CurrentLine = @()
      } else {
        $CurrentLine = $CurrentLine[0..$CurrentLine.Count]
      }
    }

    # Save flags in current line without the `--` prefix.
    $Flags = $CurrentLine | Where-Object {
      $_ -Match "^-{1,2}(\w+)"
    } | ForEach-Object {
      $_.trim("-")
    }
    # Set $flags to an empty hashtable if there are no flags in the current line.
    if ($Flags -eq $null) {
      $Flags = @{}
    }

    # No command in the current line, suggest top-level args.
    if ($CurrentLine.Count -eq 0) {
        $Commands.GetEnumerator() | Where-Object {
            $_.Key.StartsWith("$WordToComplete")
          } | Sort-Object -Property key | ForEach-Object {
          New-Object -Type CompletionResult -ArgumentList `
              $($Mode -eq "MenuComplete" ? "$($_.Key) " : "$($_.Key)"),
              $_.Key,
              "ParameterValue",
              "$($_.Value._summary ?? $_.Value._command.summary ?? " ")"
          }
    } else {
      # Start completing command/topic/coTopic

      $NextArg = $null
      $PrevNode = $null

      # Iterate over the current line to find the command/topic/coTopic hashtable
      $CurrentLine | ForEach-Object {
        if ($NextArg -eq $null) {
          $NextArg = $Commands[$_]
        } elseif ($PrevNode[$_] -ne $null) {
          $NextArg = $PrevNode[$_]
        } elseif ($_.StartsWith('-')) {
          return
        } else {
          $NextArg = $PrevNode
        }

        $PrevNode = $NextArg
      }

      # Start completing command.
      if ($NextArg._command -ne $null) {
          # Complete flags
          # `cli config list -<TAB>`
          if ($WordToComplete -like '-*') {
              $NextArg._command.flags.GetEnumerator() | Sort-Object -Property key
                  | Where-Object {
                      # Filter out already used flags (unless `flag.multiple = true`).
                      $_.Key.StartsWith("$($WordToComplete.Trim("-"))") -and ($_.Value.multiple -eq $true -or !$flags.Contains($_.Key))
                  }
                  | ForEach-Object {
                      New-Object -Type CompletionResult -ArgumentList `
                          $($Mode -eq "MenuComplete" ? "--$($_.Key) " : "--$($_.Key)"),
                          $_.Key,
                          "ParameterValue",
                          "$($NextArg._command.flags[$_.Key].summary ?? " ")"
                  }
          } else {
              # This could be a coTopic. We remove the "_command" hashtable
              # from $NextArg and check if there's a command under the current partial ID.
              $NextArg.remove("_command")

              if ($NextArg.keys -gt 0) {
                  $NextArg.GetEnumerator() | Where-Object {
                      $_.Key.StartsWith("$WordToComplete")
                    } | Sort-Object -Property key | ForEach-Object {
                    New-Object -Type CompletionResult -ArgumentList `
                      $($Mode -eq "MenuComplete" ? "$($_.Key) " : "$($_.Key)"),
                      $_.Key,
                      "ParameterValue",
                      "$($NextArg[$_.Key]._summary ?? " ")"
                  }
              }
          }
      } else {
          # Start completing topic.

          # Topic summary is stored as "_summary" in the hashtable.
          # At this stage it is no longer needed so we remove it
          # so that $NextArg contains only commands/topics hashtables

          $NextArg.remove("_summary")

          $NextArg.GetEnumerator() | Where-Object {
                $_.Key.StartsWith("$WordToComplete")
              } | Sort-Object -Property key | ForEach-Object {
              New-Object -Type CompletionResult -ArgumentList `
                  $($Mode -eq "MenuComplete" ? "$($_.Key) " : "$($_.Key)"),
                  $_.Key,
                  "ParameterValue",
                  "$($NextArg[$_.Key]._summary ?? $NextArg[$_.Key]._command.summary ?? " ")"
          }
      }
    }
}
Register-ArgumentCompleter -Native -CommandName ambientctl -ScriptBlock $scriptblock
