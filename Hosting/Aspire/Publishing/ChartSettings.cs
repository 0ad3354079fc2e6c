using SecureAgent.Kubernetes;

namespace SecureAgent.Hosting.Aspire.Publishing;

/// <summary>What the chart is made for.</summary>
internal sealed record ChartSettings
{
    public string Registry { get; init; } = "registry.example.com";

    /// <summary>The policy's text is read when the chart is written.</summary>
    public PublishOptions Options { get; init; } = new() { PolicyText = "" };

    public string Image(string program) => $"{Registry}/{ChartObjects.BaseImage(program)}";
}
