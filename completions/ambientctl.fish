# Made by `npm run docs` from the commands; do not edit.
function __ambientctl_words
    set -l words (commandline -opc)
    string match -v -- '-*' $words[2..]
end

# The words so far are these.
function __ambientctl_at
    set -l words (__ambientctl_words)
    test "$words" = "$argv"
end

# The words so far begin with these.
function __ambientctl_in
    set -l words (__ambientctl_words)
    set -l wanted (count $argv)
    test (count $words) -ge $wanted; and test "$words[1..$wanted]" = "$argv"
end

complete -c ambientctl -f
complete -c ambientctl -n __ambientctl_at -l version -d 'Show the version'
complete -c ambientctl -l help -d 'Show help'

complete -c ambientctl -n '__ambientctl_at' -a check -d 'Look for what is wrong in a mesh: findings with stable codes, evidence and a fix'
complete -c ambientctl -n '__ambientctl_at' -a completion -d 'Print the completion script of a shell'
complete -c ambientctl -n '__ambientctl_at' -a dump -d 'dump commands'
complete -c ambientctl -n '__ambientctl_at dump' -a waypoint -d 'Show what a waypoint\'s Envoy holds: chains, filters, routes, clusters, endpoints, policies'
complete -c ambientctl -n '__ambientctl_at' -a help -d 'Show what a command does, its flags and examples'
complete -c ambientctl -n '__ambientctl_at' -a trace -d 'Follow one request from source to destination, hop by hop, with the evidence for each decision'
complete -c ambientctl -n '__ambientctl_at completion' -a 'bash zsh fish powershell'
complete -c ambientctl -n '__ambientctl_in check' -l no-color -d 'No colours (also NO_COLOR; FORCE_COLOR asks for them)'
complete -c ambientctl -n '__ambientctl_in check' -l debug -d 'Show the stack of a failure'
complete -c ambientctl -n '__ambientctl_in check' -l fail-on -x -a 'error warning info never' -d 'Exit with 2 when a finding is at least this severe'
complete -c ambientctl -n '__ambientctl_in check' -s o -l output -x -a 'text json ndjson yaml' -d 'The format of the result'
complete -c ambientctl -n '__ambientctl_in check' -l snapshot -r -F -d 'Where the state is: a directory, an archive, a single file, or - for standard input. Repeatable'
complete -c ambientctl -n '__ambientctl_in completion' -l no-color -d 'No colours (also NO_COLOR; FORCE_COLOR asks for them)'
complete -c ambientctl -n '__ambientctl_in completion' -l debug -d 'Show the stack of a failure'
complete -c ambientctl -n '__ambientctl_in dump waypoint' -l no-color -d 'No colours (also NO_COLOR; FORCE_COLOR asks for them)'
complete -c ambientctl -n '__ambientctl_in dump waypoint' -l debug -d 'Show the stack of a failure'
complete -c ambientctl -n '__ambientctl_in dump waypoint' -l snapshot -r -F -d 'Where the state is: a directory, an archive, a single file, or - for standard input. Repeatable'
complete -c ambientctl -n '__ambientctl_in dump waypoint' -s n -l namespace -x -d 'The namespace of names that are given without one'
complete -c ambientctl -n '__ambientctl_in dump waypoint' -s o -l output -x -a 'text short wide name csv ndjson json yaml' -d 'The format of the result'
complete -c ambientctl -n '__ambientctl_in dump waypoint' -s v -l verbose -d 'List every part of the input that could not be read'
complete -c ambientctl -n '__ambientctl_in dump waypoint' -l columns -x -d 'Columns to show, in this order'
complete -c ambientctl -n '__ambientctl_in dump waypoint' -l sort-by -x -d 'Column to sort by; -KEY for descending'
complete -c ambientctl -n '__ambientctl_in dump waypoint' -l no-headers -d 'No line of column headers'
complete -c ambientctl -n '__ambientctl_in dump waypoint' -l fqdn -x -d 'Clusters whose name contains this'
complete -c ambientctl -n '__ambientctl_in dump waypoint' -l subset -x -d 'Clusters whose name contains this subset'
complete -c ambientctl -n '__ambientctl_in dump waypoint' -l direction -x -d 'Clusters whose name contains this direction'
complete -c ambientctl -n '__ambientctl_in dump waypoint' -l port -x -d 'Clusters, listeners and endpoints of this port'
complete -c ambientctl -n '__ambientctl_in dump waypoint' -l address -x -d 'Listeners and endpoints of this address'
complete -c ambientctl -n '__ambientctl_in dump waypoint' -l type -x -d 'Listeners of this type: HTTP, TCP, HTTP+TCP or UNKNOWN'
complete -c ambientctl -n '__ambientctl_in dump waypoint' -l name -x -d 'The route configuration of this name'
complete -c ambientctl -n '__ambientctl_in dump waypoint' -l cluster -x -d 'Endpoints of this cluster'
complete -c ambientctl -n '__ambientctl_in dump waypoint' -l status -x -d 'Endpoints of this health: HEALTHY, UNHEALTHY, …'
complete -c ambientctl -n '__ambientctl_in dump waypoint' -l listener -x -d 'Chains and filters of this listener'
complete -c ambientctl -n '__ambientctl_in dump waypoint' -l chain -x -d 'Chains, filters and policies of chains whose name contains this'
complete -c ambientctl -n '__ambientctl_in dump waypoint' -l policy-namespace -x -d 'Policies of this namespace'
complete -c ambientctl -n '__ambientctl_in help' -s n -l nested-commands -d 'Include all nested commands in the output.'
complete -c ambientctl -n '__ambientctl_in trace' -l no-color -d 'No colours (also NO_COLOR; FORCE_COLOR asks for them)'
complete -c ambientctl -n '__ambientctl_in trace' -l debug -d 'Show the stack of a failure'
complete -c ambientctl -n '__ambientctl_in trace' -s X -l method -x -d 'The HTTP method'
complete -c ambientctl -n '__ambientctl_in trace' -s H -l header -x -d 'A header, as "Name: value". Repeatable'
complete -c ambientctl -n '__ambientctl_in trace' -l sni -x -d 'The server name of a TLS request'
complete -c ambientctl -n '__ambientctl_in trace' -l source-ip -x -d 'The address that the client sends from, if it has several'
complete -c ambientctl -n '__ambientctl_in trace' -l family -x -a '4 6' -d 'The address family to use'
complete -c ambientctl -n '__ambientctl_in trace' -l exit-verdict -d 'Exit with 3 unless the request is delivered'
complete -c ambientctl -n '__ambientctl_in trace' -l strict -d 'Exit with 4 when the answer is undetermined or ambiguous'
complete -c ambientctl -n '__ambientctl_in trace' -s o -l output -x -a 'text json yaml mermaid dot' -d 'The format of the result'
complete -c ambientctl -n '__ambientctl_in trace' -l snapshot -r -F -d 'Where the state is: a directory, an archive, a single file, or - for standard input. Repeatable'
complete -c ambientctl -n '__ambientctl_in trace' -s n -l namespace -x -d 'The namespace of names that are given without one'
complete -c ambientctl -n '__ambientctl_in trace' -l verbosity -x -a 'minimal summary detailed' -d 'How much to tell'
