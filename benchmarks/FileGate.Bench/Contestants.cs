using System.Net;
using System.Net.Sockets;
using SecureAgent.Bench;

namespace SecureAgent.FileGate.Bench;

/// <summary>The servers, up and running on the same folder.</summary>
/// <param name="Session">Socket of a session with <c>redact: mask</c>, the default.</param>
/// <param name="PlainSession">Socket of a session with <c>redact: off</c>.</param>
internal sealed record Contestants(string Files, GateServer Gate, string Session, string PlainSession, NginxServer? Nginx, string? NpmProgram, Rival? Rival, Inside? Inside)
    : IAsyncDisposable
{
    public const string SmallFile = "small.txt";
    public const int SmallBytes = 4096;
    public const string BigFile = "big.bin";
    public const long BigBytes = 256L << 20;

    private const string NpmServer = "@modelcontextprotocol/server-filesystem";

    internal const string OpenGrant = "maxFile: 1GiB, budget: 1000TiB";

    public EndPoint GateEndPoint => new UnixDomainSocketEndPoint(Session);

    public EndPoint PlainGateEndPoint => new UnixDomainSocketEndPoint(PlainSession);

    public EndPoint? NginxEndPoint => Nginx is null ? null : new IPEndPoint(IPAddress.Loopback, Nginx.Port);

    public static async Task<Contestants> StartAsync(string root, bool withNpm, string beside)
    {
        var files = Path.Combine(root, "files");
        Directory.CreateDirectory(files);
        await File.WriteAllTextAsync(Path.Combine(files, SmallFile), Text(SmallBytes));
        await WriteBigAsync(Path.Combine(files, BigFile));
        var modules = withNpm ? (await NpmPackages.InstallAsync(root, NpmServer)).Modules : null;
        var npm = modules is null ? null : Path.Combine(modules, NpmServer, "dist", "index.js");
        var nginx = await NginxServer.StartAsync(root, files);
        var gate = await GateServer.StartAsync(root);
        var (session, plain) = (await gate.OpenAsync("s-mask", files, OpenGrant), await gate.OpenAsync("s-off", files, OpenGrant + ", redact: off"));
        return new Contestants(
            files, gate, session, plain, nginx, npm, beside.Length == 0 ? null : await Rival.StartAsync(root, beside, files),
            await Inside.StartAsync(session, plain));
    }

    public async ValueTask DisposeAsync()
    {
        Inside?.Dispose();
        await Gate.DisposeAsync();
        await (Rival?.DisposeAsync() ?? ValueTask.CompletedTask);
        if (Nginx is not null)
        {
            await Nginx.DisposeAsync();
        }
    }

    /// <summary>Prose-like lines, ASCII: bytes and characters are the same number.</summary>
    private static string Text(int length)
    {
        const string Line = "The gate reads the file beneath its root handle and writes the record first.\n";
        return string.Concat(Enumerable.Repeat(Line, (length / Line.Length) + 1))[..length];
    }

    private static async Task WriteBigAsync(string path)
    {
        var piece = System.Text.Encoding.ASCII.GetBytes(Text(1 << 20));
        await using var file = File.Create(path);
        for (long done = 0; done < BigBytes; done += piece.Length)
        {
            await file.WriteAsync(piece);
        }
    }
}
