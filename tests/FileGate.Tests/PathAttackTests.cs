using System.Net.Sockets;
using System.Text;

namespace SecureAgent.FileGate.Tests;

/// <summary>
/// Every way known to us of naming what one may not have, over every surface and spelling, with one verdict. The control arm: a file server that
/// joins the path to its folder and opens it, or the same question with the guard off, gives the bytes away.
/// </summary>
public sealed class PathAttackTests(AttackedWorkspace attacked) : IClassFixture<AttackedWorkspace>
{
    public static TheoryData<string, string> Attacks { get; } = new()
    {
        // traversal
        { "../secret.txt", "path_escapes" },
        { "../../../../../../../../etc/passwd", "path_escapes" },
        { "notes/../../secret.txt", "path_escapes" },
        { "notes/../a.txt", "path_escapes" },
        { "..", "path_escapes" },
        { "../", "path_escapes" },
        { "notes/..", "path_escapes" },
        { "../ws/a.txt", "path_escapes" },
        { "./../secret.txt", "path_escapes" },
        { "notes/./../../secret.txt", "path_escapes" },
        { "missing/../../secret.txt", "path_escapes" },
        { "a.txt/../../secret.txt", "path_escapes" },
        { "../ws-sibling/secret.txt", "path_escapes" },
        { "..//secret.txt", "path_escapes" },

        // absolute
        { "/etc/passwd", "path_escapes" },
        { "//etc/passwd", "path_escapes" },
        { "///etc/passwd", "path_escapes" },
        { "/proc/self/environ", "path_escapes" },
        { "/proc/1/root/etc/passwd", "path_escapes" },
        { "/dev/fd/0", "path_escapes" },
        { "/dev/stdin", "path_escapes" },
        { "/", "path_escapes" },

        // not one spelling
        { "", "path_invalid" },
        { ".", "path_invalid" },
        { "./a.txt", "path_invalid" },
        { "notes//a.txt", "path_invalid" },
        { "notes/./a.txt", "path_invalid" },
        { "notes/", "path_invalid" },
        { "a.txt/", "path_invalid" },
        { "notes/.", "path_invalid" },

        // other encodings and separators
        { "..\\secret.txt", "path_invalid" },
        { "notes\\a.txt", "path_invalid" },
        { "..\\..\\secret.txt", "path_invalid" },
        { "C:\\Windows\\win.ini", "path_invalid" },
        { "%2e%2e/secret.txt", "not_found" },
        { "%2e%2e%2fsecret.txt", "not_found" },
        { "..%2fsecret.txt", "path_hidden" },
        { "..%00/secret.txt", "path_hidden" },
        { "%252e%252e%252fsecret.txt", "not_found" },
        { "..%c0%afsecret.txt", "path_hidden" },
        { "\uFF0E\uFF0E/secret.txt", "path_invalid" },
        { "\u2025/secret.txt", "path_invalid" },
        { "..\u2215secret.txt", "path_hidden" },
        { "..\u2044secret.txt", "path_hidden" },
        { "~/secret.txt", "not_found" },
        { "~root/secret.txt", "not_found" },
        { "$HOME/secret.txt", "not_found" },
        { "${workspace}/a.txt", "not_found" },
        { "file:///etc/passwd", "path_invalid" },
        { "a.txt:stream", "not_found" },
        { "a.txt ", "not_found" },
        { "a.txt.", "not_found" },
        { " a.txt", "not_found" },
        { "*", "not_found" },
        { "notes/*", "not_found" },

        // control characters
        { "a.txt\0", "path_invalid" },
        { "a.txt\0.png", "path_invalid" },
        { "\0", "path_invalid" },
        { "a\n.txt", "path_invalid" },
        { "a\r\nX: y", "path_invalid" },
        { "a\u001b[2J", "path_invalid" },
        { "a\u007f", "path_invalid" },
        { "a\u0085", "path_invalid" },
        { "a\u2028", "path_invalid" },

        // links
        { "link", "path_escapes" },
        { "link-in", "path_escapes" },
        { "link-absolute", "path_escapes" },
        { "link-loop", "path_escapes" },
        { "link-dangling", "path_escapes" },
        { "link-dir/secret.txt", "path_escapes" },
        { "link-dir/ws/a.txt", "path_escapes" },
        { "link-dir-in/n.txt", "path_escapes" },
        { "link-proc/self/environ", "path_escapes" },
        { "link-proc-cwd", "path_escapes" },
        { "hard.txt", "hard_linked" },

        // not files
        { "notes", "not_regular_file" },
        { "fifo", "not_regular_file" },
        { "socket", "not_regular_file" },
        { "device", "not_regular_file" },
        { "mount/inner.txt", "path_escapes" },
        { "mount", "path_escapes" },

        // size
        { "sparse.bin", "file_too_large" },
        { "large.bin", "file_too_large" },

        // the policy's own rules
        { "private/key.txt", "denied_by_rule" },
        { "private", "denied_by_rule" },
        { "private/missing", "denied_by_rule" },
        { "PRIVATE/key.txt", "denied_by_rule" },
        { "Private/Key.TXT", "denied_by_rule" },
        { "notes/id.pem", "denied_by_rule" },
        { "notes/ID.PEM", "denied_by_rule" },
        { ".hidden", "path_hidden" },
        { ".git/config", "path_hidden" },
        { "notes/.secret/x", "path_hidden" },
        { "...", "path_hidden" },
        { ".../secret.txt", "path_hidden" },

        // what is a plain name after all
        { "A.TXT", "not_found" },
        { "a.txt/b", "not_found" },
        { "cafe\u0301.txt", "not_found" },
    };

