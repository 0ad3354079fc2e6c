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

    private readonly Lock gate = new();
    private int live;

    /// <summary>Short names: podman takes 50 characters for <see cref="State"/>, and no more.</summary>
    public ContainerHome(string runDirectory, int server) =>
        Directory = Path.Combine(ParentOf(runDirectory), server.ToString(System.Globalization.CultureInfo.InvariantCulture));

    public string Directory { get; }

    public string Configuration => Path.Combine(Directory, "containers.conf");

    public string Storage => Path.Combine(Directory, "storage");

    public string State => Path.Combine(Directory, "s");

    public string Temporary => Path.Combine(Directory, "tmp");

    public static string ParentOf(string runDirectory) => Path.Combine(runDirectory, "oci");

    /// <summary>Every uid may go through, as the root of a container has one of its own and sets it up from here; what is inside is podman's to open.</summary>
    public static ContainerHome Prepare(string runDirectory)
    {
        var home = new ContainerHome(runDirectory, Environment.ProcessId);
        foreach (var directory in new[] { ParentOf(runDirectory), home.Directory, home.Storage, home.State, home.Temporary })
        {
            System.IO.Directory.CreateDirectory(directory);
            File.SetUnixFileMode(directory, (UnixFileMode)Convert.ToInt32("711", 8));
        }

        File.WriteAllText(home.Configuration, Settings);
        return home;
    }

    public void Begin()
    {
        lock (gate)
        {
            live++;
        }
    }

    /// <summary>The container is gone. podman leaves the file of its lock behind: they are removed when none is in use.</summary>
    public void End(string sessionId)
    {
        File.Delete(IdFileOf(sessionId));
        lock (gate)
        {
            if (--live == 0 && System.IO.Directory.Exists(Path.Combine(Temporary, "locks")))
            {
                foreach (var left in System.IO.Directory.GetFiles(Path.Combine(Temporary, "locks")))
                {
                    File.Delete(left);
                }
            }
        }
    }

    /// <summary>podman writes the container's id there.</summary>
    public string IdFileOf(string sessionId) => Path.Combine(Temporary, $"{sessionId}.id");

    /// <summary>Whether podman still has the container.</summary>
    public bool Has(string sessionId) =>
        File.Exists(IdFileOf(sessionId)) && System.IO.Directory.Exists(Path.Combine(Storage, "vfs-containers", File.ReadAllText(IdFileOf(sessionId)).Trim()));
}
