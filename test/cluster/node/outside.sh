#!/usr/bin/env bash
# A Kubernetes node with its control plane, in namespaces of its own: `outside.sh FOLDER NUMBER`. FOLDER holds what
# `inside.sh` needs; NUMBER, up to 254, tells nodes on one machine apart. It lives as long as its standard input, and at
# its end, however that comes, nothing is left: processes, mounts, links, cgroups and FOLDER.
set -euo pipefail
folder=$1 number=$2
here=$(dirname "$(readlink -f "$0")")
cgroup=ambientctl-$number
link=ambientctl$number

# The hierarchies of cgroups: one in version 2, one for each controller in version 1.
hierarchies() {
  if [ -f /sys/fs/cgroup/cgroup.controllers ]; then echo /sys/fs/cgroup; else ls -d /sys/fs/cgroup/*/; fi
}

clean() {
  local hierarchy attempt
  # The first process of the namespace takes all others with it, and `unshare` ends after the last of them.
  [ -z "${node:-}" ] || kill -KILL $(cat "/proc/$node/task/$node/children" 2>/dev/null) "${waiting:-}" 2>/dev/null || true
  wait
  for hierarchy in $(hierarchies); do
    for attempt in 1 2 3 4 5; do
      [ -d "$hierarchy/$cgroup" ] || break
      find "$hierarchy/$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null || sleep 0.2
    done
  done
  rm -rf "$folder"
}
trap clean EXIT
trap '' INT HUP
trap 'exit 143' TERM

for hierarchy in $(hierarchies); do mkdir -p "$hierarchy/$cgroup"; done
exec 3<&0
unshare --fork --pid --mount-proc --net --mount --uts --ipc "$here/inside.sh" "$folder" "$number" \
  </dev/null 3<&- >"$folder/log/inside" 2>&1 &
node=$!
while [ "$(readlink "/proc/$node/ns/net")" = "$(readlink /proc/self/ns/net)" ]; do sleep 0.05; done
ip link add "$link" type veth peer name eth0 netns "$node"
ip address add "10.213.$number.1/30" dev "$link"
ip link set "$link" up
cat <&3 >/dev/null &
waiting=$!
wait -n || true
if kill -0 "$waiting" 2>/dev/null; then
  echo 'a part of the node ended' >&2
  tail -n 15 "$folder"/log/* >&2
  exit 1
fi
