using System.Diagnostics;
using System.Text.RegularExpressions;
using SecureAgent.Kubernetes.Layout;
using SecureAgent.Kubernetes.Objects;
using SecureAgent.Kubernetes.Publishing;
using SecureAgent.ManifestChecks.PodSecurity;
using SecureAgent.ManifestChecks.Reading;

namespace SecureAgent.Kubernetes.Tests.Deploy;

/// <summary>deploy/k3d and deploy/kind, up to the point where a real container engine would be asked.</summary>
public sealed partial class LocalClusterTests
{
    private static readonly string[] Tools = ["docker", "kubectl", "helm", "curl", "sha512sum", "k3d", "kind", "chmod"];

    public static TheoryData<string, Isolation> Clusters => new()
    {
        { "k3d", Isolation.Gvisor }, { "k3d", Isolation.Kata }, { "kind", Isolation.Gvisor }, { "kind", Isolation.Kata },
    };

    [Fact]
    public void EveryScript_IsParsedByItsShell()
    {
        foreach (var script in Directory.EnumerateFiles(LocalMachine.Deploy, "*.sh", SearchOption.AllDirectories))
        {
            using var shell = Process.Start(new ProcessStartInfo("/bin/bash", ["-n", script]) { RedirectStandardError = true })!;
            Assert.Equal("", shell.StandardError.ReadToEnd());
            shell.WaitForExit();
            Assert.Equal(0, shell.ExitCode);
        }
    }

    [Theory]
    [MemberData(nameof(Clusters))]
    public void DryRun_PrintsEveryCommand_AndNeedsNoTool(string cluster, Isolation isolation)
    {
        using var machine = new LocalMachine();
        var (exit, output, errors) = machine.Up(cluster, "--dry-run", "--isolation", Spelling.Of(isolation));

        Assert.Equal((0, ""), (exit, errors));
        Assert.Empty(machine.Noted());
        string[] steps = ["--name secure-agent-registry", "create", "install cilium ", isolation == Isolation.Kata ? "install kata-deploy " : "/runsc ", "label node", "install cert-manager ", "/deploy/vault.yaml", "vault policy write", "install external-secrets "];
        var lines = output.Split('\n').Where(line => line.StartsWith("+ ", StringComparison.Ordinal)).ToList();
        var found = steps.Select(step => lines.FindIndex(line => line.Contains(step, StringComparison.Ordinal))).ToList();
        Assert.DoesNotContain(-1, found);
        Assert.Equal(found.Order(), found);
    }

    [Theory]
    [InlineData("k3d")]
    [InlineData("kind")]
    public void SecondRun_MakesNothingAgain(string cluster)
    {
        using var machine = new LocalMachine(Tools);
        var (exit, first, errors) = machine.Up(cluster);
        Assert.True(exit == 0, errors);
        Assert.Contains(machine.Noted(), line => Makes().IsMatch(line));

        (exit, var second, errors) = machine.Up(cluster);

        Assert.True(exit == 0, errors);
        var again = machine.Noted();
        Assert.NotEmpty(again);
        Assert.DoesNotContain(again, line => Makes().IsMatch(line));
        Assert.True(second.Split("\n+ ").Length < first.Split("\n+ ").Length);
    }

    [Theory]
    [InlineData("k3d", "k3d is missing; install k3d v")]
    [InlineData("kind", "kind is missing; install kind v")]
    public void MissingTool_IsNamed_AndNothingIsDone(string cluster, string message)
    {
        using var machine = new LocalMachine([.. Tools.Except([cluster])]);
        var (exit, output, errors) = machine.Up(cluster);

        Assert.Equal((2, ""), (exit, output));
        Assert.StartsWith($"deploy: {message}", errors, StringComparison.Ordinal);
        Assert.Equal(1, errors.Count(letter => letter == '\n'));
        Assert.Empty(machine.Noted());
    }

