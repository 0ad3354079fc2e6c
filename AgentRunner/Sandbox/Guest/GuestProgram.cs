namespace SecureAgent.AgentRunner.Sandbox.Guest;

/// <summary>The Guest program and what it needs, as paths on the host and in the sandbox.</summary>
/// <param name="Directory">Host directory of the program, reachable by the sandbox's uid.</param>
/// <param name="AgentDirectory">Host directory of the built-in agent, reachable likewise; null when there is none.</param>
/// <param name="DotnetRoot">Host directory of the .NET runtime, reachable likewise.</param>
internal sealed record GuestProgram(string Directory, string? AgentDirectory, string DotnetRoot)
{
    private const string Assembly = "SecureAgent.Guest.dll";
    private const string Native = "SecureAgent.Guest";
    private const string AgentAssembly = "SecureAgent.DesktopAgent.dll";

    /// <summary>True when there is no native binary: the same program then runs on the .NET runtime.</summary>
    public bool IsManaged => IsManagedIn(Directory);

    /// <summary>The .NET runtime is seen at its own place when that is below /usr.</summary>
    public string DotnetRootInside => DotnetRoot.StartsWith("/usr/", StringComparison.Ordinal) ? DotnetRoot : SandboxPaths.Dotnet;

    public IReadOnlyList<string> OnHost(params string[] stage) => Command(DotnetRoot, Directory, stage);

    public IReadOnlyList<string> Inside(params string[] stage) => Command(DotnetRootInside, SandboxPaths.Guest, stage);

    /// <summary>The built-in agent on a task.</summary>
    public IReadOnlyList<string> BuiltInAgent(string task) => [$"{DotnetRootInside}/dotnet", $"{SandboxPaths.Agent}/{AgentAssembly}", "--", task];

    public static bool IsProgramDirectory(string directory) => IsManagedIn(directory) || File.Exists(Path.Combine(directory, Native));

    public static bool IsAgentDirectory(string directory) => File.Exists(Path.Combine(directory, AgentAssembly));

    private static bool IsManagedIn(string directory) => File.Exists(Path.Combine(directory, Assembly));

    private IReadOnlyList<string> Command(string dotnet, string directory, string[] stage) =>
        IsManaged ? [$"{dotnet}/dotnet", $"{directory}/{Assembly}", .. stage] : [$"{directory}/{Native}", .. stage];
}
