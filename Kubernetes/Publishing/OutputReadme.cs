using SecureAgent.Kubernetes.Admission;
using SecureAgent.Kubernetes.Layout;
using SecureAgent.Kubernetes.Network;
using SecureAgent.Kubernetes.Objects;
using SecureAgent.Kubernetes.Secrets;
using SecureAgent.Kubernetes.Workloads;

namespace SecureAgent.Kubernetes.Publishing;

/// <summary>The README of the output: what is there, what to install first, how to apply, and what does not work yet.</summary>
internal static class OutputReadme
{
    public static string Write(Plan plan) =>
        $"""
        # SecureAgent for Kubernetes

        Written by `./dev publish` from the graph and the policy profile `{plan.Profile.Name}`. Do not edit these files: keep changes in an overlay of
        your own. `publish` refuses to overwrite a file that it did not write or that was changed since (`{OutputListName}` holds the hashes).

        ## Not ready to run agents

        The manifests are complete and can be reviewed, validated and applied; the processes are not there yet:

        - Gates take agents' relays (TLS on {DoorPorts.Sessions}, the pod's token, a session that is open here), the broker takes gates (TLS on {DoorPorts.Service}, their accounts' tokens), and all answer
          probes on {DoorPorts.Health}. FileGate, beside the agent, works by itself. The runner's door ({DoorPorts.Control}) is described here and not in the programs yet: the other gates get no sessions.
        - AgentRunner starts sandboxes on its own machine; it does not create pods yet.
        {Missing(plan)}
        ## What is here

        | path | what |
        |---|---|
        | `base/` | namespaces `{Names.SystemNamespace}` (gates) and `{Names.SessionNamespace}` (agents), both Pod Security *restricted* `{Names.PodSecurityVersion}`; quotas; the runtime class `{RuntimeClasses.Name(plan.Options.Isolation)}`; the policy; certificates; the runner's rights; one file for each component |
        | `base/policies/` | both namespaces closed both ways, and one NetworkPolicy for each set of pods with exactly its edges |
        | `base/secrets/` | what `--secrets {Spelling.Of(plan.Options.Secrets)}` needs besides; absent when that is nothing |
        | `components/cilium` | the same edges for Cilium, names that may be looked up, destinations of the policy, and what is denied whatever else allows it |
        | `components/portable` | for networks without Cilium: DNS and address ranges. Wider: rules of both sorts add up, so take one component, never both |
        | `components/tetragon`, `observability/` | kernel events of agents' pods for Tetragon; rules for Falco. On Kata nodes a host's sensor does not see into the guest's kernel |
        | `components/{InferenceDevice.Name}` | for a model in the inference gateway's pod: a GPU, and the nodes that have one |
        | `components/agent-sandbox` | the agent's pod as a Sandbox of agent-sandbox (SIG Apps), besides the suspended Job |
        | `admission/policies` | ValidatingAdmissionPolicies, taken by the overlays: pods keep to the runtime class, to their namespace's roles, to limits and to the overlay's registry, and get nothing of the node, no privilege, no debug container, no token |
        | `admission/gatekeeper`, `admission/conftest` | the same rules for Gatekeeper, and for review before a cluster is asked |
        | `overlays/` | {string.Join(", ", plan.Options.Overlays.Select(overlay => $"`{overlay}` (images from `{Overlay.Registry(overlay)}`)"))}, with `components/cilium` and `admission/policies`; `{AdmissionComponents.Patch}` names the registry that pods may come from |
        | `gitops/` | examples for Argo CD and Flux |
        | `parity.json` | what was asked of the laptop's decisions and of these objects, and each difference with its reason |

        ## What a laptop enforces and these manifests do not

        - `sandbox.pids` (set `podPidsLimit` in the kubelet) and `sandbox.output`.
        - Names below `*.suffix` with more than {CiliumNames.WildcardDepth} labels before it cannot be reached in the cluster.

        ## Install first

        1. Kubernetes 1.31 or newer with Pod Security admission (on by default), Cilium 1.16 or newer with its DNS proxy, and cert-manager.
        2. Nodes with the handler `{RuntimeClasses.Of(plan.Options.Isolation).Handler}`, labelled: `kubectl label node NODE {Names.SandboxNodeLabel}={RuntimeClasses.Name(plan.Options.Isolation)}`.
           A node without the handler does not start the agent's pod; it never falls back to runc.
        3. One node or more for model calls: `kubectl label node NODE {Names.InferenceNodeLabel}=true`. One with the workspace in `{Names.WorkspacePath}`: `{Names.WorkspaceNodeLabel}=true`.
        4. The keys that pods' tokens are checked with (gates do not reach the API server), and the authorities:

           ```sh
           kubectl -n {Names.SystemNamespace} create configmap {Names.TokenKeysConfigMap} --from-literal=jwks.json="$(kubectl get --raw /openid/v1/jwks)"
           kubectl -n {Names.SessionNamespace} create configmap {Names.AuthorityConfigMap} --from-literal=ca.crt="$(kubectl -n {Names.SystemNamespace} get secret gate-authority -o jsonpath='{AuthorityPath}' | base64 -d)"
           ```
        5. {Store(plan)}
        6. The images in the overlay's registry: {string.Join(", ", Overlay.Images(plan).Select(image => $"`{Names.Image(image)}`"))}. `./dev images --registry {Overlay.Registry(plan.Options.Overlays[0])}` builds them; `publish --images FILE` takes its list of digests.

        ## Apply

        ```sh
        kubectl kustomize overlays/{plan.Options.Overlays[0]}                      # look
        kubectl apply -k overlays/{plan.Options.Overlays[0]} --dry-run=server      # ask the API server
        kubectl apply -k overlays/{plan.Options.Overlays[0]}
        ```

        With Gatekeeper, in place of the API server's own policies or besides them (constraints are known only after their templates; its webhook must also be
        asked about `pods/ephemeralcontainers`):

        ```sh
        kubectl apply -k admission/gatekeeper/templates
        kubectl apply -k admission/gatekeeper/constraints
        kubectl apply -k {AdmissionComponents.Registries(plan.Options.Overlays[0])}
        ```

        In review: `conftest test --policy {AdmissionComponents.Conftest(plan.Options.Overlays[0])} DIR`. An overlay of your own patches `allowed-registries` as these do;
        without the patch no pod is admitted.

        """.ReplaceLineEndings("\n");

