#!/usr/bin/env bash

# This function joins an array using a character passed in
# e.g. ARRAY=(one two three) -> join_by ":" ${ARRAY[@]} -> "one:two:three"
function join_by { local IFS="$1"; shift; echo "$*"; }

_ambientctl_autocomplete()
{

  local cur="${COMP_WORDS[COMP_CWORD]}" opts normalizedCommand colonPrefix IFS=$' \t\n'
  COMPREPLY=()

  local commands="
check --no-color --debug --fail-on --strict --istioctl-exit-codes --baseline --ignore --report --output --snapshot --rules --kubeconfig --context --as --as-group --request-timeout --istio-namespace --revision --proxy-admin-port --debug-container --verbose
check:access --no-color --debug --kubeconfig --context --as --as-group --request-timeout --istio-namespace --revision --namespace --output
completion --no-color --debug
dump:redirection --no-color --debug --snapshot --kubeconfig --context --as --as-group --request-timeout --istio-namespace --revision --debug-container --namespace --node --output --verbose
dump:waypoint --no-color --debug --snapshot --kubeconfig --context --as --as-group --request-timeout --istio-namespace --revision --proxy-admin-port --namespace --output --verbose --columns --sort-by --no-headers --fqdn --subset --direction --port --address --type --name --cluster --status --listener --chain --policy-namespace
dump:ztunnel --no-color --debug --snapshot --kubeconfig --context --as --as-group --request-timeout --istio-namespace --revision --proxy-admin-port --node --namespace --output --verbose
dump:ztunnel:all --no-color --debug --snapshot --kubeconfig --context --as --as-group --request-timeout --istio-namespace --revision --proxy-admin-port --node --namespace --all-nodes --output --verbose --with-headers --no-headers
dump:ztunnel:certificates --no-color --debug --snapshot --kubeconfig --context --as --as-group --request-timeout --istio-namespace --revision --proxy-admin-port --node --namespace --output --template --verbose --columns --sort-by --no-headers
dump:ztunnel:certificate --no-color --debug --snapshot --kubeconfig --context --as --as-group --request-timeout --istio-namespace --revision --proxy-admin-port --node --namespace --output --template --verbose --columns --sort-by --no-headers
dump:ztunnel:certs --no-color --debug --snapshot --kubeconfig --context --as --as-group --request-timeout --istio-namespace --revision --proxy-admin-port --node --namespace --output --template --verbose --columns --sort-by --no-headers
dump:ztunnel:cert --no-color --debug --snapshot --kubeconfig --context --as --as-group --request-timeout --istio-namespace --revision --proxy-admin-port --node --namespace --output --template --verbose --columns --sort-by --no-headers
dump:ztunnel:config --no-color --debug --snapshot --kubeconfig --context --as --as-group --request-timeout --istio-namespace --revision --proxy-admin-port --node --namespace --output --template --verbose --columns --sort-by --no-headers
dump:ztunnel:connections --no-color --debug --snapshot --kubeconfig --context --as --as-group --request-timeout --istio-namespace --revision --proxy-admin-port --node --namespace --output --template --verbose --columns --sort-by --no-headers --workload-namespace --direction --raw
dump:ztunnel:connection --no-color --debug --snapshot --kubeconfig --context --as --as-group --request-timeout --istio-namespace --revision --proxy-admin-port --node --namespace --output --template --verbose --columns --sort-by --no-headers --workload-namespace --direction --raw
dump:ztunnel:cons --no-color --debug --snapshot --kubeconfig --context --as --as-group --request-timeout --istio-namespace --revision --proxy-admin-port --node --namespace --output --template --verbose --columns --sort-by --no-headers --workload-namespace --direction --raw
dump:ztunnel:policies --no-color --debug --snapshot --kubeconfig --context --as --as-group --request-timeout --istio-namespace --revision --proxy-admin-port --node --namespace --output --template --verbose --columns --sort-by --no-headers --all-nodes --policy-namespace
dump:ztunnel:policy --no-color --debug --snapshot --kubeconfig --context --as --as-group --request-timeout --istio-namespace --revision --proxy-admin-port --node --namespace --output --template --verbose --columns --sort-by --no-headers --all-nodes --policy-namespace
dump:ztunnel:pol --no-color --debug --snapshot --kubeconfig --context --as --as-group --request-timeout --istio-namespace --revision --proxy-admin-port --node --namespace --output --template --verbose --columns --sort-by --no-headers --all-nodes --policy-namespace
dump:ztunnel:p --no-color --debug --snapshot --kubeconfig --context --as --as-group --request-timeout --istio-namespace --revision --proxy-admin-port --node --namespace --output --template --verbose --columns --sort-by --no-headers --all-nodes --policy-namespace
dump:ztunnel:services --no-color --debug --snapshot --kubeconfig --context --as --as-group --request-timeout --istio-namespace --revision --proxy-admin-port --node --namespace --output --template --verbose --columns --sort-by --no-headers --all-nodes --service-namespace
dump:ztunnel:service --no-color --debug --snapshot --kubeconfig --context --as --as-group --request-timeout --istio-namespace --revision --proxy-admin-port --node --namespace --output --template --verbose --columns --sort-by --no-headers --all-nodes --service-namespace
dump:ztunnel:svc --no-color --debug --snapshot --kubeconfig --context --as --as-group --request-timeout --istio-namespace --revision --proxy-admin-port --node --namespace --output --template --verbose --columns --sort-by --no-headers --all-nodes --service-namespace
dump:ztunnel:s --no-color --debug --snapshot --kubeconfig --context --as --as-group --request-timeout --istio-namespace --revision --proxy-admin-port --node --namespace --output --template --verbose --columns --sort-by --no-headers --all-nodes --service-namespace
dump:ztunnel:workloads --no-color --debug --snapshot --kubeconfig --context --as --as-group --request-timeout --istio-namespace --revision --proxy-admin-port --node --namespace --output --template --verbose --columns --sort-by --no-headers --all-nodes --address --workload-namespace --workload-node
dump:ztunnel:workload --no-color --debug --snapshot --kubeconfig --context --as --as-group --request-timeout --istio-namespace --revision --proxy-admin-port --node --namespace --output --template --verbose --columns --sort-by --no-headers --all-nodes --address --workload-namespace --workload-node
dump:ztunnel:w --no-color --debug --snapshot --kubeconfig --context --as --as-group --request-timeout --istio-namespace --revision --proxy-admin-port --node --namespace --output --template --verbose --columns --sort-by --no-headers --all-nodes --address --workload-namespace --workload-node
explain --no-color --debug --log --output
help --no-color --debug
snapshot --no-color --debug --output --from --to --namespace --node --rules --logs --kubeconfig --context --as --as-group --request-timeout --istio-namespace --revision --proxy-admin-port --debug-container
test --no-color --debug --fail-on --strict --istioctl-exit-codes --baseline --update --coverage --covall --fail-under --watch --report --output --snapshot --kubeconfig --context --as --as-group --request-timeout --istio-namespace --revision --proxy-admin-port --verbose
test:init --no-color --debug --namespace --snapshot --kubeconfig --context --as --as-group --request-timeout --istio-namespace --revision --proxy-admin-port
trace --no-color --debug --method --header --sni --source-ip --family --jwt-claims --exit-verdict --strict --output --snapshot --kubeconfig --context --as --as-group --request-timeout --istio-namespace --revision --proxy-admin-port --debug-container --namespace --verbosity
"

  function __trim_colon_commands()
  {
    # Turn $commands into an array
    commands=("${commands[@]}")

    if [[ -z "$colonPrefix" ]]; then
      colonPrefix="$normalizedCommand:"
    fi

    # Remove colon-word prefix from $commands
    commands=( "${commands[@]/$colonPrefix}" )

    for i in "${!commands[@]}"; do
      if [[ "${commands[$i]}" == "$normalizedCommand" ]]; then
        # If the currently typed in command is a topic command we need to remove it to avoid suggesting it again
        unset "${commands[$i]}"
      else
        # Trim subcommands from each command
        commands[$i]="${commands[$i]%%:*}"
      fi
    done
  }

  if [[ "$cur" != "-"* ]]; then
    # Command
    __COMP_WORDS=( "${COMP_WORDS[@]:1}" )

    # The command typed by the user but separated by colons (e.g. "mycli command subcom" -> "command:subcom")
    normalizedCommand="$( printf "%s" "$(join_by ":" "${__COMP_WORDS[@]}")" )"

    # The command hirarchy, with colons, leading up to the last subcommand entered (e.g. "mycli com subcommand subsubcom" -> "com:subcommand:")
    colonPrefix="${normalizedCommand%"${normalizedCommand##*:}"}"

    if [[ -z "$normalizedCommand" ]]; then
      # If there is no normalizedCommand yet the user hasn't typed in a full command
      # So we should trim all subcommands & flags from $commands so we can suggest all top level commands
      opts=$(printf "%s " "${commands[@]}" | grep -Eo '^[a-zA-Z0-9_-]+')
    else
      # Filter $commands to just the ones that match the $normalizedCommand and turn into an array
      commands=( $(compgen -W "$commands" -- "${normalizedCommand}") )
      # Trim higher level and subcommands from the subcommands to suggest
      __trim_colon_commands "$colonPrefix"

      opts=$(printf "%s " "${commands[@]}") # | grep -Eo '^[a-zA-Z0-9_-]+'
    fi
  else 
    # Flag

    # The full CLI command separated by colons (e.g. "mycli command subcommand --fl" -> "command:subcommand")
    # This needs to be defined with $COMP_CWORD-1 as opposed to above because the current "word" on the command line is a flag and the command is everything before the flag
    normalizedCommand="$( printf "%s" "$(join_by ":" "${COMP_WORDS[@]:1:($COMP_CWORD - 1)}")" )"

    # The line below finds the command in $commands using grep
    # Then, using sed, it removes everything from the found command before the --flags (e.g. "command:subcommand:subsubcom --flag1 --flag2" -> "--flag1 --flag2")
    opts=$(printf "%s " "${commands[@]}" | grep "${normalizedCommand}" | sed -n "s/^${normalizedCommand} //p")
  fi

  COMPREPLY=($(compgen -W "$opts" -- "${cur}"))
}

complete -F _ambientctl_autocomplete ambientctl
