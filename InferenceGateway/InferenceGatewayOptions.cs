using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace SecureAgent.InferenceGateway;

/// <summary>Settings of the process. What a session may call is in its policy, not here.</summary>
internal sealed class InferenceGatewayOptions
{
    public const string Section = "InferenceGateway";

    /// <summary>Environment variable of <see cref="Upstream"/>.</summary>
    public const string UpstreamKey = "SECUREAGENT_INFERENCE_UPSTREAM";

    /// <summary>Environment variable of <see cref="Secret"/>.</summary>
    public const string SecretKey = "SECUREAGENT_INFERENCE_SECRET";

    /// <summary>Base URL of an OpenAI-compatible server, with its <c>/v1</c>. Empty (default): the built-in offline model answers.</summary>
    public string Upstream { get; set; } = "";

    /// <summary>Name of the secret sent to <see cref="Upstream"/>. Empty (default): none.</summary>
    public string Secret { get; set; } = "";

    /// <summary>Time the upstream has until it begins to answer, 1 s to 1 h. Default 10 min: large prompts on small machines.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan FirstByteTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Longest silence within a streamed answer, 1 s to 1 h. Default 2 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Largest request, bytes, 64 KiB to 256 MiB. Default 16 MiB.</summary>
    [Range(64 << 10, 256 << 20)]
    public int MaxRequestBytes { get; set; } = 16 << 20;
}

[OptionsValidator]
internal sealed partial class InferenceGatewayOptionsValidator : IValidateOptions<InferenceGatewayOptions>;
