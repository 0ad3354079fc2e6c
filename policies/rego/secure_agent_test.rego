package main

import future.keywords.contains
import future.keywords.if

agent := {
  "apiVersion": "v1",
  "kind": "Pod",
  "metadata": {
    "name": "x",
    "namespace": "secure-agent-sessions",
    "labels": {
      "app.kubernetes.io/name": "agent-session",
      "secureagent.dev/role": "sandbox"
    }
  },
  "spec": {
    "runtimeClassName": "kata",
    "automountServiceAccountToken": false,
    "initContainers": [
      {
        "name": "file-gate",
        "image": "registry.example/secure-agent/file-gate:1.0",
        "securityContext": {
          "allowPrivilegeEscalation": false,
          "capabilities": {
            "drop": [
              "ALL"
            ]
          }
        },
        "resources": {
          "limits": {
            "cpu": "1",
            "memory": "1Gi"
          }
        },
        "restartPolicy": "Always"
      }
    ],
    "containers": [
      {
        "name": "agent",
        "image": "registry.example/secure-agent/agent:1.0",
        "securityContext": {
          "allowPrivilegeEscalation": false,
          "capabilities": {
            "drop": [
              "ALL"
            ]
          }
        },
        "resources": {
          "limits": {
            "cpu": "1",
            "memory": "1Gi"
          }
        },
        "volumeMounts": [
          {
            "name": "home",
            "mountPath": "/home/agent"
          }
        ]
      },
      {
        "name": "relay",
        "image": "registry.example/secure-agent/relay:1.0",
        "securityContext": {
          "allowPrivilegeEscalation": false,
          "capabilities": {
            "drop": [
              "ALL"
            ]
          }
        },
        "resources": {
          "limits": {
            "cpu": "1",
            "memory": "1Gi"
          }
        },
        "volumeMounts": [
          {
            "name": "token",
            "mountPath": "/var/run/gate",
            "readOnly": true
          }
        ]
      }
    ],
    "volumes": [
      {
        "name": "home",
        "emptyDir": {
          "sizeLimit": "64Mi"
        }
      },
      {
        "name": "workspace",
        "persistentVolumeClaim": {
          "claimName": "workspace",
          "readOnly": true
        }
      },
      {
        "name": "token",
        "projected": {
          "sources": [
            {
              "serviceAccountToken": {
                "path": "gate",
                "audience": "secureagent-gate",
                "expirationSeconds": 600
              }
            }
          ]
        }
      }
    ]
  }
}

gate := {
  "apiVersion": "apps/v1",
  "kind": "Deployment",
  "metadata": {
    "name": "x",
    "namespace": "secure-agent-system"
  },
  "spec": {
    "selector": {
      "matchLabels": {
        "app.kubernetes.io/name": "egress-proxy"
      }
    },
    "template": {
      "metadata": {
        "labels": {
          "app.kubernetes.io/name": "egress-proxy",
          "secureagent.dev/role": "gate"
        }
      },
      "spec": {
        "automountServiceAccountToken": false,
        "containers": [
          {
            "name": "egress-proxy",
            "image": "registry.example/secure-agent/egress-proxy:1.0",
            "securityContext": {
              "allowPrivilegeEscalation": false,
              "capabilities": {
                "drop": [
                  "ALL"
                ]
              }
            },
            "resources": {
              "limits": {
                "cpu": "1",
                "memory": "1Gi"
              }
            },
            "volumeMounts": [
              {
                "name": "token",
                "mountPath": "/var/run/broker",
                "readOnly": true
              }
            ]
          }
        ],
        "volumes": [
          {
            "name": "token",
            "projected": {
              "sources": [
                {
                  "serviceAccountToken": {
                    "path": "broker",
                    "audience": "secureagent-broker",
                    "expirationSeconds": 600
                  }
                }
              ]
            }
          }
        ]
      }
    }
  }
}

ids(reviewed) := {id | msg := deny[_] with input as reviewed; id := split(msg, ":")[0]}

test_agent_admitted if {
  ids(agent) == set()
}

test_gate_admitted if {
  ids(gate) == set()
}

test_runtime_class_required_denied if {
  ids(json.patch(agent, [{"op": "remove", "path": "/spec/runtimeClassName"}])) == {"runtime-class-required"}
}

test_no_host_path_denied if {
  ids(json.patch(agent, [{"op": "add", "path": "/spec/volumes/-", "value": {"name": "h", "hostPath": {"path": "/"}}}])) == {"no-host-path"}
}

test_no_host_namespaces_denied if {
  ids(json.patch(agent, [{"op": "add", "path": "/spec/hostPID", "value": true}])) == {"no-host-namespaces"}
}

test_no_privileged_denied if {
  ids(json.patch(agent, [{"op": "add", "path": "/spec/containers/0/securityContext/privileged", "value": true}])) == {"no-privileged"}
}

test_no_capabilities_denied if {
  ids(json.patch(agent, [{"op": "add", "path": "/spec/containers/0/securityContext/capabilities/add", "value": ["NET_ADMIN"]}])) == {"no-capabilities"}
}

test_no_ephemeral_containers_denied if {
  ids(json.patch(agent, [{"op": "add", "path": "/spec/ephemeralContainers", "value": [{"name": "debug", "image": "registry.example/secure-agent/debug:1.0", "securityContext": {"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}}, "resources": {"limits": {"cpu": "1", "memory": "1Gi"}}}]}])) == {"no-ephemeral-containers"}
}

test_no_token_automount_denied if {
  ids(json.patch(agent, [{"op": "remove", "path": "/spec/automountServiceAccountToken"}])) == {"no-token-automount"}
}

test_token_audience_denied if {
  ids(json.patch(agent, [{"op": "remove", "path": "/spec/volumes/2/projected/sources/0/serviceAccountToken/audience"}])) == {"token-audience"}
}

test_agent_holds_no_token_denied if {
  ids(json.patch(agent, [{"op": "add", "path": "/spec/containers/0/volumeMounts/-", "value": {"name": "token", "mountPath": "/t"}}])) == {"agent-holds-no-token"}
}

test_own_labels_denied if {
  ids(json.patch(agent, [{"op": "replace", "path": "/metadata/labels/secureagent.dev~1role", "value": "gate"}])) == {"own-labels"}
}

test_allowed_registries_denied if {
  ids(json.patch(agent, [{"op": "replace", "path": "/spec/containers/0/image", "value": "busybox:1.36"}])) == {"allowed-registries"}
}

test_limits_present_denied if {
  ids(json.patch(agent, [{"op": "remove", "path": "/spec/initContainers/0/resources"}])) == {"limits-present"}
}

test_gate_template_host_path_denied if {
  ids(json.patch(gate, [{"op": "add", "path": "/spec/template/spec/volumes/-", "value": {"name": "h", "hostPath": {"path": "/"}}}])) == {"no-host-path"}
}

test_gate_needs_no_runtime_class if {
  ids(gate) == set()
}
