namespace SecureAgent.Kubernetes.Objects;

/// <summary>Names that several files agree on.</summary>
public static class Names
{
    public const string SystemNamespace = "secure-agent-system";
    public const string SessionNamespace = "secure-agent-sessions";

    /// <summary>Version of the Pod Security standard the namespaces enforce.</summary>
    public const string PodSecurityVersion = "v1.31";

    public const string NameLabel = "app.kubernetes.io/name";
    public const string PartOfLabel = "app.kubernetes.io/part-of";
    public const string RoleLabel = "secureagent.dev/role";
    public const string PartOf = "secure-agent";
    public const string SandboxNodeLabel = "secureagent.dev/sandbox";
    public const string InferenceNodeLabel = "secureagent.dev/inference";

    public const string Version = "0.1.0";
    public const string PolicyConfigMap = "agent-policy";
    public const string AuthorityConfigMap = "gate-authority";
    public const string TokenKeysConfigMap = "service-account-keys";
    public const string VaultNamespace = "vault";
    public const string VaultHost = "vault.vault.svc.cluster.local";
    public const int VaultPort = 8200;
    public const string VaultRole = "secret-broker";
    public const string VaultAuthorityConfigMap = "vault-authority";
    public const string WorkspaceNodeLabel = "secureagent.dev/workspace";
    public const string WorkspacePath = "/var/lib/secure-agent/workspace";
    public const string Relay = "relay";
    public const string Session = "agent-session";
    public const int NonRoot = 64535;

    /// <summary>User of the trusted containers beside an agent: not the agent's.</summary>
    public const int Sidecar = 64534;

    /// <summary>Audience of the token an agent's pod shows at the gates.</summary>
    public const string GateAudience = "secureagent-gate";

    /// <summary>Issuer of service-account tokens unless the API server is told another (<c>--service-account-issuer</c>).</summary>
    public const string TokenIssuer = "https://kubernetes.default.svc.cluster.local";

    public static string VaultAddress => $"https://{VaultHost}:{VaultPort}";

    public static string Image(string name) => $"secure-agent/{name}:{Version}";

    /// <summary>Name of a component's service inside the cluster.</summary>
    public static string Host(string component) => $"{component}.{SystemNamespace}.svc.cluster.local";
}

/// <summary>Ports of a gate in the cluster: one for each of the laptop's doors, so that a rule about ports is a rule about doors.</summary>
public static class DoorPorts
{
    /// <summary>Agents, by the relay's token.</summary>
    public const int Sessions = 8443;

    /// <summary>Gates, by service token.</summary>
    public const int Service = 8444;

    /// <summary>The runner.</summary>
    public const int Control = 8445;

    /// <summary>Probes of the node; answers health and nothing else.</summary>
    public const int Health = 8080;
}
