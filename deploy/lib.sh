# Steps that both local clusters share; sourced by k3d/up.sh and kind/up.sh. Each step looks first and does only what is not done.
# shellcheck shell=bash
set -euo pipefail

deploy=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
root=${deploy%/*}
. "$deploy/versions.sh"

name=secure-agent
isolation=gvisor
dry_run=false
registry=secure-agent-registry
registry_host=registry.localhost:5000
system=secure-agent-system

say() { printf 'deploy: %s\n' "$*" >&2; }
die() { say "$*"; exit 2; }

usage() {
  printf '%s\n' "${0##*/} [--name NAME] [--isolation gvisor|kata] [--dry-run]" '' \
    "Makes a local cluster for what 'publish --overlay local' writes: registry, Cilium, the runtime of agents' pods, cert-manager," \
    'a Vault development server, External Secrets. May be run again: what is there is kept.' \
    '--dry-run prints every command, in order, as for a machine where nothing is there yet, and runs none.'
}

arguments() {
  while [ $# -gt 0 ]; do
    case "$1" in
      --name | --isolation)
        [ $# -gt 1 ] || die "$1 needs a value; see ${0##*/} --help"
        if [ "$1" = --name ]; then name=$2; else isolation=$2; fi
        shift ;;
      --dry-run) dry_run=true ;;
      -h | --help) usage; exit 0 ;;
      *) die "'$1' is not known; see ${0##*/} --help" ;;
    esac
    shift
  done
  case "$name" in *[!a-z0-9-]* | -* | '') die "--name '$name': small letters, digits and hyphens" ;; esac
  case "$isolation" in gvisor | kata) ;; *) die "--isolation '$isolation' is not known; choose gvisor or kata" ;; esac
}

# The command as it could be typed, then, unless it is only shown, the command.
run() {
  local word line=+
  for word in "$@"; do
    [[ $word =~ ^[A-Za-z0-9_./:=@,-]+$ ]] || word=${word@Q}
    line+=" $word"
  done
  printf '%s\n' "$line"
  "$dry_run" || "$@"
}

# A question to the machine. Nothing is there in a dry run.
holds() { ! "$dry_run" && "$@" >/dev/null 2>&1; }

need() {
  "$dry_run" && return
  local tool
  for tool in "$@"; do
    command -v "$tool" >/dev/null && continue
    case "$tool" in
      k3d) die "k3d is missing; install k3d $K3D_VERSION (https://k3d.io) and run this again" ;;
      kind) die "kind is missing; install kind $KIND_VERSION (https://kind.sigs.k8s.io) and run this again" ;;
      *) die "$tool is missing; install it and run this again" ;;
    esac
  done
  if [ "$isolation" = kata ] && [ ! -c /dev/kvm ]; then
    die "--isolation kata needs /dev/kvm, which this machine lacks; choose --isolation gvisor"
  fi
}

kube() { run kubectl --context "$context" "$@"; }
has() { holds kubectl --context "$context" get "$@"; }
vault() { kube -n vault exec vault-0 -- vault "$@"; }

chart() {
  local release=$1 namespace=$2 version=$3 source=$4
  shift 4
  run helm --kube-context "$context" upgrade --install "$release" "$source" --version "$version" --namespace "$namespace" --create-namespace --wait --timeout 10m "$@"
}

# Configuration that is made from something running: made afresh at every run.
config_map() {
  local map=$1 key=$2 source=$3
  run bash -c "set -o pipefail; kubectl --context $context -n $system create configmap $map --from-literal=$key=\"\$($source)\" --dry-run=client -o yaml | kubectl --context $context apply -f -"
}

registry_up() {
  holds docker inspect "$registry" || run docker run --detach --restart unless-stopped --name "$registry" --publish 127.0.0.1:5000:5000 "$REGISTRY_IMAGE"
}

