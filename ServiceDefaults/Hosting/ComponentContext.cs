using Microsoft.Extensions.Configuration;
using SecureAgent.Contracts;

namespace SecureAgent.ServiceDefaults.Hosting;

/// <summary>Which component this process is, and where its state and sockets are.</summary>
/// <param name="Name">One of <see cref="ComponentNames"/>.</param>
/// <param name="DataDirectory">Durable state; 0700.</param>
/// <param name="RunDirectory">Sockets and tokens of this boot.</param>
/// <param name="Boot">Identifier of this boot of the server.</param>
public sealed record ComponentContext(string Name, string DataDirectory, string RunDirectory, string Boot)
{
    public string ControlSocket => RunLayout.ControlSocket(RunDirectory, Name);

    public string AuditRoot => Path.Combine(DataDirectory, "audit");

    public static ComponentContext From(string name, IConfiguration configuration) => new(
        name,
        Required(configuration, HostEnvironment.DataDirectory),
        Required(configuration, HostEnvironment.RunDirectory),
        Required(configuration, HostEnvironment.Boot));

    private static string Required(IConfiguration configuration, string key) =>
        configuration[key] is { Length: > 0 } value
            ? value
            : throw new StartupException($"{key} is not set; this process is started by the AppHost: dotnet run --project AppHost");
}
