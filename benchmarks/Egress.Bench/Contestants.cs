using System.Net;
using System.Net.Sockets;
using SecureAgent.Bench;

namespace SecureAgent.Egress.Bench;

/// <summary>All proxies of one run; those that are not installed are named.</summary>
internal sealed class Contestants : IAsyncDisposable
{
    public const string Tinyproxy = "tinyproxy";
    public const string Squid = "squid";
    public const string Srt = "srt";

    private const string SrtPackage = "@anthropic-ai/sandbox-runtime";

    private readonly List<Contestant> others = [];

    private Contestants(Contestant own, BenchOrigin origin) => (Own, Origin) = (own, origin);

    public Contestant Own { get; }

    public BenchOrigin Origin { get; }

    public IReadOnlyList<Contestant> All => [Own, .. others];

    public static async Task<Contestants> StartAsync(string root, BenchOrigin origin, string only)
    {
        var all = new Contestants(await OwnProxy.StartAsync(Path.Combine(root, "own"), origin), origin);
        foreach (var (name, start) in new (string, Func<string, Task<Contestant?>>)[] { (Tinyproxy, StartTinyproxyAsync), (Squid, StartSquidAsync), (Srt, StartSrtAsync) })
        {
            if (name.Contains(only, StringComparison.OrdinalIgnoreCase) && await start(Directory.CreateDirectory(Path.Combine(root, name)).FullName) is { } contestant)
            {
                all.others.Add(contestant);
            }
        }

        return all;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var contestant in All)
        {
            await contestant.Process.DisposeAsync();
        }
    }

    private static async Task<Contestant?> StartTinyproxyAsync(string root)
    {
        if (Programs.Find(Tinyproxy) is not { } program)
        {
            return null;
        }

        var address = ServerProcess.FreeEndPoint();
        var configuration = Path.Combine(root, "tinyproxy.conf");
        await File.WriteAllTextAsync(configuration, $"""
            Port {address.Port}
            Listen 127.0.0.1
            Allow 127.0.0.1
            Timeout 600
            MaxClients 4096
            LogFile "{root}/log"
            LogLevel Connect
            """);
        return await StartAsync(Tinyproxy, program, ["-d", "-c", configuration], address);
    }

    private static async Task<Contestant?> StartSquidAsync(string root)
    {
        if (Programs.Find(Squid) is not { } program)
        {
            return null;
        }

        // Started by root it becomes a user of its own, who must reach its folder.
        for (var folder = root; folder != "/tmp" && folder != "/"; folder = Path.GetDirectoryName(folder)!)
        {
            File.SetUnixFileMode(folder, File.GetUnixFileMode(folder) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        }

        File.SetUnixFileMode(root, (UnixFileMode)0b111_111_111);
        var address = ServerProcess.FreeEndPoint();
        var configuration = Path.Combine(root, "squid.conf");
        await File.WriteAllTextAsync(configuration, $"""
            http_port 127.0.0.1:{address.Port}
            pid_filename none
            access_log stdio:{root}/access.log
            cache_log {root}/cache.log
            cache deny all
            memory_cache_shared off
            max_filedescriptors 16384
            visible_hostname bench
            pinger_enable off
            shutdown_lifetime 0 seconds
            coredump_dir {root}
            acl loop src 127.0.0.1
            http_access allow loop
            """);
        return await StartAsync(Squid, program, ["-N", "-n", $"b{address.Port}", "-f", configuration], address);
    }

    private static async Task<Contestant?> StartSrtAsync(string root)
    {
        if (Programs.Find("node") is not { } node || (await NpmPackages.InstallAsync(root, SrtPackage)).Modules is not { } modules)
        {
            return null;
        }

        var address = ServerProcess.FreeEndPoint();
        var script = Path.Combine(root, "proxy.mjs");
        await File.WriteAllTextAsync(script, $$"""
            import { createHttpProxyServer } from '{{modules}}/{{SrtPackage}}/dist/sandbox/http-proxy.js';
            import { createWriteStream } from 'node:fs';
            const log = createWriteStream('{{root}}/log');
            createHttpProxyServer({ filter: (port, host) => { log.write(`${host}:${port}\n`); return host === '127.0.0.1'; } }).listen({{address.Port}}, '127.0.0.1');
            """);
        return await StartAsync(Srt, node, [script], address);
    }

    private static async Task<Contestant?> StartAsync(string name, string program, string[] arguments, IPEndPoint address) =>
        new(name, await ServerProcess.StartAsync(program, arguments, () => IsUpAsync(address)), address);

    private static async Task<bool> IsUpAsync(IPEndPoint address)
    {
        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(address);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
