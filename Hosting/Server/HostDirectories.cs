using System.Security.Cryptography;
using System.Text;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.Hosting.Server;

/// <summary>
/// The data directory (0700) and the run directory of one server. The run directory may be traversed (0711) because sandboxes run under
/// another uid when the server is root; what is secret in it sits in 0700 directories.
/// </summary>
internal sealed class HostDirectories : IDisposable
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode Traversable = Private | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>What Linux says of a file that another process has locked.</summary>
    private const int WouldBlock = 11;

    private readonly FileStream hold;

    private HostDirectories(string data, string run, FileStream hold) => (Data, Run, this.hold) = (data, run, hold);

    public string Data { get; }

    public string Run { get; }

    private static bool IsRoot => UnixSocketHttp.OwnUserId == 0;

    /// <summary>Takes the data directory for this process and lays out a fresh run directory.</summary>
    public static HostDirectories Take(string data)
    {
        try
        {
            MakePrivate(data);
            var hold = Lock(data);
            try
            {
                var run = RunDirectoryOf(data);
                Recreate(run);
                return new HostDirectories(data, run, hold);
            }
            catch
            {
                hold.Dispose();
                throw;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"the data directory '{data}' cannot be used ({error.Message}); choose another with --data DIR", error);
        }
    }

    /// <summary>A directory for this user alone, unless it is there already; its path.</summary>
    public static string MakePrivate(string path) => Directory.CreateDirectory(path, Private).FullName;

    public void Dispose()
    {
        if (Directory.Exists(Run))
        {
            Directory.Delete(Run, recursive: true);
        }

        hold.Dispose();
    }

    private static FileStream Lock(string data)
    {
        try
        {
            return new FileStream(Path.Combine(data, "server.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException error) when (error.HResult == WouldBlock)
        {
            throw new StartupException($"a server is running on the data directory '{data}' already; use it, stop it, or give this one another with --data DIR", error);
        }
    }

    /// <summary>Short, because a Unix socket's path has at most 107 bytes; one for each data directory.</summary>
    public static string RunDirectoryOf(string data)
    {
        var tag = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFullPath(data))))[..10];
        if (IsRoot)
        {
            return $"/run/secure-agent-{tag}";
        }

        return DataDirectory.Variable("XDG_RUNTIME_DIR") is { Length: < 40 } runtime && Directory.Exists(runtime)
            ? $"{runtime}/secure-agent-{tag}"
            : $"/tmp/secure-agent-{UnixSocketHttp.OwnUserId}-{tag}";
    }

    private static void Recreate(string run)
    {
        if (Directory.Exists(run))
        {
            // What a killed server left. Only its owner can delete it, so a stranger's directory of this name stops the start.
            Directory.Delete(run, recursive: true);
        }

        Directory.CreateDirectory(run, Traversable);
        File.SetUnixFileMode(run, Traversable);
        Directory.CreateDirectory(Path.Combine(run, "control"), Private);
        Directory.CreateDirectory(Path.Combine(run, "tokens"), Private);
        Directory.CreateDirectory(Path.Combine(run, "sessions"), Traversable);
        File.SetUnixFileMode(Path.Combine(run, "sessions"), Traversable);
    }
}
