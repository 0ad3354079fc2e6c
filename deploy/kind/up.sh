#!/usr/bin/env bash
# A local cluster on kind: deploy/kind/up.sh [--name NAME] [--isolation gvisor|kata] [--dry-run]
here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
. "$here/../lib.sh"

arguments "$@"
need docker kind kubectl helm curl sha512sum
context=kind-$name
agents=$name-worker
mirror=/etc/containerd/certs.d/$registry_host

registry_up
holds docker inspect "$name-control-plane" || run kind create cluster --name "$name" --image "$KIND_IMAGE" --config "$here/cluster.yaml"
registry_joins kind
for node in "$name-control-plane" "$name-worker" "$name-worker2"; do
  holds docker exec "$node" test -f "$mirror/hosts.toml" && continue
  run docker exec "$node" mkdir -p "$mirror"
  run docker cp "$here/hosts.toml" "$node:$mirror/hosts.toml"
done
cilium_up
if [ "$isolation" = kata ]; then
  kata_up k8s
else
  gvisor_up "$agents"
  holds docker exec "$agents" grep -q runtimes.runsc /etc/containerd/config.toml || {
    run docker cp "$here/runsc.toml" "$agents:/etc/containerd/runsc.toml"
    run docker exec "$agents" sh -c 'cat /etc/containerd/runsc.toml >> /etc/containerd/config.toml && systemctl restart containerd'
  }
fi
agents_node "$agents"
cert_manager_up
vault_up
external_secrets_up
next_steps
