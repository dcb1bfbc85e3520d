#!/usr/bin/env bash
# The first process of the namespaces that `outside.sh` makes: `inside.sh FOLDER NUMBER`. What FOLDER/processes names,
# one a line, runs in the order of the lines; the first that ends, ends all.
set -euo pipefail
folder=$1 number=$2
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

hostname node1
for place in /run /var/lib /var/log; do mount -t tmpfs -o mode=755 ambientctl "$place"; done
# The kubelet wants these settings of the whole kernel to be so: it finds them so, and the kernel keeps its own.
mkdir "$folder/settings"
for setting in vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1 \
  kernel/keys/root_maxkeys=1000000 kernel/keys/root_maxbytes=25000000; do
  file=$folder/settings/$(basename "${setting%=*}")
  echo "${setting#*=}" >"$file"
  mount --bind "$file" "/proc/sys/${setting%=*}"
done

until ip link show eth0 >/dev/null 2>&1; do sleep 0.05; done
ip link set lo up
ip address add "10.213.$number.2/30" dev eth0
ip link set eth0 up
ip route add default via "10.213.$number.1"
echo 1 >/proc/sys/net/ipv4/ip_forward

while read -r name command; do
  $command >"$folder/log/$name" 2>&1 &
  if [ "$name" = containerd ]; then
    until ctr version >/dev/null 2>&1; do sleep 0.1; done
    ctr -n k8s.io images import "$folder/image.tar" >"$folder/log/import" 2>&1
  fi
done <"$folder/processes"
wait -n
