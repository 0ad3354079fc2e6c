using SecureAgent.Contracts;

namespace SecureAgent.Topology;

/// <summary>Where one running server keeps things. Values are given; nothing here touches the disk.</summary>
/// <param name="DataDirectory">Durable state.</param>
/// <param name="RunDirectory">Sockets and tokens of this boot.</param>
/// <param name="Boot">Identifier of this boot.</param>
/// <param name="Ports">Loopback port of each process's service endpoint.</param>
public sealed record ServerLayout(string DataDirectory, string RunDirectory, string Boot, IReadOnlyDictionary<string, int> Ports)
{
    public string TokenKeyFile => $"{RunDirectory}/tokens/key.pem";

    public string TokenDirectory(string component) => $"{RunDirectory}/tokens/{component}";

    /// <summary>Address of the operator's web page; null when the server has none.</summary>
    public Uri? Console => Ports.ContainsKey(ComponentNames.Console) ? Address(ComponentNames.Console) : null;

    public Uri Address(string component) => new($"http://127.0.0.1:{Ports[component]}");
}
