using SecureAgent.Policy.Document;

namespace SecureAgent.AgentRunner.Sandbox.Cgroups;

/// <summary>
/// Limits that hold for a session as a whole. Groups are made below one this process may manage: cgroup v2 where it is delegated, v1 for a server that
/// is root, else none (rlimits, a look at the memory now and then and the wall clock stand in). Always below its own place in v1: a limit that is already there stays in force.
/// </summary>
internal abstract class ControlGroups
{
    private const string Prefix = "secure-agent-";

    /// <summary>For the layer report.</summary>
    public abstract string Description { get; }

    protected abstract IReadOnlyList<string> Roots { get; }

    protected string Boot { get; private init; } = "";

    protected TimeProvider Time { get; private init; } = TimeProvider.System;

    public static ControlGroups Detect(CgroupMounts mounts, string boot, bool isRoot, TimeProvider time) =>
        UnifiedGroups.UsableParent(mounts) is { } parent ? new UnifiedGroups(parent) { Boot = boot, Time = time }
        : isRoot && LegacyGroups.Find(mounts) is { } found ? new LegacyGroups(found) { Boot = boot, Time = time }
        : new NoGroups();

    /// <summary>Whether memory and processes of a session are counted as a whole.</summary>
    public abstract bool CountSessions { get; }

    /// <summary>Without limits until <see cref="Limit"/>.</summary>
    public abstract SessionGroup Create(string name);

    /// <summary>Holds from here on for whatever is in the group.</summary>
    public abstract void Limit(SessionGroup group, SandboxPolicy limits);

    /// <summary>Removes empty groups that servers before this one left. Those of a server that lives are its own: an empty group may be about to be used.</summary>
    public void Sweep()
    {
        foreach (var root in Roots.Where(Directory.Exists).SelectMany(root => Directory.GetDirectories(root, Prefix + "*")).Where(IsOfDeadServer))
        {
            foreach (var session in Directory.GetDirectories(root))
            {
                SessionGroup.TryRemove(session);
            }

            SessionGroup.TryRemove(root);
        }
    }

    /// <summary>Removes this server's own level, empty by then.</summary>
    public void Remove()
    {
        foreach (var root in Roots)
        {
            SessionGroup.TryRemove(ServerDirectory(root));
        }
    }

    protected string ServerDirectory(string root) =>
        Path.Combine(root, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Prefix}{Boot}.{Environment.ProcessId}"));

    private static bool IsOfDeadServer(string directory) => !Directory.Exists($"/proc/{directory[(directory.LastIndexOf('.') + 1)..]}");

    protected static void Write(string directory, string file, string value)
    {
        try
        {
            using var stream = new FileStream(Path.Combine(directory, file), FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 0);
            stream.Write(System.Text.Encoding.ASCII.GetBytes(value));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SandboxException($"cannot set {file} = {value} in {directory}: {failure.Message}", Contracts.Guest.SandboxLayers.Limits, failure);
        }
    }

    private sealed class NoGroups : ControlGroups
    {
        public override string Description => "rlimits for each process, a look at the session's memory every 200 ms and the wall clock; cpu is not bounded (run the server in a delegated cgroup: systemd-run --user --scope -p Delegate=yes …)";

        protected override IReadOnlyList<string> Roots => [];

        public override bool CountSessions => false;

        public override SessionGroup Create(string name) => SessionGroup.None;

        public override void Limit(SessionGroup group, SandboxPolicy limits)
        {
        }
    }
}
