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

complete -c ambientctl -n '__ambientctl_at' -a completion -d 'Print the completion script of a shell'
complete -c ambientctl -n '__ambientctl_at' -a autocomplete -d 'Print the completion script of a shell'
complete -c ambientctl -n '__ambientctl_at' -a help -d 'Show what a command does, its flags and examples'
complete -c ambientctl -n '__ambientctl_at' -a trace -d 'Follow one request from source to destination, hop by hop, with the evidence for each decision'
complete -c ambientctl -n '__ambientctl_at completion' -a 'bash zsh fish powershell'
complete -c ambientctl -n '__ambientctl_at autocomplete' -a 'bash zsh fish powershell'
complete -c ambientctl -n '__ambientctl_in completion' -l no-color -d 'No colours (also NO_COLOR; FORCE_COLOR asks for them)'
complete -c ambientctl -n '__ambientctl_in completion' -l debug -d 'Show the stack of a failure'
complete -c ambientctl -n '__ambientctl_in autocomplete' -l no-color -d 'No colours (also NO_COLOR; FORCE_COLOR asks for them)'
complete -c ambientctl -n '__ambientctl_in autocomplete' -l debug -d 'Show the stack of a failure'
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
