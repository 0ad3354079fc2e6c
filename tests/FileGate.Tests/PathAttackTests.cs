using System.Net.Sockets;
using System.Text;
using SecureAgent.FileGate.Native;

namespace SecureAgent.FileGate.Tests;

/// <summary>
/// Every way known to us of naming what one may not have, over every surface and spelling, with one verdict. The control arm of each row is the one
/// of <see cref="NaiveReaders"/> that it names: a file server without one guard of the gate's, which falls for the same path.
/// </summary>
public abstract class PathAttacks(AttackedWorkspace attacked)
{
    protected AttackedWorkspace Attacked => attacked;

    public static TheoryData<string, string, string> Attacks { get; } = new()
    {
        // traversal
        { "../secret.txt", "path_escapes", "by name" },
        { "../../../../../../../../etc/passwd", "path_escapes", "by name" },
        { "notes/../../secret.txt", "path_escapes", "by name" },
        { "notes/../a.txt", "path_escapes", "by name" },
        { "..", "path_escapes", "by name" },
        { "../", "path_escapes", "by name" },
        { "notes/..", "path_escapes", "by name" },
        { "../ws/a.txt", "path_escapes", "by name" },
        { "./../secret.txt", "path_escapes", "by name" },
        { "notes/./../../secret.txt", "path_escapes", "by name" },
        { "missing/../../secret.txt", "path_escapes", "by name" },
        { "a.txt/../../secret.txt", "path_escapes", "by name" },
        { "../ws-sibling/secret.txt", "path_escapes", "by name" },
        { "..//secret.txt", "path_escapes", "by name" },

        // absolute
        { "/etc/passwd", "path_escapes", "by name" },
        { "//etc/passwd", "path_escapes", "by name" },
        { "///etc/passwd", "path_escapes", "by name" },
        { "/proc/self/environ", "path_escapes", "by name" },
        { "/proc/self/root/etc/passwd", "path_escapes", "by name" },
        { "/dev/fd/0", "path_escapes", "own descriptors" },
        { "/dev/stdin", "path_escapes", "own descriptors" },
        { "/", "path_escapes", "by name" },

        // not one spelling
        { "", "path_invalid", "by name" },
        { ".", "path_invalid", "by name" },
        { "./a.txt", "path_invalid", "by name" },
        { "notes//n.txt", "path_invalid", "by name" },
        { "notes/./n.txt", "path_invalid", "by name" },
        { "notes/", "path_invalid", "by name" },
        { "a.txt/", "path_invalid", "path info" },
        { "notes/.", "path_invalid", "by name" },

        // other encodings and separators
        { "..\\secret.txt", "path_invalid", "separators" },
        { "notes\\n.txt", "path_invalid", "separators" },
        { "notes\\..\\..\\secret.txt", "path_invalid", "separators" },
        { "C:\\Windows\\win.ini", "path_invalid", "separators" },
        { "%2e%2e/secret.txt", "not_found", "decoded" },
        { "%2e%2e%2fsecret.txt", "not_found", "decoded" },
        { "..%2fsecret.txt", "path_hidden", "decoded" },
        { "..%00/secret.txt", "path_hidden", "decoded" },
        { "%252e%252e%252fsecret.txt", "not_found", "decoded" },
        { "..%c0%afsecret.txt", "path_hidden", "decoded" },
        { "\uFF0E\uFF0E/secret.txt", "path_invalid", "look-alikes" },
        { "\u2025/secret.txt", "path_invalid", "look-alikes" },
        { "..\u2215secret.txt", "path_hidden", "separators" },
        { "..\u2044secret.txt", "path_hidden", "separators" },
        { "~/secret.txt", "not_found", "expanded" },
        { "~root/secret.txt", "not_found", "expanded" },
        { "$HOME/secret.txt", "not_found", "expanded" },
        { "${workspace}/a.txt", "not_found", "expanded" },
        { "file:///etc/passwd", "path_invalid", "URL" },
        { "a.txt:stream", "not_found", "Windows" },
        { "a.txt ", "not_found", "Windows" },
        { "a.txt.", "not_found", "Windows" },
        { " a.txt", "not_found", "Windows" },
        { "*", "not_found", "expanded" },
        { "notes/*", "not_found", "expanded" },

        // control characters
        { "a.txt\0", "path_invalid", "cut at NUL" },
        { "a.txt\0.png", "path_invalid", "cut at NUL" },
        { "\0", "path_invalid", "cut at NUL" },
        { "a\n.txt", "path_invalid", "echoed" },
        { "a\r\nX: y", "path_invalid", "echoed" },
        { "a\u001b[2J", "path_invalid", "echoed" },
        { "a\u007f", "path_invalid", "echoed" },
        { "a\u0085", "path_invalid", "echoed" },
        { "a\u2028", "path_invalid", "echoed" },

        // links
        { "link", "path_escapes", "by name" },
        { "link-in", "path_escapes", "by name" },
        { "link-absolute", "path_escapes", "by name" },
        { "link-loop", "path_escapes", "resolver" },
        { "link-dangling", "path_escapes", "writes" },
        { "link-dir/secret.txt", "path_escapes", "by name" },
        { "link-dir/ws/a.txt", "path_escapes", "by name" },
        { "link-dir-in/n.txt", "path_escapes", "by name" },
        { "link-proc/self/environ", "path_escapes", "by name" },
        { "link-proc-cwd", "path_escapes", "by name" },
        { "hard.txt", "hard_linked", "by name" },

        // not files
        { "notes", "not_regular_file", "by name" },
        { "fifo", "not_regular_file", "by name" },
        { "socket", "not_regular_file", "by name" },
        { "device", "not_regular_file", "by name" },
        { "mount/inner.txt", "path_escapes", "by name" },
        { "mount", "path_escapes", "by name" },

        // size
        { "sparse.bin", "file_too_large", "by name" },
        { "large.bin", "file_too_large", "by name" },

        // the policy's own rules
        { "private/key.txt", "denied_by_rule", "by name" },
        { "private", "denied_by_rule", "by name" },
        { "private/missing", "denied_by_rule", "oracle" },
        { "PRIVATE/key.txt", "denied_by_rule", "any case" },
        { "Private/Key.TXT", "denied_by_rule", "any case" },
        { "notes/id.pem", "denied_by_rule", "by name" },
        { "notes/ID.PEM", "denied_by_rule", "any case" },
        { ".hidden", "path_hidden", "by name" },
        { ".git/config", "path_hidden", "by name" },
        { "notes/.secret/x", "path_hidden", "by name" },
        { "...", "path_hidden", "Windows" },
        { ".../secret.txt", "path_hidden", "filter" },

        // what is a plain name after all
        { "A.TXT", "not_found", "any case" },
        { "a.txt/b", "not_found", "path info" },
        { "cafe\u0301.txt", "not_found", "look-alikes" },
    };