    [Theory]
    [InlineData("--isolation")]
    [InlineData("--isolation", "runc")]
    [InlineData("--name", "../x")]
    [InlineData("--frobnicate")]
    public void BadArgument_IsOneLine(params string[] arguments)
    {
        using var machine = new LocalMachine();
        var (exit, output, errors) = machine.Up("kind", arguments);

        Assert.Equal((2, ""), (exit, output));
        Assert.Equal(1, errors.Count(letter => letter == '\n'));
    }

    [Theory]
    [MemberData(nameof(Clusters))]
    public void EverythingInstalled_HasOneVersion(string cluster, Isolation isolation)
    {
        using var machine = new LocalMachine();
        var lines = machine.Up(cluster, "--dry-run", "--isolation", Spelling.Of(isolation)).Output.Split('\n');

        Assert.All(lines.Where(line => line.Contains("helm ", StringComparison.Ordinal)), line => Assert.Matches(@" --version v?\d+\.\d+\.\d+ ", line));
        Assert.All(lines.Where(line => line.Contains("--image ", StringComparison.Ordinal)), line => Assert.Matches(@" --image \S+:v\d+\.\d+\.\d+", line));
        Assert.All(lines.Where(line => line.Contains("docker run ", StringComparison.Ordinal)), line => Assert.Matches(@" \S+:\d+\.\d+\.\d+$", line));
        Assert.All(lines.Where(line => line.Contains(".sha512 ", StringComparison.Ordinal) && line.Contains("http", StringComparison.Ordinal)), line => Assert.Matches(@"/release/\d{8}/", line));
        Assert.All(Directory.EnumerateFiles(LocalMachine.Deploy, "*", SearchOption.AllDirectories), file => Assert.DoesNotContain("latest", File.ReadAllText(file), StringComparison.Ordinal));
        Assert.Matches(@"image: \S+:\d+\.\d+\.\d+\n", File.ReadAllText(Path.Combine(LocalMachine.Deploy, "vault.yaml")));
    }

    [Theory]
    [MemberData(nameof(Clusters))]
    public void Cluster_HasWhatTheLocalOverlayNames(string cluster, Isolation isolation)
    {
        using var machine = new LocalMachine();
        var output = machine.Up(cluster, "--dry-run", "--isolation", Spelling.Of(isolation)).Output;
        var files = string.Concat(Directory.EnumerateFiles(Path.Combine(LocalMachine.Deploy, cluster)).Select(File.ReadAllText)) + output;
        var runtime = RuntimeClasses.Of(isolation);

        Assert.Contains(Overlay.Registry("local"), output, StringComparison.Ordinal);
        Assert.Contains(runtime.Handler.Replace("kata-qemu", "shims.qemu.enabled", StringComparison.Ordinal), files, StringComparison.Ordinal);
        Assert.All(runtime.Scheduling.NodeSelector, label => Assert.Contains($"{label.Key}={label.Value}", output, StringComparison.Ordinal));
        string[] named = [Names.InferenceNodeLabel, Names.WorkspaceNodeLabel, Names.WorkspacePath, Names.SystemNamespace, Names.TokenKeysConfigMap, Names.VaultAuthorityConfigMap, $"role/{Names.VaultRole} ", "audience=vault"];
        Assert.All(named, name => Assert.Contains(name, output, StringComparison.Ordinal));
    }

    [Fact]
    public void Vault_AnswersUnderThePublishedName_AndIsRestricted()
    {
        var text = File.ReadAllText(Path.Combine(LocalMachine.Deploy, "vault.yaml"));
        var objects = ManifestReader.Parse(text, "vault.yaml");

        Assert.Contains($"-dev-tls-san={Names.VaultHost}\n", text, StringComparison.Ordinal);
        var workload = Assert.Single(objects.Select(Workload.Of).OfType<Workload>());
        Assert.Empty(RestrictedEvaluator.Refusals(workload));
    }

    [GeneratedRegex(@"^(docker (run|cp|network connect)|k3d cluster create|kind create|curl )|create namespace|auth enable|systemctl restart")]
    private static partial Regex Makes();
}
