using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.InferenceGateway.Upstream;

/// <summary>The OpenAI-compatible server answers come from.</summary>
/// <param name="BaseAddress">Ends with a slash; <c>chat/completions</c> and <c>models</c> are below it.</param>
/// <param name="Secret">Name under <c>secrets:</c> of the session's profile whose lease is sent along; null for none.</param>
internal sealed record UpstreamSettings(Uri BaseAddress, string? Secret, TimeSpan FirstByteTimeout, TimeSpan IdleTimeout)
{
    /// <summary>
    /// Headers of the agent that are passed on: none, and no configuration sets it. A test sets it to show that its fake would have seen them.
    /// </summary>
    internal IReadOnlyList<string> PassHeaders { get; init; } = [];

    public static UpstreamSettings? From(InferenceGatewayOptions options)
    {
        if (options.Upstream.Length == 0)
        {
            return options.Secret.Length == 0
                ? null
                : throw new StartupException("SECUREAGENT_INFERENCE_SECRET is set without SECUREAGENT_INFERENCE_UPSTREAM; give the model server's address with --model-url URL");
        }

        if (!Uri.TryCreate(options.Upstream, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https")
            || uri.UserInfo.Length > 0 || uri.Query.Length > 0 || uri.Fragment.Length > 0)
        {
            throw new StartupException(
                "the model server's address must be http:// or https:// without user, query or fragment, such as http://127.0.0.1:8080/v1; give it with --model-url URL");
        }

        return new UpstreamSettings(
            new Uri(uri.AbsoluteUri.TrimEnd('/') + "/"), options.Secret.Length == 0 ? null : options.Secret, options.FirstByteTimeout, options.IdleTimeout);
    }
}
