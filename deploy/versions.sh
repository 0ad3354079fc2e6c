# What a local cluster is made of: one version each, never a moving name.
# shellcheck shell=bash disable=SC2034
CERT_MANAGER_VERSION=v1.19.1
CILIUM_VERSION=1.18.2
EXTERNAL_SECRETS_VERSION=0.20.4
GVISOR_VERSION=20260622
K3D_VERSION=v5.8.3
K3S_IMAGE=rancher/k3s:v1.34.1-k3s1
KATA_VERSION=3.29.0
KIND_VERSION=v0.33.0
KIND_IMAGE=kindest/node:v1.34.11@sha256:44e222ee2132dab25ff87301682f89eb82c7880ea3a1bf543bfe9708fd08d67d
REGISTRY_IMAGE=registry:2.8.3
