using SecureAgent.Kubernetes.Objects;

namespace SecureAgent.Kubernetes.Secrets;

/// <summary>A SealedSecret whose values are placeholders: only the cluster's own controller can make real ones, so the command is given beside it.</summary>
internal static class SealedSecrets
{
    private const string Placeholder = "SEAL-THIS-VALUE";

    public static IEnumerable<object> Of(IReadOnlyList<Credential> credentials) =>
    [
        CustomObject.Of("bitnami.com/v1alpha1", "SealedSecret", Meta.System(Credential.SecretName, "gate"), new
        {
            EncryptedData = credentials.ToDictionary(credential => credential.Name, _ => Placeholder),
            Template = new { Metadata = new { Name = Credential.SecretName, Namespace = Names.SystemNamespace, Labels = Meta.Labels(Credential.SecretName, "gate") }, Type = "Opaque" },
        }),
    ];

    public static string Readme(IReadOnlyList<Credential> credentials) =>
        $"""
        # Sealing

        `sealed-secrets.yaml` holds placeholders; until they are replaced the controller refuses it and the broker's pod does not start. Seal each value for
        this name and namespace (a sealed value is bound to both), and put the output in place of `{Placeholder}`, in an overlay of your own:

        ```sh
        {string.Join("\n", credentials.Select(credential =>
            $"vault kv get -mount={credential.Source.Mount} -field={credential.Source.Field} {credential.Source.Path} | tr -d '\\n' | kubeseal --raw --namespace {Names.SystemNamespace} --name {Credential.SecretName} --from-file=/dev/stdin   # {credential.Name}"))}
        ```

        """.ReplaceLineEndings("\n");
}
