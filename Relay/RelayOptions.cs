using System.Globalization;
using SecureAgent.Contracts;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.Relay;

/// <summary>One loopback port and the gate behind it.</summary>
internal sealed record GateRoute(int Port, string Host, int GatePort)
{
    /// <summary>Reads <c>PORT=HOST:PORT</c>.</summary>
    public static GateRoute? Parse(string text)
    {
        var (port, target) = (text.Split('=')[0], text.Split('=', 2).ElementAtOrDefault(1) ?? "");
        var (host, gatePort) = (target.Split(':')[0], target.Split(':', 2).ElementAtOrDefault(1));
        return ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var from)
            && ushort.TryParse(gatePort, NumberStyles.None, CultureInfo.InvariantCulture, out var to) && to > 0
            && Uri.CheckHostName(host) is UriHostNameType.Dns or UriHostNameType.IPv4
            ? new GateRoute(from, host, to)
            : null;
    }
}

/// <summary>What the pod's manifest says: variables of the environment.</summary>
internal sealed record RelayOptions
{
    public const string Relays = "SECUREAGENT_RELAYS";
    public const string AuthorityVariable = HostEnvironment.Authority;
    public const string TokenVariable = "SECUREAGENT_TOKEN_FILE";

    public required IReadOnlyList<GateRoute> Routes { get; init; }

    /// <summary>PEM file of the one authority that gates' certificates come from.</summary>
    public required string Authority { get; init; }

    /// <summary>The pod's projected token; the kubelet keeps renewing it.</summary>
    public required string TokenFile { get; init; }

    public static RelayOptions From(IConfiguration configuration)
    {
        var relays = Required(configuration, Relays);
        return new RelayOptions
        {
            Routes = [.. relays.Split(',').Select(text => GateRoute.Parse(text) ?? throw new StartupException($"{Relays} has '{text}'; give PORT=HOST:PORT, separated by commas"))],
            Authority = Required(configuration, AuthorityVariable),
            TokenFile = Required(configuration, TokenVariable),
        };
    }

    private static string Required(IConfiguration configuration, string key) =>
        configuration[key] is { Length: > 0 } value ? value : throw new StartupException($"{key} is not set; 'publish' writes it into the agent's pod");
}
