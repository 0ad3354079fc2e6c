using SecureAgent.ManifestChecks.Reading;

namespace SecureAgent.Kubernetes.Admission;

/// <summary>Who a pod says it is, and the tokens it gets.</summary>
internal static class IdentityRules
{
    private const string Tokens = "variables.spec.volumes.filter(v, has(v.projected) && has(v.projected.sources) && v.projected.sources.exists(s, has(s.serviceAccountToken)))";

    public static IEnumerable<AdmissionRule> Of(AdmissionSettings set) =>
    [
        new("no-token-automount", "no API token may be mounted: set automountServiceAccountToken: false",
            "has(variables.spec.automountServiceAccountToken) && variables.spec.automountServiceAccountToken == false",
            ["not token_off(pod_spec)"],
            (pod, _) => pod.PodSpec["automountServiceAccountToken"].Bool != false)
        {
            RegoFunctions = "token_off(spec) if {\n  spec.automountServiceAccountToken == false\n}\n",
        },
        new("token-audience", "a projected token must name its audience",
            "!has(variables.spec.volumes) || variables.spec.volumes.all(v, !has(v.projected) || !has(v.projected.sources) || v.projected.sources.all(s, "
            + "!has(s.serviceAccountToken) || (has(s.serviceAccountToken.audience) && s.serviceAccountToken.audience != '')))",
            ["token := pod_spec.volumes[_].projected.sources[_].serviceAccountToken\nnot has_audience(token)"],
            (pod, _) => pod.PodSpec["volumes"].Items.SelectMany(TokensOf).Any(token => string.IsNullOrEmpty(token["audience"].Text)))
        {
            RegoFunctions = "has_audience(token) if {\n  token.audience != \"\"\n}\n",
        },
        new("agent-holds-no-token", $"only the container '{set.TokenHolder}' of an agent's pod may mount a token",
            $"variables.space != '{set.SessionNamespace}' || !has(variables.spec.volumes) || {Tokens}.all(v, "
            + $"variables.containers.all(c, c.name == '{set.TokenHolder}' || !has(c.volumeMounts) || c.volumeMounts.all(m, m.name != v.name)))",
            [$"space == \"{set.SessionNamespace}\"\nvolume := pod_spec.volumes[_]\nvolume.projected.sources[_].serviceAccountToken\nc := containers[_]\nc.name != \"{set.TokenHolder}\"\nc.volumeMounts[_].name == volume.name"],
            (pod, space) => space == set.SessionNamespace && pod.PodSpec["volumes"].Items.Where(volume => TokensOf(volume).Any())
                .Any(volume => pod.Containers.Any(part => part.Name != set.TokenHolder && part.Node["volumeMounts"].Items.Any(mount => mount["name"].Text == volume["name"].Text)))),
        new("own-labels", "a pod carries a role of its namespace and no other: policies select by it",
            $"variables.space != '{set.SessionNamespace}' && variables.space != '{set.SystemNamespace}' || "
            + $"'{set.RoleLabel}' in variables.labels && variables.labels['{set.RoleLabel}'] in (variables.space == '{set.SessionNamespace}' ? {Quoted.Cel([set.SessionRole])} : {Quoted.Cel(set.SystemRoles)})",
            [Forged(set.SessionNamespace, [set.SessionRole]), Forged(set.SystemNamespace, set.SystemRoles)],
            (pod, space) => RolesOf(set, space) is { } roles && !roles.Contains(pod.PodMetadata["labels"][set.RoleLabel].Text))
        {
            RegoFunctions = $"has_role(roles) if {{\n  pod_template.metadata.labels[\"{set.RoleLabel}\"] == roles[_]\n}}\n",
        },
    ];

    private static string Forged(string space, IReadOnlyList<string> roles) => $"space == \"{space}\"\nnot has_role({Quoted.Rego(roles)})";

    private static IReadOnlyList<string?>? RolesOf(AdmissionSettings set, string space) =>
        space == set.SessionNamespace ? [set.SessionRole] : space == set.SystemNamespace ? set.SystemRoles : null;

    private static IEnumerable<ManifestNode> TokensOf(ManifestNode volume) =>
        volume["projected"]["sources"].Items.Select(source => source["serviceAccountToken"]).Where(token => token.Exists);
}
