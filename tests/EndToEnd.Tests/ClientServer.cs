using System.Text.Json;

namespace SecureAgent.EndToEnd.Tests;

/// <summary>A server whose proxy believes one origin, and one session a profile in which every client has been run.</summary>
public sealed class ClientServer : IAsyncLifetime
{
    private readonly string scratch = Directory.CreateTempSubdirectory("sa-clients-").FullName;

    internal Origin Origin { get; private set; } = null!;

    internal Server Server { get; private set; } = null!;

    /// <summary>By profile: <c>plain</c> sees TLS from outside, <c>inspected</c> opens it.</summary>
    internal Dictionary<string, Outcome> Outcomes { get; } = new(StringComparer.Ordinal);

    internal string BaseUrl => $"https://localhost:{Origin.HttpsPort}";

    private string Policy => Path.Combine(scratch, "policy.yaml");

    public async ValueTask InitializeAsync()
    {
        Origin = await Origin.StartAsync();
        var roots = Path.Combine(scratch, "origin.pem");
        await File.WriteAllTextAsync(roots, Origin.CertificatePem);
        ClientPackages.AddNpm(Origin, BaseUrl);
        ClientPackages.AddPython(Origin);
        if (SandboxClient.All["git"].IsInstalled)
        {
            await ClientPackages.AddGitAsync(Origin, scratch);
        }

        await File.WriteAllTextAsync(Policy, $$"""
            apiVersion: secureagent.dev/v1
            kind: AgentPolicy
            profiles:
              plain:
                egress:
                  - { host: localhost, ports: [{{Origin.HttpsPort}}], allowPrivate: true }
              inspected:
                egress:
                  - { host: localhost, ports: [{{Origin.HttpsPort}}], allowPrivate: true, inspect: { methods: [GET, HEAD], paths: [/**], upgrades: [websocket] } }
            """);
        Server = await Server.StartAsync(new Dictionary<string, string> { ["EgressProxy__UpstreamRoots"] = roots });
        Outcomes["plain"] = await RunAsync("plain", SandboxClient.ScriptOf(OriginTrust(), BaseUrl));
        Outcomes["inspected"] = await RunAsync("inspected", SandboxClient.ScriptOf("", BaseUrl));
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await Origin.DisposeAsync();
        Directory.Delete(scratch, recursive: true);
    }

    internal Task<Outcome> RunAsync(string profile, string script) =>
        Server.RunAsync("--policy", Policy, "--profile", profile, "--json", "--", "sh", "-c", script);

    /// <summary>How the session's destinations were asked for, from the proxy's own records.</summary>
    internal IReadOnlyDictionary<string, int> ViasOf(string profile)
    {
        var session = Outcomes[profile].Json.GetProperty("sessionId").GetString();
        var vias = new List<string>();
        foreach (var segment in Directory.GetFiles(Path.Combine(Server.Data, "audit", "egress-proxy"), "*.jsonl"))
        {
            using var stream = new FileStream(segment, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(stream);
            while (reader.ReadLine() is { } line)
            {
                var record = JsonDocument.Parse(line).RootElement;
                if (record.TryGetProperty("session", out var id) && id.GetString() == session
                    && record.TryGetProperty("facts", out var facts) && facts.TryGetProperty("via", out var via))
                {
                    vias.Add(via.GetString()!);
                }
            }
        }

        return vias.CountBy(via => via).ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal);
    }

    /// <summary>Where TLS is not opened the client itself must believe the origin.</summary>
    private string OriginTrust() => $"""
        cat > /tmp/origin.pem <<'END'
        {Origin.CertificatePem}
        END
        for name in SSL_CERT_FILE CURL_CA_BUNDLE REQUESTS_CA_BUNDLE GIT_SSL_CAINFO NODE_EXTRA_CA_CERTS npm_config_cafile PIP_CERT; do export $name=/tmp/origin.pem; done
        """;
}
