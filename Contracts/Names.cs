namespace SecureAgent.Contracts;

/// <summary>Names of the processes, as used for sockets, audiences, audit records and environment variables.</summary>
public static class ComponentNames
{
    public const string Host = "app-host";
    public const string AgentRunner = "agent-runner";
    public const string FileGate = "file-gate";
    public const string EgressProxy = "egress-proxy";
    public const string SecretBroker = "secret-broker";
    public const string InferenceGateway = "inference-gateway";
    public const string DesktopAgent = "desktop-agent";
    public const string Console = "console";
}

/// <summary>Loopback ports inside every sandbox, the same on a laptop and in a pod.</summary>
public static class SandboxPorts
{
    public const int FileGate = 8081;
    public const int EgressProxy = 3128;
    public const int Inference = 11434;
    /// <summary>Where a profile has secrets for the agent, or decoys of them.</summary>
    public const int Secrets = 8200;
    public const int Dns = 53;
    /// <summary>The first of the session's MCP servers; the others follow.</summary>
    public const int FirstMcp = 8090;
}

/// <summary>Headers and trailers of the gates' own protocols.</summary>
public static class GateHeaders
{
    /// <summary>gRPC trailer with the refusal as JSON: the body an HTTP client would get.</summary>
    public const string Refusal = "secureagent-refusal-bin";

    /// <summary>Key of the operator's session, from the console to the runner.</summary>
    public const string OperatorSession = "secureagent-operator";
}

/// <summary>Environment variables between the host and its components.</summary>
public static class HostEnvironment
{
    /// <summary>Durable state: audit log, secret store. One server per directory.</summary>
    public const string DataDirectory = "SECUREAGENT_DATA_DIR";

    /// <summary>Sockets, tokens and session directories of one boot; short, so that socket paths stay under 108 bytes.</summary>
    public const string RunDirectory = "SECUREAGENT_RUN_DIR";

    /// <summary>Identifier of this boot of the server.</summary>
    public const string Boot = "SECUREAGENT_BOOT";

    /// <summary>File with the public key (JWK) that service tokens are verified with.</summary>
    public const string TokenKeyFile = "SECUREAGENT_TOKEN_KEY_FILE";

    /// <summary>Directory of this component's service tokens: one file per callee, named by audience.</summary>
    public const string TokenDirectory = "SECUREAGENT_TOKEN_DIR";

    /// <summary>PEM file of the one authority that other components' certificates come from; in a cluster only.</summary>
    public const string Authority = "SECUREAGENT_AUTHORITY";

    /// <summary>Policy file the server uses when a session brings none.</summary>
    public const string PolicyFile = "SECUREAGENT_POLICY";

    /// <summary>Directory of the Guest program, native or framework-dependent; for AgentRunner.</summary>
    public const string GuestDirectory = "SECUREAGENT_GUEST_DIR";

    /// <summary>Directory of the built-in agent; for AgentRunner.</summary>
    public const string AgentDirectory = "SECUREAGENT_AGENT_DIR";

    /// <summary>ADDRESS:PORT that answers health and nothing else, for a node's probes; in a cluster only.</summary>
    public const string HealthAddress = "SECUREAGENT_HEALTH_ADDRESS";

    /// <summary>Sandbox layers the operator accepts to be missing, comma-separated (<c>--allow-degraded</c>).</summary>
    public const string AllowDegraded = "SECUREAGENT_ALLOW_DEGRADED";

    /// <summary>How many sandboxes AgentRunner keeps ready (<c>--pool</c>).</summary>
    public const string Pool = "SECUREAGENT_POOL";
}

/// <summary>Layout below the run directory.</summary>
public static class RunLayout
{
    public static string ControlSocket(string runDirectory, string component) => $"{runDirectory}/control/{component}.sock";

    public static string RunnerSocket(string runDirectory) => $"{runDirectory}/runner.sock";

    public static string SessionDirectory(string runDirectory, string sessionId) => $"{runDirectory}/sessions/{sessionId}";

    public static string SessionSocket(string sessionDirectory, string component) => $"{sessionDirectory}/{component}.sock";
}
