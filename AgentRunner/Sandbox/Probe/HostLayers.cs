using SecureAgent.AgentRunner.Sandbox.Bubblewrap;
using SecureAgent.Contracts.Guest;

namespace SecureAgent.AgentRunner.Sandbox.Probe;

/// <summary>The layers one by one, each with the way to mend it.</summary>
internal static class HostLayers
{
    /// <summary>--disable-userns came with 0.8.0.</summary>
    private static readonly Version LeastBubblewrap = new(0, 8, 0);

    public static SandboxLayer? MissingTool(HostTools tools) =>
        tools.Bubblewrap is null ? Missing(SandboxLayers.Bubblewrap,
            "bwrap is not installed; install it: apt install bubblewrap, dnf install bubblewrap, pacman -S bubblewrap or apk add bubblewrap")
        : tools.Unshare is null ? Missing(SandboxLayers.NetworkNamespace, "unshare is not installed; install util-linux")
        : null;

    public static async Task<SandboxLayer?> OldBubblewrapAsync(HostTools tools, CancellationToken cancellationToken)
    {
        var (code, words) = await RunAsync([tools.Bubblewrap!, "--version"], cancellationToken);
        return code == 0 && Version.TryParse(words.Split(' ')[^1], out var version) && version < LeastBubblewrap
            ? Missing(SandboxLayers.Bubblewrap, $"bubblewrap {version} is too old; install {LeastBubblewrap} or newer")
            : null;
    }

    /// <summary>The first namespace that cannot be made, from the outside in.</summary>
    public static async Task<SandboxLayer?> NamespacesAsync(BubblewrapArguments arguments, CancellationToken cancellationToken)
    {
        var identity = arguments.AsSession(SandboxUids.First);
        Task<(int Code, string Words)> TryNetworkAsync(bool catchBypass) =>
            RunAsync([.. arguments.Program.OnHost("launch"), .. arguments.WithNetwork(["true"], catchBypass).Words], cancellationToken);
        if (SandboxUids.ServerIsRoot && await RunAsync([.. identity, "id", "-u"], cancellationToken) is var (code, dropped)
            && (code != 0 || dropped != SandboxUids.First.ToString(System.Globalization.CultureInfo.InvariantCulture)))
        {
            return Missing(SandboxLayers.UnprivilegedUid, $"cannot become uid {SandboxUids.First} ({dropped}); run the server as an ordinary user");
        }

        if (await UserNamespaceAsync(arguments.Tools, identity, cancellationToken) is { } closed)
        {
            return closed;
        }

        if (await TryNetworkAsync(catchBypass: false) is (not 0, var network))
        {
            return Missing(SandboxLayers.NetworkNamespace, $"a network namespace cannot be set up ({network}); {MendUserNamespaces()}");
        }

        return await TryNetworkAsync(catchBypass: true) is (not 0, var packet)
            ? Missing(SandboxLayers.BypassCatcher, $"packets around the proxy would be refused but not recorded ({packet}); load the kernel module af_packet")
            : null;
    }

    /// <param name="identity">Who is to make it; empty for the server itself.</param>
    public static async Task<SandboxLayer?> UserNamespaceAsync(HostTools tools, IReadOnlyList<string> identity, CancellationToken cancellationToken) =>
        await RunAsync([.. identity, tools.Unshare!, "--user", "--map-root-user", "true"], cancellationToken) is (not 0, var words)
            ? Missing(SandboxLayers.UserNamespace, $"user namespaces are closed ({words}); {MendUserNamespaces()}")
            : null;

    internal static string MendUserNamespaces() =>
        Setting("kernel/apparmor_restrict_unprivileged_userns") == "1"
            ? "AppArmor restricts them: give bwrap and unshare an AppArmor profile with `userns,`, or sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
        : Setting("kernel/unprivileged_userns_clone") == "0" ? "sysctl -w kernel.unprivileged_userns_clone=1"
        : Setting("user/max_user_namespaces") == "0" ? "sysctl -w user.max_user_namespaces=15000"
        : "in a container, start it with user namespaces allowed (seccomp profile)";

    private static string? Setting(string name) =>
        File.Exists($"/proc/sys/{name}") ? File.ReadAllText($"/proc/sys/{name}").Trim() : null;

    private static SandboxLayer Missing(string name, string mend) => new(name, false, mend);

    /// <summary>Exit code and the last line a program said.</summary>
    private static async Task<(int Code, string Words)> RunAsync(IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        var (code, words) = await HostCommand.RunAsync(command, cancellationToken);
        return (code, words.Split('\n')[^1]);
    }
}