    private static string Missing(Plan plan) => Credential.AreFiles(plan.Options.Secrets)
        ? "- SecretBroker reads the embedded store or Vault; it does not read credentials from files yet (`SecretBroker__CredentialDirectory`).\n"
        : "";

    private static string Store(Plan plan) => plan.Options.Secrets switch
    {
        SecretsDelivery.Broker or SecretsDelivery.VaultAgent =>
            $"Vault at `{Names.VaultAddress}`: a Kubernetes role `{Names.VaultRole}` bound to service account `secret-broker` of `{Names.SystemNamespace}` with audience `vault`, the policy that "
            + $"`secure-agent vault policy` prints, and its authority as ConfigMap `{Names.VaultAuthorityConfigMap}` (`ca.crt`)."
            + (plan.Options.Secrets == SecretsDelivery.VaultAgent ? " The Vault Agent injector." : ""),
        SecretsDelivery.ExternalSecrets => $"External Secrets Operator (serves `external-secrets.io/v1`), Vault role `{Names.VaultRole}` and ConfigMap `{Names.VaultAuthorityConfigMap}`. KV version 2 only: what Vault makes for one lease comes by the broker alone.",
        SecretsDelivery.Vso => $"Vault Secrets Operator, Vault role `{Names.VaultRole}` and the authority as Secret `{Names.VaultAuthorityConfigMap}` (`ca.crt`). KV version 2 only.",
        SecretsDelivery.SealedSecrets => "The Sealed Secrets controller and `kubeseal`; then `base/secrets/README.md`.",
        _ => "`sops` and `age`; then `base/secrets/README.md`.",
    };

    private const string AuthorityPath = "{.data.ca\\.crt}";
    private const string OutputListName = Output.OutputDirectory.ListName;
}