    [Theory]
    [MemberData(nameof(Attacks))]
    public async Task Path_OfAnAttack_IsRefusedAlikeOnEverySurface(string path, string reason, string reader)
    {
        _ = reader;
        Assert.SkipWhen(Attacked.Missing.Contains(path.Split('/')[0]), "needs root");

        Assert.Equal(reason, await Attacked.Gate.GrpcVerdictAsync(path));
        foreach (var target in Spellings(path))
        {
            using var request = GateAnswers.Raw("/v1/files/" + target);
            using var response = await Attacked.Gate.Http.SendAsync(request);
            var verdict = await GateAnswers.ReasonOfAsync(response);

            // The server itself refuses some targets before the gate sees them.
            Assert.Contains(verdict, new[] { reason, "http 400" });
            Assert.DoesNotContain("outside-secret", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Path_OverLong_IsRefused()
    {
        var deep = string.Join('/', Enumerable.Repeat("d", 3000));
        Assert.Equal("path_invalid", await Attacked.Gate.GrpcVerdictAsync(deep));
        Assert.Equal("path_invalid", await Attacked.Gate.GrpcVerdictAsync(new string('n', 256)));
        Assert.Equal("not_found", await Attacked.Gate.GrpcVerdictAsync(new string('n', 255)));
        Assert.Equal("not_found", await Attacked.Gate.GrpcVerdictAsync(string.Join('/', Enumerable.Repeat("d", 2000))));
    }

    [Theory]
    [InlineData("a.txt", "plain")]
    [InlineData("notes/n.txt", "nested")]
    [InlineData("caf\u00e9.txt", "composed")]
    [InlineData("with space & 100%.txt", "odd name")]
    [InlineData("a+b=c?.txt", "odder name")]
    public async Task Path_OfAnAllowedFile_IsReadAlikeOnEverySurface(string path, string content)
    {
        var (bytes, _) = await Attacked.Gate.ReadGrpcAsync(path);
        Assert.Equal(content, Encoding.UTF8.GetString(bytes));
        foreach (var target in Spellings(path).Where(target => !target.Contains(' ') && !target.Contains('?')))
        {
            using var request = GateAnswers.Raw("/v1/files/" + target);
            using var response = await Attacked.Gate.Http.SendAsync(request);
            Assert.Equal(content, await response.Content.ReadAsStringAsync());
        }
    }

    /// <summary>As gRPC has it, and percent-encoded by segment, whole, and byte for byte.</summary>
    private static IEnumerable<string> Spellings(string path)
    {
        if (path.All(c => char.IsAscii(c) && !char.IsControl(c) && c is not (' ' or '%' or '\\')))
        {
            yield return path;
        }

        yield return string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
        yield return Uri.EscapeDataString(path);
        yield return string.Concat(Encoding.UTF8.GetBytes(path).Select(b => $"%{b:x2}"));
    }
}

/// <summary>The gate as it runs here, and the control arms.</summary>
public sealed class PathAttackTests(AttackedWorkspace attacked) : PathAttacks(attacked), IClassFixture<AttackedWorkspace>
{
    [Theory]
    [MemberData(nameof(Attacks))]
    public void Path_OfAnAttack_WinsAgainstAReaderWithoutTheGuard(string path, string reason, string reader)
    {
        Assert.SkipWhen(Attacked.Missing.Contains(path.Split('/')[0]), "needs root");

        Assert.NotEqual("ok", reason);
        Assert.True(NaiveReaders.Falls(reader, Attacked.Gate, path));
    }

    [Theory]
    [InlineData("../secret.txt")]
    [InlineData("notes/../../secret.txt")]
    [InlineData("../ws-sibling/secret.txt")]
    [InlineData("..//secret.txt")]
    [InlineData("link")]
    [InlineData("link-absolute")]
    [InlineData("link-dir/secret.txt")]
    [InlineData("hard.txt")]
    public void Path_OfAnAttack_GivesTheBytesOutsideToAReaderOfNames(string path) =>
        Assert.Equal("outside-secret", File.ReadAllText(Path.Combine(Attacked.Gate.Workspace, path)));

    [Fact]
    public void Path_OfAnAllowedFile_IsNoTrickToAReaderOfAnotherKind()
    {
        // A reader that falls for everything proves nothing: only who opens what is named by name does.
        Assert.Equal(["any case", "by name"], NaiveReaders.Special.Where(reader => NaiveReaders.Falls(reader, Attacked.Gate, "notes/n.txt")));
    }
}

/// <summary>A workspace full of traps, shared by the table.</summary>
public class AttackedWorkspace : IAsyncLifetime
{
    private Socket? socket;

    internal virtual IHandleOpener Opener => HandleOpener.OfSystem;

    public GateScenario Gate { get; private set; } = null!;

    /// <summary>Traps this user may not lay.</summary>
    public HashSet<string> Missing { get; } = [];

    public async ValueTask InitializeAsync()
    {
        Gate = await GateScenario.StartAsync(Opener);
        Fill(Gate);
        await Gate.OpenAsync(GateScenario.Policy("allow: ['**'], deny: ['private', '**/*.pem'], maxFile: 1MiB"));
    }

    public async ValueTask DisposeAsync()
    {
        socket?.Dispose();
        _ = Native.Unmount(Path.Combine(Gate.Workspace, "mount"), 0);
        await Gate.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private void Fill(GateScenario gate)
    {
        var ws = gate.Workspace;
        string At(string name) => Path.Combine(ws, name);
        gate.Write("a.txt", "plain");
        gate.Write("notes/n.txt", "nested");
        gate.Write("notes/id.pem", "outside-secret");
        gate.Write("notes/.secret/x", "outside-secret");
        gate.Write("caf\u00e9.txt", "composed");
        gate.Write("with space & 100%.txt", "odd name");
        gate.Write("a+b=c?.txt", "odder name");
        gate.Write("private/key.txt", "outside-secret");
        gate.Write("C:/Windows/win.ini", "outside-secret");
        gate.Write(".hidden", "outside-secret");
        gate.Write(".git/config", "outside-secret");
        gate.Write("../secret.txt", "outside-secret");
        gate.Write("../ws-sibling/secret.txt", "outside-secret");
        File.CreateSymbolicLink(At("link"), "../secret.txt");
        File.CreateSymbolicLink(At("link-in"), "a.txt");
        File.CreateSymbolicLink(At("link-absolute"), Path.Combine(gate.Outside, "secret.txt"));
        File.CreateSymbolicLink(At("link-loop"), "link-loop");
        File.CreateSymbolicLink(At("link-dangling"), "nowhere");
        Directory.CreateSymbolicLink(At("link-dir"), gate.Outside);
        Directory.CreateSymbolicLink(At("link-dir-in"), "notes");
        Directory.CreateSymbolicLink(At("link-proc"), "/proc");
        File.CreateSymbolicLink(At("link-proc-cwd"), "/proc/self/cwd");
        Assert.Equal(0, Native.Link(Path.Combine(gate.Outside, "secret.txt"), At("hard.txt")));
        Assert.Equal(0, Native.MakeFifo(At("fifo"), 0x1B6));
        socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(At("socket")));
        File.WriteAllBytes(At("large.bin"), new byte[(1 << 20) + 1]);
        using (var sparse = File.OpenHandle(At("sparse.bin"), FileMode.Create, FileAccess.Write))
        {
            RandomAccess.SetLength(sparse, 1L << 40);
        }

        Directory.CreateDirectory(At("mount"));
        if (Native.MakeNode(At("device"), 0x2000 | 0x1B6, 0x105) != 0)
        {
            Missing.Add("device");
        }

        if (Native.Mount("tmpfs", At("mount"), "tmpfs", 0, "size=64k") != 0)
        {
            Missing.Add("mount");
        }
        else
        {
            File.WriteAllText(At("mount/inner.txt"), "outside-secret");
        }
    }
}
