using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using SecureAgent.Contracts;
using SecureAgent.Hosting.Server;
using SecureAgent.Policy.Document;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.AppHost.Aspire.Tests;

/// <summary>The integration as another AppHost uses it.</summary>
public sealed class IntegrationTests
{
    private static readonly string Source = ProgramFiles.SourceRoot(Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "AppHost", "debug")));

    [Fact]
    public async Task AddSecureAgent_FromItsSources_HasEveryProcess()
    {
        await using var model = AspireModel.Of((builder, options) => builder.AddSecureAgent("agents", Source, options.DataDirectory));

        Assert.Equal("agents", model.Server.Name);
        Assert.All(DevServer.Build().Processes, component => Assert.IsType<ProjectResource>(model[component.Name]));
    }

    [Fact]
    public async Task AddSecureAgent_WhereNoSourcesAre_SaysSo()
    {
        var refused = Assert.Throws<DistributedApplicationException>(() => AspireModel.Of((builder, options) => builder.AddSecureAgent("agents", Path.GetTempPath(), options.DataDirectory)));

        Assert.Contains("SecureAgent.sln", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PolicyChanges_AreMadeInEveryProfile_OfACopy()
    {
        await using var model = AspireModel.Of((builder, options) =>
            builder.AddSecureAgent("agents", Source, options.DataDirectory).WithEgress("api.example.com").WithEgress("*.example.org", ports: [8443]).WithHoneypots("files", "hosts"));
        var text = await File.ReadAllTextAsync(model.Server.SourcePolicy, TestContext.Current.CancellationToken);

        var changed = PolicyParser.Parse(model.Server.Draft.Apply(text, "policy.yaml"), "policy.yaml").Document!;

        Assert.NotEqual(model.Server.SourcePolicy, model.Server.PolicyFile);
        Assert.Equal(PolicyParser.Parse(text, "policy.yaml").Document!.Profiles.Keys, changed.Profiles.Keys);
        Assert.All(changed.Profiles.Values, profile =>
        {
            Assert.Equal(["*.example.org:8443", "api.example.com:443"], profile.Egress.Take(2).Select(rule => $"{rule.Host}:{rule.Ports[0]}"));
            Assert.Equal(["files", "hosts"], profile.Honeypots);
        });
        Assert.Equal(model.Server.PolicyFile, (await model.EnvironmentAsync(ComponentNames.AgentRunner))[HostEnvironment.PolicyFile]);
    }

    [Fact]
    public void PolicyChange_ReachesAProfileThatSaysNothing()
    {
        var draft = new SecureAgent.Hosting.Aspire.PolicyDraft();
        draft.LayHoneypots(["files"]);

        var changed = draft.Apply("apiVersion: secureagent.dev/v1\nkind: AgentPolicy\nprofiles:\n  empty: {}\n", "policy.yaml");

        Assert.Equal(["files"], PolicyParser.Parse(changed, "policy.yaml").Document!.Profiles["empty"].Honeypots);
    }

    [Fact]
    public async Task PolicyChange_ThatIsNoPolicy_IsOneError()
    {
        await using var model = AspireModel.Of((builder, options) => builder.AddSecureAgent("agents", Source, options.DataDirectory).WithEgress("not a host"));

        var refused = Assert.Throws<StartupException>(() => model.Server.Draft.Apply(File.ReadAllText(model.Server.SourcePolicy), "policy.yaml"));

        Assert.Contains("not a host", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Vault_IsAContainer_WithASecretParameter_AndTheBrokerWaitsForIt()
    {
        await using var model = AspireModel.Of((builder, options) => builder.AddSecureAgent("agents", Source, options.DataDirectory).WithVault());

        Assert.Equal("hashicorp/vault", model["vault"].Annotations.OfType<ContainerImageAnnotation>().Single().Image);
        Assert.True(Assert.IsType<ParameterResource>(model["vault-root-token"]).Secret);
        Assert.Contains(model[ComponentNames.SecretBroker].Annotations.OfType<WaitAnnotation>(), wait => wait.Resource.Name == "vault");
        var environment = await model.EnvironmentAsync(ComponentNames.SecretBroker);
        Assert.Equal(("http://localhost:40000", "AppRole"), (environment["SecretBroker__Vault__Address"], environment["SecretBroker__Vault__Login"]));
        Assert.DoesNotContain(environment.Values, value => value == Root(model));

        static string? Root(AspireModel model) => ((ParameterResource)model["vault-root-token"]).GetValueAsync(TestContext.Current.CancellationToken).AsTask().GetAwaiter().GetResult();
    }

    [Fact]
    public async Task ExistingVault_GivesItsCredentialsInFiles()
    {
        await using var model = AspireModel.Of((builder, options) => builder.AddSecureAgent("agents", Source, options.DataDirectory)
            .WithVault(new Uri("https://vault.example.com"), builder.AddParameter("role-id", "r-1"), builder.AddParameter("secret-id", "s-1", secret: true)));

        var environment = await model.EnvironmentAsync(ComponentNames.SecretBroker);

        Assert.Equal("https://vault.example.com/", environment["SecretBroker__Vault__Address"]);
        Assert.DoesNotContain("s-1", environment.Values);
        Assert.Single(model.Server.BeforeStart);
    }

    [Fact]
    public async Task TwoStores_AreRefused()
    {
        Assert.Throws<DistributedApplicationException>(() => AspireModel.Of((builder, options) => builder.AddSecureAgent("agents", Source, options.DataDirectory).WithVault().WithVault(
            new Uri("https://vault.example.com"), builder.AddParameter("role-id", "r-1"), builder.AddParameter("secret-id", "s-1", secret: true))));
    }

    [Fact]
    public async Task Model_OfTheApplication_IsTheGatewaysUpstream()
    {
        await using var model = AspireModel.Of((builder, options) => builder.AddSecureAgent("agents", Source, options.DataDirectory)
            .WithReference(builder.AddContainer("ollama", "ollama/ollama", "0.12.6").WithHttpEndpoint(targetPort: 11434, name: "http")));

        Assert.Equal("http://localhost:40000/v1", (await model.EnvironmentAsync(ComponentNames.InferenceGateway))["SECUREAGENT_INFERENCE_UPSTREAM"]);
        Assert.Contains(model[ComponentNames.InferenceGateway].Annotations.OfType<WaitAnnotation>(), wait => wait.Resource.Name == "ollama");
    }
}
