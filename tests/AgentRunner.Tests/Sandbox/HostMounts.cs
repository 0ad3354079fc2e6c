namespace SecureAgent.AgentRunner.Tests.Sandbox;

/// <summary>The host's view of what is mounted for sandboxes.</summary>
internal static class HostMounts
{
    /// <summary>What is mounted of or on this directory; other programs mount as well meanwhile.</summary>
    public static IReadOnlyList<string> Of(string directory) => [.. File.ReadLines("/proc/self/mountinfo").Where(line => line.Contains(directory, StringComparison.Ordinal))];
}
