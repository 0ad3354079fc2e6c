using SecureAgent.AgentRunner.Sandbox.Bubblewrap;
using SecureAgent.AgentRunner.Sandbox.Guest;

namespace SecureAgent.AgentRunner.Sandbox;

/// <summary>What every sandbox shows of this machine, read-only, whatever its driver.</summary>
/// <param name="Links">/bin, /lib and so on where this machine has them as links: path and target.</param>
/// <param name="Binds">Host path and path in the sandbox, in this order.</param>
internal sealed record SandboxTree(IReadOnlyList<(string Path, string Target)> Links, IReadOnlyList<(string Source, string Target)> Binds)
{
    private static readonly string[] BesideUsr = ["bin", "sbin", "lib", "lib32", "lib64", "libx32"];

    public static SandboxTree Of(GuestProgram program, EtcFiles etc)
    {
        DirectoryInfo[] beside = [.. BesideUsr.Select(name => new DirectoryInfo("/" + name))];
        return new SandboxTree(
            [.. from directory in beside where directory.LinkTarget is not null select (directory.FullName, directory.LinkTarget!.TrimStart('/'))],
            [
                ("/usr", "/usr"),
                .. from directory in beside where directory.LinkTarget is null && directory.Exists select (directory.FullName, directory.FullName), // older layouts
                .. etc.Binds,
                (program.Directory, SandboxPaths.Guest),
                .. program.AgentDirectory is { } agent ? [(agent, SandboxPaths.Agent)] : Array.Empty<(string, string)>(),
                .. program.DotnetRootInside == SandboxPaths.Dotnet ? [(program.DotnetRoot, SandboxPaths.Dotnet)] : Array.Empty<(string, string)>(),
            ]);
    }

    /// <summary>What one session's policy adds. Mounted after all others, as it may lie in a place that the sandbox has of its own, such as /tmp.</summary>
    public static IEnumerable<(string Source, string Target)> ToolsOf(SandboxRequest request) => request.Limits.Tools.Select(tool => (tool, tool));
}
