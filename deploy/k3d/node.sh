#!/bin/sh
# Run by k3d in every node, at every start: the mounts that Cilium expects of a machine.
set -e
mountpoint -q /sys/fs/bpf || mount -t bpf bpffs /sys/fs/bpf
mount --make-shared /sys/fs/bpf
mkdir -p /run/cilium/cgroupv2
mountpoint -q /run/cilium/cgroupv2 || mount -t cgroup2 none /run/cilium/cgroupv2
mount --make-shared /run/cilium/cgroupv2
