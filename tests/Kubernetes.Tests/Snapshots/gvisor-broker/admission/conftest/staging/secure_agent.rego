package main

import future.keywords.contains
import future.keywords.if

reviewed := input

runtime_classes := ["gvisor"]

registries := ["registry.example.com/secure-agent/"]

space := object.get(reviewed.metadata, "namespace", "")

pod_template := reviewed if {
  reviewed.kind == "Pod"
}

pod_template := reviewed.template if {
  reviewed.kind == "PodTemplate"
}

pod_template := reviewed.spec.jobTemplate.spec.template if {
  reviewed.kind == "CronJob"
}

pod_template := reviewed.spec.podTemplate if {
  startswith(reviewed.kind, "Sandbox")
}

pod_template := reviewed.spec.template if {
  templated[reviewed.kind]
}

templated := {"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job"}

pod_spec := pod_template.spec

limited contains c if {
  c := pod_spec.containers[_]
}

limited contains c if {
  c := pod_spec.initContainers[_]
}

containers contains c if {
  c := limited[_]
}

containers contains c if {
  c := pod_spec.ephemeralContainers[_]
}

broken contains msg if {
  pod_spec
  pod_spec.volumes[_].hostPath
  msg := "no-host-path: no folder of the node may be mounted"
}

broken contains msg if {
  pod_spec
  pod_spec.hostNetwork == true
  msg := "no-host-namespaces: no namespace of the node may be shared"
}

broken contains msg if {
  pod_spec
  pod_spec.hostPID == true
  msg := "no-host-namespaces: no namespace of the node may be shared"
}

broken contains msg if {
  pod_spec
  pod_spec.hostIPC == true
  msg := "no-host-namespaces: no namespace of the node may be shared"
}

broken contains msg if {
  pod_spec
  containers[_].securityContext.privileged == true
  msg := "no-privileged: no container may be privileged"
}

drops_all(c) if {
  c.securityContext.capabilities.drop[_] == "ALL"
}

broken contains msg if {
  pod_spec
  c := containers[_]
  not drops_all(c)
  msg := "no-capabilities: every container must drop all capabilities and add none"
}

broken contains msg if {
  pod_spec
  containers[_].securityContext.capabilities.add[_]
  msg := "no-capabilities: every container must drop all capabilities and add none"
}

broken contains msg if {
  pod_spec
  pod_spec.ephemeralContainers[_]
  msg := "no-ephemeral-containers: no debug container may join a pod"
}

token_off(spec) if {
  spec.automountServiceAccountToken == false
}

broken contains msg if {
  pod_spec
  not token_off(pod_spec)
  msg := "no-token-automount: no API token may be mounted: set automountServiceAccountToken: false"
}

has_audience(token) if {
  token.audience != ""
}

broken contains msg if {
  pod_spec
  token := pod_spec.volumes[_].projected.sources[_].serviceAccountToken
  not has_audience(token)
  msg := "token-audience: a projected token must name its audience"
}

broken contains msg if {
  pod_spec
  space == "secure-agent-sessions"
  volume := pod_spec.volumes[_]
  volume.projected.sources[_].serviceAccountToken
  c := containers[_]
  c.name != "relay"
  c.volumeMounts[_].name == volume.name
  msg := "agent-holds-no-token: only the container 'relay' of an agent's pod may mount a token"
}

has_role(roles) if {
  pod_template.metadata.labels["secureagent.dev/role"] == roles[_]
}

broken contains msg if {
  pod_spec
  space == "secure-agent-sessions"
  not has_role(["sandbox"])
  msg := "own-labels: a pod carries a role of its namespace and no other: policies select by it"
}

broken contains msg if {
  pod_spec
  space == "secure-agent-system"
  not has_role(["gate", "runner"])
  msg := "own-labels: a pod carries a role of its namespace and no other: policies select by it"
}

sandboxed(spec) if {
  spec.runtimeClassName == runtime_classes[_]
}

broken contains msg if {
  pod_spec
  space == "secure-agent-sessions"
  not sandboxed(pod_spec)
  msg := "runtime-class-required: an agent's pod must name a sandboxed RuntimeClass"
}

from_registry(c) if {
  startswith(c.image, registries[_])
}

broken contains msg if {
  pod_spec
  c := containers[_]
  not from_registry(c)
  msg := "allowed-registries: images may come from the project's registries only"
}

broken contains msg if {
  pod_spec
  c := limited[_]
  not c.resources.limits.cpu
  msg := "limits-present: every container needs a cpu and a memory limit"
}

broken contains msg if {
  pod_spec
  c := limited[_]
  not c.resources.limits.memory
  msg := "limits-present: every container needs a cpu and a memory limit"
}

deny contains msg if {
  msg := broken[_]
}
