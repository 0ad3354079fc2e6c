#!/usr/bin/env bash
# A local cluster on k3d: deploy/k3d/up.sh [--name NAME] [--isolation gvisor|kata] [--dry-run]
here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
. "$here/../lib.sh"

arguments "$@"
need docker k3d kubectl helm curl sha512sum
context=k3d-$name
agents=k3d-$name-agent-0

registry_up
options=()
# kata-deploy writes this template itself.
[ "$isolation" = kata ] || options=(--volume "$here/containerd.toml.tmpl:/var/lib/rancher/k3s/agent/etc/containerd/config-v3.toml.tmpl@all")
holds k3d cluster get "$name" || run k3d cluster create "$name" --image "$K3S_IMAGE" --servers 1 --agents 2 --api-port 127.0.0.1:0 --no-lb \
  --registry-config "$here/registries.yaml" --volume "$here/node.sh:/bin/k3d-entrypoint-cilium.sh@all" "${options[@]}" \
  --k3s-arg --flannel-backend=none@server:0 --k3s-arg --disable-network-policy@server:0 --k3s-arg --disable=traefik@server:0 --k3s-arg --disable=servicelb@server:0
registry_joins "k3d-$name"
cilium_up --set cgroup.autoMount.enabled=false --set cgroup.hostRoot=/run/cilium/cgroupv2
if [ "$isolation" = kata ]; then kata_up k3s; else gvisor_up "$agents"; fi
agents_node "$agents"
cert_manager_up
vault_up
external_secrets_up
next_steps
