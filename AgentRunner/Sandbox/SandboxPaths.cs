namespace SecureAgent.AgentRunner.Sandbox;

/// <summary>Where things are inside every sandbox.</summary>
internal static class SandboxPaths
{
    public const string Session = "/run/secure-agent";
    public const string Home = "/home/agent";
    public const string Workspace = "/workspace";
    public const string Guest = "/opt/secure-agent/guest";
    public const string Agent = "/opt/secure-agent/agent";
    public const string Dotnet = "/opt/secure-agent/dotnet";

    public const string GuestConfig = $"{Session}/{Contracts.Guest.GuestConfig.FileName}";
    public const string GuestSocket = $"{Session}/guest.sock";
}