registry_joins() {
  holds bash -c "docker inspect --format '{{json .NetworkSettings.Networks}}' $registry | grep -q '\"$1\"'" || run docker network connect "$1" "$registry"
}

cilium_up() { chart cilium kube-system "$CILIUM_VERSION" cilium --repo https://helm.cilium.io --set ipam.mode=kubernetes --set operator.replicas=1 "$@"; }

# The runtime's programs, checked against the sums published beside them, in one node.
gvisor_up() {
  local node=$1 downloads=$root/artifacts/deploy/gvisor-$GVISOR_VERSION file base
  base=https://storage.googleapis.com/gvisor/releases/release/$GVISOR_VERSION/${HOSTTYPE/arm64/aarch64}
  run mkdir -p "$downloads"
  run docker exec "$node" mkdir -p /usr/local/bin
  for file in runsc containerd-shim-runsc-v1; do
    holds docker exec "$node" test -x "/usr/local/bin/$file" && continue
    run curl --fail --silent --show-error --location --output "$downloads/$file" "$base/$file"
    run curl --fail --silent --show-error --location --output "$downloads/$file.sha512" "$base/$file.sha512"
    run bash -c "cd ${downloads@Q} && sha512sum --check $file.sha512 && chmod 755 $file"
    run docker cp "$downloads/$file" "$node:/usr/local/bin/$file"
  done
}

# Its handler for QEMU is 'kata-qemu', which the published RuntimeClass names; its own RuntimeClasses are left out.
kata_up() {
  chart kata-deploy kube-system "$KATA_VERSION" oci://ghcr.io/kata-containers/kata-deploy-charts/kata-deploy \
    --set "k8sDistribution=$1" --set nfd.enabled=false --set runtimeClasses.enabled=false --set shims.disableAll=true --set shims.qemu.enabled=true
}

# What the published pods select nodes by, and the folder behind the workspace's volume.
agents_node() {
  local node=$1
  kube label node "$node" --overwrite "secureagent.dev/sandbox=$isolation" secureagent.dev/inference=true secureagent.dev/workspace=true
  run docker exec "$node" mkdir -p /var/lib/secure-agent/workspace
}

cert_manager_up() { chart cert-manager cert-manager "$CERT_MANAGER_VERSION" oci://quay.io/jetstack/charts/cert-manager --set crds.enabled=true; }

external_secrets_up() { chart external-secrets external-secrets "$EXTERNAL_SECRETS_VERSION" external-secrets --repo https://charts.external-secrets.io; }

# A development server: in memory, unsealed, gone with its pod; then everything below is done again.
vault_up() {
  kube apply -f "$deploy/vault.yaml"
  kube -n vault rollout status statefulset/vault --timeout 5m
  holds bash -c "kubectl --context $context -n vault exec vault-0 -- vault auth list | grep -q '^kubernetes/'" || vault auth enable kubernetes
  vault write auth/kubernetes/config kubernetes_host=https://kubernetes.default.svc
  run bash -c "set -o pipefail; ${root@Q}/dev vault policy ${root@Q}/policies/default.yaml | kubectl --context $context -n vault exec -i vault-0 -- vault policy write secret-broker -"
  vault write auth/kubernetes/role/secret-broker bound_service_account_names=secret-broker "bound_service_account_namespaces=$system" \
    audience=vault token_policies=secret-broker token_ttl=15m token_max_ttl=1h
  has namespace "$system" || kube create namespace "$system"
  config_map vault-authority ca.crt "kubectl --context $context -n vault exec vault-0 -- cat /vault/tls/vault-ca.pem"
  config_map service-account-keys jwks.json "kubectl --context $context get --raw /openid/v1/jwks"
}

next_steps() {
  "$dry_run" || say "cluster '$name' is ready"
  printf '%s\n' '' 'Next:' "  ./dev images --registry $registry_host" \
    "  ./dev publish --output OUT --overlay local --isolation $isolation" \
    "  kubectl --context $context apply -k OUT/overlays/local"
}
