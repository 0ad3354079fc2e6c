using System.Net;
using Microsoft.Extensions.Configuration;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.ServiceDefaults.Doors;

/// <summary>The one session of a gate that runs beside an agent, in its pod.</summary>
internal sealed record PodSessionOptions
{
    public const string Section = "PodSession";

    /// <summary>The pod's name.</summary>
    public required string Name { get; init; }

    public required string Profile { get; init; }

    public required string PolicyFile { get; init; }

    public required string Workspace { get; init; }

    /// <summary>Loopback address and port that the agent uses.</summary>
    public required IPEndPoint Listen { get; init; }

    /// <summary>Null where sessions are opened by a runner; with one setting, all must be there.</summary>
    public static PodSessionOptions? From(IConfiguration configuration)
    {
        var section = configuration.GetSection(Section);
        return !section.GetChildren().Any()
            ? null
            : new PodSessionOptions
            {
                Name = section.Required(nameof(Name)),
                Profile = section.Required(nameof(Profile)),
                PolicyFile = section.Required(nameof(PolicyFile)),
                Workspace = section.Required(nameof(Workspace)),
                Listen = Loopback(section.Required(nameof(Listen))),
            };
    }

    private static IPEndPoint Loopback(string text) => IPEndPoint.TryParse(text, out var endPoint) && IPAddress.IsLoopback(endPoint.Address)
        ? endPoint
        : throw new StartupException($"{Section}__{nameof(Listen)} '{text}' is not an address and port of loopback; others than this pod's containers must not come in");
}
