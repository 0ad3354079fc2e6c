using System.Text.Json.Nodes;
using Cel;
using SecureAgent.Kubernetes.Admission;
using SecureAgent.ManifestChecks.Reading;

namespace SecureAgent.Kubernetes.Tests.Admission;

/// <summary>The published ValidatingAdmissionPolicies, run by a CEL engine as the API server runs them: variables first, in order.</summary>
internal static class CelPolicies
{
    private static readonly CelEnvironment Environment = new([], "");
    private static readonly Dictionary<string, CelProgramDelegate> Compiled = new(StringComparer.Ordinal);

    private static readonly IReadOnlyList<JsonObject> Policies =
        [.. AdmissionObjects.Files(new AdmissionSettings()).SelectMany(file => file.Documents).Where(document => (string?)document["kind"] == "ValidatingAdmissionPolicy")];

    public static IEnumerable<string> Broken(ManifestObject reviewed)
    {
        var root = Value(reviewed.Root)!;
        return [.. Policies.Where(policy => !Admits(policy, root)).Select(policy => ((string)policy["metadata"]!["name"]!)["secure-agent-".Length..])];
    }

    private static bool Admits(JsonObject policy, object reviewed)
    {
        var variables = new Dictionary<string, object?>();
        var scope = new Dictionary<string, object?> { ["object"] = reviewed, ["variables"] = variables };
        foreach (var variable in policy["spec"]!["variables"]!.AsArray())
        {
            variables[(string)variable!["name"]!] = Evaluate((string)variable["expression"]!, scope);
        }

        return policy["spec"]!["validations"]!.AsArray().All(validation => Evaluate((string)validation!["expression"]!, scope) is true);
    }

    private static object? Evaluate(string expression, Dictionary<string, object?> scope)
    {
        lock (Compiled)
        {
            if (!Compiled.TryGetValue(expression, out var program))
            {
                Compiled[expression] = program = Environment.Compile(expression);
            }

            return program(scope);
        }
    }

    private static object? Value(ManifestNode node) =>
        node.Members.Any() ? node.Members.ToDictionary(pair => pair.Key, pair => Value(pair.Value), StringComparer.Ordinal)
        : node.Items.Any() ? node.Items.Select(Value).ToList()
        : node.Bool is { } flag ? flag
        : node.Text is null && node.Exists ? new List<object?>()
        : node.Text;
}
