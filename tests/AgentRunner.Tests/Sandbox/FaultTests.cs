using SecureAgent.AgentRunner.Sandbox;
using SecureAgent.AgentRunner.Sandbox.Probe;
using SecureAgent.Contracts.Guest;
using SecureAgent.Policy.Document;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.AgentRunner.Tests.Sandbox;

/// <summary>
/// One layer taken away at a time, by a system call that is broken for the whole chain, or by hiding a tool. The start must fail by that layer's
/// name; with the operator's consent, where there can be one, it succeeds and says so.
/// </summary>
public sealed class FaultTests(SandboxFixture sandbox) : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("sa-fault-").FullName;

    [Theory]
    [InlineData(SandboxLayers.Landlock, 444)]
    [InlineData(SandboxLayers.Seccomp, 317)]
    public async Task SystemCallMissing_IsNamedAndOnlyConsentGoesOn(string layer, int call)
    {
        sandbox.RequireSandbox();
        await using var host = await PrepareAsync(call);

        var reported = host.Layers.Single(found => found.Name == layer);
        Assert.False(reported.Present, reported.Detail);
        var refusal = await Assert.ThrowsAsync<SandboxException>(() => StartAsync(host));
        Assert.Equal(layer, refusal.Layer);
        await using var degraded = await StartAsync(host, layer);
        Assert.Equal(0, await degraded.Exited);
        Assert.Contains(degraded.Layers, found => found.Name == layer && !found.Present);
    }

    [Fact]
    public async Task UserNamespaceMissing_IsNamedWithTheMend()
    {
        sandbox.RequireSandbox();
        await using var host = await PrepareAsync(272); // unshare

        var missing = host.Layers.First(layer => !layer.Present);
        Assert.Equal(SandboxLayers.UserNamespace, missing.Name);
        Assert.Contains("user namespaces", missing.Detail, StringComparison.Ordinal);
        await Assert.ThrowsAsync<SandboxException>(() => StartAsync(host, SandboxLayers.Landlock, SandboxLayers.Seccomp, SandboxLayers.BypassCatcher));
    }

    /// <summary>A server that is root whose uid is not dropped although the kernel says so.</summary>
    [Fact]
    public async Task Uid_NotDropped_IsNamed()
    {
        sandbox.RequireSandbox();
        Assert.SkipUnless(SandboxUids.ServerIsRoot, "an ordinary user's server has no uid to drop");
        await using var host = await PrepareAsync(117, answer: 0); // setresuid

        Assert.Equal(SandboxLayers.UnprivilegedUid, host.Layers.First(layer => !layer.Present).Name);
        Assert.Equal(SandboxLayers.UnprivilegedUid, (await Assert.ThrowsAsync<SandboxException>(() => StartAsync(host, [.. SandboxProbe.Degradable]))).Layer);
    }

    /// <summary>
    /// A server that is root whose new network is none although the kernel says so: nothing may be set up then, as it would be the host's. The first stage stands in a network of its own here, which is
    /// what a broken guard would change.
    /// </summary>
    [Fact]
    public async Task Network_NotNew_IsNamedBeforeAnythingIsSetUp()
    {
        sandbox.RequireSandbox();
        Assert.SkipUnless(SandboxUids.ServerIsRoot, "an ordinary user's server makes its network by unshare(1)");
        await using var host = await PrepareAsync(BrokenGuest.Make(directory, 272, answer: 0, first: "syscall(272, 0x40000000) == 0 or die 'own network';"), "/usr/bin:/bin");

        var refusal = await Assert.ThrowsAsync<SandboxException>(() => StartAsync(host, [.. SandboxProbe.Degradable]));

        Assert.Equal(SandboxLayers.NetworkNamespace, refusal.Layer);
        Assert.Contains("is not there", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RelaysMissing_AreNamedAndThereIsNoConsent()
    {
        sandbox.RequireSandbox();
        await using var host = await PrepareAsync(50); // listen

        Assert.Equal(SandboxLayers.Relays, host.Layers.First(layer => !layer.Present).Name);
        Assert.Equal(SandboxLayers.Relays, (await Assert.ThrowsAsync<SandboxException>(() => StartAsync(host, [.. SandboxProbe.Degradable]))).Layer);
    }

    [Fact]
    public async Task PacketSocketMissing_IsNamedAndOnlyConsentGoesOn()
    {
        sandbox.RequireSandbox();
        await using var host = await PrepareAsync(54); // setsockopt: the socket's filter

        var missing = host.Layers.Single(layer => !layer.Present);
        Assert.Equal(SandboxLayers.BypassCatcher, missing.Name);
        await Assert.ThrowsAsync<SandboxException>(() => StartAsync(host));
        await using var degraded = await StartAsync(host, SandboxLayers.BypassCatcher);
        Assert.Equal(0, await degraded.Exited);
    }

    [Theory]
    [InlineData("bwrap", SandboxLayers.Bubblewrap, "apt install bubblewrap")]
    [InlineData("unshare", SandboxLayers.NetworkNamespace, "util-linux")]
    public async Task ToolMissing_IsNamedWithTheMend(string tool, string layer, string mend)
    {
        foreach (var other in new[] { "bwrap", "unshare", "setpriv" }.Where(name => name != tool))
        {
            File.CreateSymbolicLink(Path.Combine(directory, other), $"/usr/bin/{other}");
        }

        await using var host = await PrepareAsync(null);

        var missing = host.Layers.First(found => found.Name == layer);
        Assert.False(missing.Present);
        Assert.Contains(mend, missing.Detail, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(directory, recursive: true);

    internal static void RequireBreakable() => Assert.SkipUnless(
        File.Exists("/usr/bin/perl") && System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.X64,
        "needs perl and x86-64 to break a system call");

    private Task<SandboxHost> PrepareAsync(int? brokenCall, int answer = 38) => PrepareAsync(
        brokenCall is { } call ? BrokenGuest.Make(directory, call, answer) : SandboxFixture.GuestDirectory, brokenCall is null ? directory : "/usr/bin:/bin");

    private Task<SandboxHost> PrepareAsync(string guest, string searchPath) =>
        SandboxHost.PrepareAsync(
            new SandboxHostOptions(guest, null, searchPath),
            new ComponentContext("agent-runner", sandbox.RunDirectory, sandbox.RunDirectory, "b-fault"), TimeProvider.System, default);

    private async Task<ISandbox> StartAsync(SandboxHost host, params string[] accepted)
    {
        var id = ServiceDefaults.Identifiers.New("s");
        var uid = host.Uids.Take();
        await using var prepared = await host.Driver.PrepareAsync(
            new SandboxRequest(id, SessionDirectory.Create(sandbox.RunDirectory, id, uid), uid, SandboxPolicy.Default, accepted), default);
        return await prepared.StartAsync(new AgentStart(["true"], AgentEnvironment.Build(id, "/usr/bin")), default);
    }

    /// <summary>
    /// Installs a seccomp filter under which one call fails with ENOSYS, then becomes the real program. Loaded through prctl, so that breaking seccomp(2) itself works too.
    /// </summary>
    internal static string Wrapper(int call, string program) => Filtered(Code(call, 38), program);

    /// <summary>clone and unshare refuse CLONE_NEWUSER with ENOSPC, as where there may be no more of them; clone3 does not exist, so that all use clone.</summary>
    internal static string WithoutUserNamespaces(string program) => Filtered(
        "[0x20, 0, 0, 0], [0x15, 5, 0, 435], [0x15, 1, 0, 56], [0x15, 0, 2, 272], [0x20, 0, 0, 16], [0x45, 2, 0, 0x10000000], [0x06, 0, 0, 0x7fff0000], [0x06, 0, 0, 0x00050026], [0x06, 0, 0, 0x0005001c]", program);

    private static string Filtered(string code, string program) => $$"""
        #!/usr/bin/perl
        {{Filter(code)}}
        exec '{{program}}', @ARGV;

        """;

    private static string Code(int call, int answer) => $"[0x20, 0, 0, 0], [0x15, 0, 1, {call}], [0x06, 0, 0, {0x00050000 | answer}], [0x06, 0, 0, 0x7fff0000]";

    internal static string Filter(int call, int answer) => Filter(Code(call, answer));

    private static string Filter(string code) => $$"""
        my @code = ({{code}});
        my $code = join '', map { pack 'SCCL', @$_ } @code;
        my $program = pack 'Sx6P', scalar(@code), $code;
        syscall(157, 38, 1, 0, 0, 0) == 0 or die "no_new_privs: $!";
        syscall(157, 22, 2, $program) == 0 or die "filter: $!";
        """;
}
