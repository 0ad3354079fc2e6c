using SecureAgent.Policy.Document;
using SecureAgent.Topology;

namespace SecureAgent.Kubernetes.Publishing;

/// <summary>Everything a manifest is derived from.</summary>
internal sealed record Plan(Graph Graph, PublishOptions Options, Profile Profile)
{
    /// <exception cref="PublishException">The policy has errors, lacks the profile, or uses what a cluster cannot keep; or an image is not ours.</exception>
    public static Plan Of(Graph graph, PublishOptions options)
    {
        var parsed = PolicyParser.Parse(options.PolicyText, options.PolicySource);
        if (parsed.Document is not { } document)
        {
            throw new PublishException(parsed.Errors.Count == 1
                ? parsed.Errors[0].ToString()
                : $"{parsed.Errors[0]} (and {parsed.Errors.Count - 1} more; `secure-agent policy check` lists them)");
        }

        if (!document.Profiles.TryGetValue(options.Profile, out var profile))
        {
            throw new PublishException(
                $"--profile '{options.Profile}' is not in {options.PolicySource}; it has {string.Join(", ", document.Profiles.Keys.Order(StringComparer.Ordinal))}");
        }

        if (PublishSupport.Unpublishable(profile) is { Count: > 0 } reasons)
        {
            throw new PublishException($"{options.PolicySource}: profile {profile.Name} cannot be published: {string.Join(" ", reasons)}");
        }

        var plan = new Plan(graph, options, profile);
        return options.ImageDigests.Keys.FirstOrDefault(name => !Overlay.Images(plan).Contains(name)) is { } unknown
            ? throw new PublishException($"--images names '{unknown}', which no manifest uses; known are {string.Join(", ", Overlay.Images(plan))}")
            : plan;
    }
}
