using SecureAgent.Guest.Native;

namespace SecureAgent.Guest.Network;

/// <summary>
/// Second stage of a server that is not root, first in the new user and network namespace, with capabilities that count only there: it sets the network up, then becomes bubblewrap.
/// </summary>
internal static class NetSetupStage
{
    /// <param name="args"><c>[--packet-fd N] -- COMMAND…</c></param>
    public static int Run(IReadOnlyList<string> args)
    {
        var options = StageArguments.Parse(args);
        SandboxNetwork.SetUp(options);
        throw ProcessImage.Replace(options.Command);
    }
}
