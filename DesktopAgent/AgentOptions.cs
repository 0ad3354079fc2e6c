using System.Collections;

namespace SecureAgent.DesktopAgent;

/// <summary>What the sandbox tells its agent: the addresses of its two ports and, if the operator chose one, the model.</summary>
/// <param name="Model">Null: the first of <c>GET /v1/models</c>.</param>
internal sealed record AgentOptions(Uri FileGate, Uri Inference, string ApiKey, string? Model)
{
    public const string FileGateKey = "FILE_GATE_URL";
    public const string InferenceKey = "OPENAI_BASE_URL";
    public const string ApiKeyKey = "OPENAI_API_KEY";
    public const string ModelKey = "SECUREAGENT_MODEL";

    /// <summary>Throws <see cref="AgentException"/> when the process does not run in a sandbox.</summary>
    public static AgentOptions From(IDictionary environment)
    {
        var model = environment[ModelKey] as string;
        return new AgentOptions(
            Address(environment, FileGateKey), Address(environment, InferenceKey),
            environment[ApiKeyKey] is string { Length: > 0 } key ? key : "none",
            string.IsNullOrEmpty(model) ? null : model);
    }

    private static Uri Address(IDictionary environment, string key) =>
        environment[key] is string text && Uri.TryCreate(text.TrimEnd('/') + "/", UriKind.Absolute, out var uri) && uri.Scheme is ("http" or "https")
            ? uri
            : throw new AgentException($"{key} is not set to an http address; this agent runs inside the sandbox: secure-agent run \"TASK\" --workspace DIR");
}
