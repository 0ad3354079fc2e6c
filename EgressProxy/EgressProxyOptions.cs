using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace SecureAgent.EgressProxy;

/// <summary>Section <c>EgressProxy</c>; as environment <c>EgressProxy__ConnectTimeout</c> and so on.</summary>
internal sealed class EgressProxyOptions
{
    public const string Section = "EgressProxy";

    /// <summary>Time a client has to send the whole head of a CONNECT, a SOCKS greeting and request, or a TLS hello, 100 ms to 5 min. Default 15 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:05:00")]
    public TimeSpan HeadTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Time for one name resolution, 100 ms to 1 min. Default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan ResolveTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a session keeps the answer for a name, and pooled connections to it, 0 to 1 h. Within it a name cannot change its
    /// addresses under the session. Default 60 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan ResolutionLifetime { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Time to connect to a destination, all its addresses together, 100 ms to 2 min. Default 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:02:00")]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest silence of an HTTP exchange in both directions, 1 s to 1 h. Default 5 min. Tunnels have no such limit.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan ActivityTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>A PEM file with certificate authorities that destinations of inspected rules may be vouched for by, besides the machine's. Default none.</summary>
    public string? UpstreamRoots { get; set; }

    /// <summary>The operator's own HTTP proxy, http://HOST:PORT, that every connection to a destination goes through. Its credential is a secret of the session's profile. Default none.</summary>
    public string? UpstreamProxy { get; set; }

    /// <summary>Destinations that are dialled without <see cref="UpstreamProxy"/>: names, <c>*.suffix</c>, addresses and CIDR blocks, separated by commas. Default none.</summary>
    public string? UpstreamProxyBypass { get; set; }

    /// <summary>How long a destination that no rule names waits for the operator under <c>ask: [egress]</c>, 100 ms to 1 h. Default 2 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan AskTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Characters that one session may choose below wildcards in all its names together, 64 to 1048576. Default 4096.</summary>
    [Range(64, 1 << 20)]
    public int WildcardCharacters { get; set; } = 4096;

    /// <summary>New names below wildcards that one session may ask for a minute, 1 to 10000. Default 60.</summary>
    [Range(1, 10_000)]
    public int WildcardNamesPerMinute { get; set; } = 60;

    /// <summary>Connections one session may hold at once, 1 to 100000. Default 1024.</summary>
    [Range(1, 100_000)]
    public int MaxConnectionsPerSession { get; set; } = 1024;
}

[OptionsValidator]
internal sealed partial class EgressProxyOptionsValidator : IValidateOptions<EgressProxyOptions>;
