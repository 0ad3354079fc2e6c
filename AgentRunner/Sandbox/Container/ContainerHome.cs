namespace SecureAgent.AgentRunner.Sandbox.Container;

/// <summary>Where podman keeps what it knows of this server's containers. Nothing in it outlives the server: the next one removes it.</summary>
internal sealed class ContainerHome
{
    private const string Settings = """
        [containers]
        env = []
        default_ulimits = []
        [engine]
        events_logger = "none"
        lock_type = "file"
        """;

    private ContainerHome(string directory) => Directory = directory;

    public string Directory { get; }

    public string Configuration => Path.Combine(Directory, "containers.conf");

    public string Storage => Path.Combine(Directory, "storage");

    public string State => Path.Combine(Directory, "state");

    public string Temporary => Path.Combine(Directory, "tmp");

    public static string ParentOf(string runDirectory) => Path.Combine(runDirectory, "containers");

    /// <summary>Every uid may go through, as the root of a container has one of its own and sets it up from here; what is inside is podman's to open.</summary>
    public static ContainerHome Prepare(string runDirectory)
    {
        var home = new ContainerHome(Path.Combine(ParentOf(runDirectory), Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        foreach (var directory in new[] { ParentOf(runDirectory), home.Directory, home.Storage, home.State, home.Temporary })
        {
            System.IO.Directory.CreateDirectory(directory);
            File.SetUnixFileMode(directory, (UnixFileMode)Convert.ToInt32("711", 8));
        }

        File.WriteAllText(home.Configuration, Settings);
        return home;
    }

    /// <summary>podman writes the container's id there, and removes neither.</summary>
    public string IdFileOf(string sessionId) => Path.Combine(Temporary, $"{sessionId}.id");

    /// <summary>Whether podman still has the container.</summary>
    public bool Has(string sessionId) =>
        File.Exists(IdFileOf(sessionId)) && System.IO.Directory.Exists(Path.Combine(Storage, "vfs-containers", File.ReadAllText(IdFileOf(sessionId)).Trim()));
}
