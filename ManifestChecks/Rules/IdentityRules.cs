using System.Text.RegularExpressions;
using SecureAgent.ManifestChecks.Reading;

namespace SecureAgent.ManifestChecks.Rules;

/// <summary>Tokens, secrets and who may do what.</summary>
internal static partial class IdentityRules
{
    private const long LongestToken = 3600;
    private static readonly string[] SecretWords = ["PASSWORD", "PASSWD", "SECRET", "TOKEN", "APIKEY", "API_KEY", "PRIVATE_KEY", "ACCESS_KEY", "CREDENTIAL"];
    private static readonly string[] NotSecret = ["FILE", "PATH", "URL", "DIR", "DIRECTORY", "ADDRESS", "HOST", "NAME", "TTL", "AUDIENCE"];
    private static readonly string[] RoleKinds = ["Role", "ClusterRole"];
    private static readonly string[] BindingKinds = ["RoleBinding", "ClusterRoleBinding"];

    public static IEnumerable<Rule> All { get; } =
    [
        new("no-token-automount", Severity.Error, "A pod gets an API token without asking.", "A token for the API server is the first thing an intruder looks for.", "Set automountServiceAccountToken: false on the pod.")
        {
            Find = Find.Workloads(workload => workload.PodSpec["automountServiceAccountToken"] is var flag && flag.Bool != false ? (flag.Line, "does not set automountServiceAccountToken: false") : null),
        },
        new("service-account-no-automount", Severity.Error, "A ServiceAccount hands its token to every pod.", "A pod that forgets to opt out gets one.", "Set automountServiceAccountToken: false on the ServiceAccount.")
        {
            Find = Find.Objects(["ServiceAccount"], found => found.Root["automountServiceAccountToken"] is var flag && flag.Bool != false ? (flag.Line, "does not set automountServiceAccountToken: false") : null),
        },
        new("own-service-account", Severity.Warning, "A pod runs as the namespace's default ServiceAccount.", "What is granted to one is granted to all.", "Name a ServiceAccount of its own in serviceAccountName.")
        {
            Find = Find.Workloads(workload => workload.PodSpec["serviceAccountName"] is var name && name.Text is null or "default" ? (workload.PodSpec["serviceAccountName"].Line, "has no ServiceAccount of its own") : null),
        },
        new("token-audience", Severity.Error, "A projected token has no audience.", "Without one it is good for the API server.", "Set serviceAccountToken.audience to the one service that reads it.")
        {
            Find = Find.Volumes(volume => Tokens(volume).Any(token => string.IsNullOrEmpty(token["audience"].Text)) ? "projects a token without audience" : null),
        },
        new("token-lifetime", Severity.Warning, "A projected token lives longer than an hour.", "A stolen token is good until it ends.", "Set serviceAccountToken.expirationSeconds to 3600 or less; 600 is the least.")
        {
            Find = Find.Volumes(volume => Tokens(volume).Any(token => token["expirationSeconds"] is { Exists: true } life && !(life.Number <= LongestToken)) ? "projects a token of more than an hour" : null),
        },
        new("no-secret-literal", Severity.Error, "A secret is written into the manifest.", "Manifests are kept in version control and shown by the API.", "Let the broker lease it, or mount it from a secret store.")
        {
            Find = Find.Containers(part => part.Node["env"].Items.FirstOrDefault(item => item["value"].Text is not (null or "" or "none") && IsSecretName(item["name"].Text ?? "")) is { Exists: true } item
                ? (item.Line, $"has the value of '{item["name"].Text}' in the manifest") : null),
        },
        new("no-secret-env", Severity.Warning, "A container gets a secret through its environment.", "Environments are inherited by children and end up in crash reports.", "Mount the secret as a file, or lease it from the broker.")
        {
            Find = Find.Containers(part =>
                part.Node["env"].Items.FirstOrDefault(item => item.At("valueFrom", "secretKeyRef").Exists) is { Exists: true } one ? (one.Line, $"reads '{one["name"].Text}' from a Secret")
                : part.Node["envFrom"].Items.FirstOrDefault(item => item["secretRef"].Exists) is { Exists: true } all ? (all.Line, "reads a whole Secret") : null),
        },
        new("no-secret-data", Severity.Error, "A Secret's content is part of the manifests.", "Base64 hides nothing.", "Use the broker, an ExternalSecret, a SealedSecret or SOPS.")
        {
            Find = Find.Objects(["Secret"], found => found.Root["sops"].Exists ? null
                : found.Root["data"] is { Exists: true } data && data.Members.Any() ? (data.Line, "holds data")
                : found.Root["stringData"] is { Exists: true } text && text.Members.Any() ? (text.Line, "holds stringData") : null),
        },
        new("no-cluster-secret-store", Severity.Error, "A secret store is open to every namespace.", "Any namespace that may write an ExternalSecret reads it.", "Use a namespaced SecretStore.")
        {
            Find = Find.Objects(["ClusterSecretStore"], found => (found.Root.Line, "is open to every namespace")),
        },
        new("rbac-no-wildcard", Severity.Error, "A role grants everything by a star.", "It grants what does not exist yet, too.", "List groups, resources and verbs.")
        {
            Find = Find.Objects(RoleKinds, found => RuleOf(found, rule => rule["verbs"].Has("*") || rule["resources"].Has("*") || rule["apiGroups"].Has("*"), "grants by a star")),
        },
        new("rbac-no-secret-read", Severity.Error, "A role reads Secrets.", "List and watch return every secret of the namespace.", "Grant get on resourceNames, or nothing.")
        {
            Find = Find.Objects(RoleKinds, found => RuleOf(found, rule => rule["resources"].Has("secrets") && (rule["verbs"].Has("list") || rule["verbs"].Has("watch") || (rule["verbs"].Has("get") && !rule["resourceNames"].Exists)), "reads Secrets")),
        },
        new("rbac-no-escalation", Severity.Error, "A role can be widened by who holds it.", "escalate, bind and impersonate step around RBAC.", "Remove these verbs.")
        {
            Find = Find.Objects(RoleKinds, found => RuleOf(found, rule => rule["verbs"].Has("escalate") || rule["verbs"].Has("bind") || rule["verbs"].Has("impersonate"), "grants escalate, bind or impersonate")),
        },
        new("rbac-no-exec", Severity.Error, "A role enters running pods.", "exec, attach and ephemeral containers reach what the pod holds; nodes/proxy reaches every pod.", "Remove these subresources.")
        {
            Find = Find.Objects(RoleKinds, found => RuleOf(found, rule => rule["resources"].Items.Any(item => item.Text is "pods/exec" or "pods/attach" or "pods/ephemeralcontainers" or "pods/portforward" or "nodes/proxy"), "enters running pods")),
        },
        new("rbac-no-token-mint", Severity.Error, "A role mints tokens of other accounts.", "serviceaccounts/token turns one account into any.", "Remove serviceaccounts/token.")
        {
            Find = Find.Objects(RoleKinds, found => RuleOf(found, rule => rule["resources"].Has("serviceaccounts/token"), "mints tokens")),
        },
        new("no-cluster-admin", Severity.Error, "Someone is bound to an administrator's role.", "cluster-admin, admin and edit all read Secrets.", "Bind a role made for the task.")
        {
            Find = Find.Objects(BindingKinds, found => found.Root.At("roleRef", "name") is { Exists: true } name && name.Text is "cluster-admin" or "admin" or "edit" ? (found.Root.At("roleRef", "name").Line, "binds an administrator's role") : null),
        },
        new("no-anonymous-grant", Severity.Error, "Everyone is granted a role.", "Anonymous callers and whole system groups include the agent.", "Name the service account.")
        {
            Find = Find.Objects(BindingKinds, found => found.Root["subjects"].Items.FirstOrDefault(subject => subject["name"].Text is "system:anonymous" or "system:unauthenticated" or "system:authenticated" or "system:serviceaccounts") is { Exists: true } subject
                ? (subject.Line, $"is granted to {subject["name"].Text}") : null),
        },
    ];

    private static IEnumerable<ManifestNode> Tokens(ManifestNode volume) =>
        volume.At("projected", "sources").Items.Select(source => source["serviceAccountToken"]).Where(token => token.Exists);

    /// <summary>Only the last part of a nested name: what <c>secret-broker</c> has for an address is no secret.</summary>
    private static bool IsSecretName(string nested) =>
        nested.Split("__")[^1] is var name && SecretWords.Any(word => name.Contains(word, StringComparison.OrdinalIgnoreCase)) && !NotSecret.Contains(LastWord().Match(name).Value, StringComparer.OrdinalIgnoreCase);

    [GeneratedRegex("([A-Z]?[a-z0-9]+|[A-Z0-9]+)$")]
    private static partial Regex LastWord();

    private static (int, string)? RuleOf(ManifestObject found, Func<ManifestNode, bool> matches, string detail) =>
        found.Root["rules"].Items.FirstOrDefault(matches) is { Exists: true } rule ? (rule.Line, detail) : null;
}
