using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.DependencyInjection;
using SecureAgent.AppHost.Aspire;
using SecureAgent.Hosting.Server;
using SecureAgent.ServiceDefaults;

namespace SecureAgent.AppHost.Aspire.Tests;

/// <summary>The application's model as the host builds it; nothing of it is started.</summary>
internal sealed class AspireModel : IAsyncDisposable
{
    private AspireModel(DistributedApplication application, string data) => (Application, Data) = (application, data);

    public DistributedApplication Application { get; }

    public string Data { get; }

    public SecureAgentResource Server => Resources.OfType<SecureAgentResource>().Single();

    public IReadOnlyList<IResource> Resources => [.. Application.Services.GetRequiredService<DistributedApplicationModel>().Resources];

    public IResource this[string name] => Resources.Single(resource => resource.Name == name);

    public static AspireModel OfHost() => Of((builder, options) => AspireHost.Compose(builder, options));

    /// <summary>The host's own entry point, as the testing library runs it.</summary>
    public static async Task<AspireModel> OfProgramAsync()
    {
        var data = NewDirectory();
        var builder = await DistributedApplicationTestingBuilder.CreateAsync(typeof(AspireHost), ["--data", data], TestContext.Current.CancellationToken);
        return new AspireModel(await builder.BuildAsync(TestContext.Current.CancellationToken), data);
    }

    public static AspireModel Of(Action<IDistributedApplicationBuilder, HostOptions> compose)
    {
        var data = NewDirectory();
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { AssemblyName = typeof(AspireHost).Assembly.GetName().Name, DisableDashboard = true });
        compose(builder, new HostOptions { DataDirectory = data, Programs = Programs });
        return new AspireModel(builder.Build(), data);
    }

    /// <summary>Those of the host under test, not of the test.</summary>
    public static ProgramFiles Programs { get; } = new(Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "AppHost", "debug")));

    /// <summary>Environment of one resource as it would be started, its endpoints being where they were asked for.</summary>
    public async Task<IReadOnlyDictionary<string, string>> EnvironmentAsync(string name)
    {
        foreach (var endpoint in Resources.SelectMany(resource => resource.Annotations.OfType<EndpointAnnotation>()))
        {
            endpoint.AllocatedEndpoint ??= new AllocatedEndpoint(endpoint, endpoint.TargetHost, endpoint.Port ?? 40000);
        }

#pragma warning disable CS0618 // The way to read a resource's environment in every version of the pinned minor.
        return await ((IResourceWithEnvironment)this[name]).GetEnvironmentVariableValuesAsync(DistributedApplicationOperation.Run);
#pragma warning restore CS0618
    }

    private static string NewDirectory() => Path.Combine(Path.GetTempPath(), Identifiers.New("sa-aspire"));

    public ValueTask DisposeAsync() => Application.DisposeAsync();
}
