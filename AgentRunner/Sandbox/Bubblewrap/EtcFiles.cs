using System.Globalization;
using SecureAgent.AgentRunner.Sandbox.Guest;

namespace SecureAgent.AgentRunner.Sandbox.Bubblewrap;

/// <summary>
/// /etc of every sandbox: a few files made for it, and of the host's own only what programs need to link, to verify certificates and to
/// resolve alternatives. The host's users, names, keys and configuration stay out.
/// </summary>
internal sealed class EtcFiles
{
    /// <summary>Private keys live beside some of these (/etc/ssl/private, /etc/pki/tls/private): each public part is named.</summary>
    private static readonly string[] FromHost =
    [
        "/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/localtime", "/etc/mime.types",
        "/etc/ssl/certs", "/etc/ssl/openssl.cnf", "/etc/ssl/cert.pem", "/etc/ca-certificates",
        "/etc/pki/tls/certs", "/etc/pki/tls/cert.pem", "/etc/pki/tls/openssl.cnf", "/etc/pki/ca-trust", "/etc/crypto-policies",
    ];

    private const uint Uid = 1000;

    private EtcFiles(IReadOnlyList<(string Source, string Target)> binds) => Binds = binds;

    /// <summary>Host path and path in the sandbox, to be bound read-only.</summary>
    public IReadOnlyList<(string Source, string Target)> Binds { get; }

    /// <summary>Writes the made files below <paramref name="runDirectory"/>, readable by every sandbox.</summary>
    public static EtcFiles Prepare(string runDirectory, GuestProgram program)
    {
        var directory = Path.Combine(runDirectory, "stage-etc");
        Directory.CreateDirectory(directory);
        File.SetUnixFileMode(directory, (UnixFileMode)Convert.ToInt32("755", 8));
        var binds = new List<(string, string)>();
        foreach (var (name, content) in Made(program))
        {
            var file = Path.Combine(directory, name.Replace('/', '.'));
            File.WriteAllText(file, content);
            File.SetUnixFileMode(file, (UnixFileMode)Convert.ToInt32("644", 8));
            binds.Add((file, $"/etc/{name}"));
        }

        // Debian keeps there what a JDK reads before its first line; its keys, if any, are elsewhere.
        binds.AddRange(FromHost.Concat(Directory.GetDirectories("/etc", "java-*-openjdk").Select(jdk => $"{jdk}/security")).Where(Path.Exists).Select(path => (path, path)));
        return new EtcFiles(binds);
    }

    /// <summary>For a sandbox in which the agent has another uid than elsewhere.</summary>
    public static void WriteAccounts(string directory, uint uid)
    {
        Directory.CreateDirectory(directory);
        File.SetUnixFileMode(directory, (UnixFileMode)Convert.ToInt32("755", 8));
        foreach (var (name, content) in Accounts(uid))
        {
            var file = Path.Combine(directory, name);
            File.WriteAllText(file, content);
            File.SetUnixFileMode(file, (UnixFileMode)Convert.ToInt32("644", 8));
        }
    }

    private static IEnumerable<(string Name, string Content)> Accounts(uint uid) =>
    [
        ("passwd", string.Create(CultureInfo.InvariantCulture, $"root:x:0:0:root:/:/usr/sbin/nologin\nagent:x:{uid}:{uid}:agent:{SandboxPaths.Home}:/bin/sh\nnobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n")),
        ("group", string.Create(CultureInfo.InvariantCulture, $"root:x:0:\nagent:x:{uid}:\nnogroup:x:65534:\n")),
    ];

    private static IEnumerable<(string Name, string Content)> Made(GuestProgram program) =>
    [
        .. Accounts(Uid),
        ("hosts", "127.0.0.1 localhost sandbox\n::1 localhost\n"),
        ("hostname", "sandbox\n"),
        ("resolv.conf", "nameserver 127.0.0.1\noptions timeout:2 attempts:1\n"),
        ("nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"),
        ("dotnet/install_location", program.DotnetRootInside + "\n"),
    ];
}
