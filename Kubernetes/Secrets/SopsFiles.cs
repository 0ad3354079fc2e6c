using System.Text.Json.Nodes;
using k8s.Models;
using SecureAgent.Kubernetes.Objects;
using SecureAgent.Kubernetes.Output;

namespace SecureAgent.Kubernetes.Secrets;

/// <summary>
/// A template for SOPS, not applied: a Secret in clear text must never be. Flux decrypts what is encrypted; without it, pipe
/// <c>sops decrypt</c> into <c>kubectl apply</c>.
/// </summary>
internal static class SopsFiles
{
    private const string Recipient = "age1REPLACE-WITH-THE-CLUSTERS-RECIPIENT";

    public static IEnumerable<(string Path, string Text)> Of(IReadOnlyList<Credential> credentials) =>
    [
        ("secrets/.sops.yaml", YamlWriter.Write([new JsonObject
        {
            ["creation_rules"] = new JsonArray(new JsonObject { ["path_regex"] = ".*\\.enc\\.yaml$", ["encrypted_regex"] = "^(data|stringData)$", ["age"] = Recipient }),
        }])),
        ("secrets/README.md", Readme(credentials)),
        ("secrets/broker-credentials.yaml.template", YamlWriter.Write([new V1Secret
        {
            ApiVersion = "v1",
            Kind = "Secret",
            Metadata = Meta.System(Credential.SecretName, "gate"),
            StringData = credentials.ToDictionary(credential => credential.Name, credential => $"{credential.Source.Mount}/{credential.Source.Path}#{credential.Source.Field}"),
            Type = "Opaque",
        }])),
    ];

    private static string Readme(IReadOnlyList<Credential> credentials) =>
        $"""
        # SOPS

        `{Credential.SecretName}.yaml.template` names {credentials.Count} credential(s) and holds no value; it is not part of the base. Put the cluster's age recipient
        into `.sops.yaml`, then, in a directory of your own:

        ```sh
        sops edit broker-credentials.enc.yaml      # paste the template, write the values; only data is encrypted
        sops decrypt broker-credentials.enc.yaml | kubectl apply -f -      # or let Flux decrypt (spec.decryption.provider: sops)
        ```

        """.ReplaceLineEndings("\n");
}