    [Theory]
    [MemberData(nameof(Attacks))]
    public async Task Path_OfAnAttack_IsRefusedAlikeOnEverySurface(string path, string reason)
    {
        Assert.SkipWhen(attacked.Missing.Contains(path.Split('/')[0]), "needs root");

        Assert.Equal(reason, await attacked.Gate.GrpcVerdictAsync(path));
        foreach (var target in Spellings(path))
        {
            using var request = GateAnswers.Raw("/v1/files/" + target);
            using var response = await attacked.Gate.Http.SendAsync(request);
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
        Assert.Equal("path_invalid", await attacked.Gate.GrpcVerdictAsync(deep));
        Assert.Equal("path_invalid", await attacked.Gate.GrpcVerdictAsync(new string('n', 256)));
        Assert.Equal("not_found", await attacked.Gate.GrpcVerdictAsync(new string('n', 255)));
        Assert.Equal("not_found", await attacked.Gate.GrpcVerdictAsync(string.Join('/', Enumerable.Repeat("d", 2000))));
    }

    [Theory]
    [InlineData("a.txt", "plain")]
    [InlineData("notes/n.txt", "nested")]
    [InlineData("caf\u00e9.txt", "composed")]
    [InlineData("with space & 100%.txt", "odd name")]
    [InlineData("a+b=c?.txt", "odder name")]
    public async Task Path_OfAnAllowedFile_IsReadAlikeOnEverySurface(string path, string content)
    {
        var (bytes, _) = await attacked.Gate.ReadGrpcAsync(path);
        Assert.Equal(content, Encoding.UTF8.GetString(bytes));
        foreach (var target in Spellings(path).Where(target => !target.Contains(' ') && !target.Contains('?')))
        {
            using var request = GateAnswers.Raw("/v1/files/" + target);
            using var response = await attacked.Gate.Http.SendAsync(request);
            Assert.Equal(content, await response.Content.ReadAsStringAsync());
        }
    }

    /// <summary>The control arm: what joining strings and opening by name gives away for the same paths.</summary>
    [Theory]
    [InlineData("../secret.txt")]
    [InlineData("notes/../../secret.txt")]
    [InlineData("../ws-sibling/secret.txt")]
    [InlineData("..//secret.txt")]
    [InlineData("link")]
    [InlineData("link-absolute")]
    [InlineData("link-dir/secret.txt")]
    [InlineData("hard.txt")]
    public void Path_OfAnAttack_WinsAgainstAReaderOfNames(string path) =>
        Assert.Equal("outside-secret", File.ReadAllText(Path.Combine(attacked.Gate.Workspace, path)));

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("/proc/self/environ")]
    [InlineData("link-proc/self/environ")]
    [InlineData("private/key.txt")]
    [InlineData("mount/inner.txt")]
    [InlineData(".hidden")]
    public void Path_OfAnAttack_OpensForAReaderOfNames(string path)
    {
        Assert.SkipWhen(attacked.Missing.Contains(path.Split('/')[0]), "needs root");
        Assert.NotEmpty(File.ReadAllBytes(Path.Combine(attacked.Gate.Workspace, path)));
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

/// <summary>A workspace full of traps, shared by the table.</summary>
public sealed class AttackedWorkspace : IAsyncLifetime
{
    private Socket? socket;

    public GateScenario Gate { get; private set; } = null!;

    /// <summary>Traps this user may not lay.</summary>
    public HashSet<string> Missing { get; } = [];

    public async ValueTask InitializeAsync()
    {
        Gate = await GateScenario.StartAsync();
        Fill(Gate);
        await Gate.OpenAsync(GateScenario.Policy("allow: ['**'], deny: ['private', '**/*.pem'], maxFile: 1MiB"));
    }

    public async ValueTask DisposeAsync()
    {
        socket?.Dispose();
        _ = Native.Unmount(Path.Combine(Gate.Workspace, "mount"), 0);
        await Gate.DisposeAsync();
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
