using SecureAgent.Kubernetes.Layout;
using SecureAgent.Kubernetes.Objects;
using SecureAgent.Kubernetes.Workloads;

namespace SecureAgent.Kubernetes.Publishing;

/// <summary>The README of the output: what is there, what to install first, how to apply, and what does not work yet.</summary>
internal static class OutputReadme
{
    public static string Write(Plan plan) =>
        $"""
        # SecureAgent for Kubernetes

        Written by `secure-agent publish` from the graph and the policy profile `{plan.Profile.Name}`. Do not edit these files: keep changes in an overlay of
        your own. `publish` refuses to overwrite a file that it did not write or that was changed since (`{OutputListName}` holds the hashes).

        ## Not ready to run agents

        The manifests are complete and can be reviewed, validated and applied; the processes are not there yet:

        - The gates listen on Unix sockets and loopback. The doors these manifests give them (TLS on {DoorPorts.Sessions} for agents, {DoorPorts.Service} for gates,
          {DoorPorts.Control} for the runner, health on {DoorPorts.Health}) and the check of projected tokens do not exist in the programs yet: pods will not become ready.
        - AgentRunner starts sandboxes on its own machine; it does not create pods yet.

        ## What is here

        | path | what |
        |---|---|
        | `base/` | namespaces `{Names.SystemNamespace}` (gates) and `{Names.SessionNamespace}` (agents), both Pod Security *restricted* `{Names.PodSecurityVersion}`; quotas; the runtime class `{RuntimeClasses.Name(plan.Options.Isolation)}`; the policy; one file for each component |
        | `overlays/` | {string.Join(", ", plan.Options.Overlays.Select(overlay => $"`{overlay}` (images from `{Overlay.Registry(overlay)}`)"))} |

        ## Install first

        1. Kubernetes 1.31 or newer with Pod Security admission (on by default).
        2. Nodes with the handler `{RuntimeClasses.Of(plan.Options.Isolation).Handler}`, labelled: `kubectl label node NODE {Names.SandboxNodeLabel}={RuntimeClasses.Name(plan.Options.Isolation)}`.
           A node without the handler does not start the agent's pod; it never falls back to runc.
        3. One node or more for model calls: `kubectl label node NODE {Names.InferenceNodeLabel}=true`.
        4. The images in the overlay's registry: {string.Join(", ", Overlay.Images(plan).Select(image => $"`{Names.Image(image)}`"))}.

        ## Apply

        ```sh
        kubectl kustomize overlays/{plan.Options.Overlays[0]}                      # look
        kubectl apply -k overlays/{plan.Options.Overlays[0]} --dry-run=server      # ask the API server
        kubectl apply -k overlays/{plan.Options.Overlays[0]}
        ```

        """.ReplaceLineEndings("\n");

    private const string OutputListName = Output.OutputDirectory.ListName;
}
