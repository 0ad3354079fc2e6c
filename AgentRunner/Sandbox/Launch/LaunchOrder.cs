using System.Globalization;
using SecureAgent.Contracts.Guest;

namespace SecureAgent.AgentRunner.Sandbox.Launch;

/// <summary>What a <see cref="Launcher"/> becomes.</summary>
/// <param name="Command">Ends in Guest's stage <c>init</c> as PID 1.</param>
internal sealed record LaunchOrder(IReadOnlyList<string> Command)
{
    /// <summary>Null where the server has one identity only.</summary>
    public uint? Uid { get; init; }

    /// <summary>Whether it makes the sandbox's network, which takes root.</summary>
    public bool NewNetwork { get; init; }

    /// <summary>Where the bypass catcher's packet socket goes; 0 for none.</summary>
    public int PacketDescriptor { get; init; }

    public IReadOnlyList<string> Words =>
    [
        .. NewNetwork ? (string[])["--network", "new", .. PacketFd(PacketDescriptor)] : [],
        .. Uid is { } uid ? (string[])["--uid", uid.ToString(CultureInfo.InvariantCulture)] : [],
        "--", .. Command,
    ];

    public byte[] Bytes => LaunchWords.Write([.. Words]);

    public static IReadOnlyList<string> PacketFd(int descriptor) => descriptor == 0 ? [] : ["--packet-fd", descriptor.ToString(CultureInfo.InvariantCulture)];
}
