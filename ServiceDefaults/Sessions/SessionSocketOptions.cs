namespace SecureAgent.ServiceDefaults.Sessions;

/// <summary>How a gate serves its session sockets.</summary>
public sealed class SessionSocketOptions
{
    /// <summary>Serve HTTP/2 with prior knowledge (gRPC) beside HTTP/1.1 on the same socket. Default true.</summary>
    public bool Http2 { get; set; } = true;

    /// <summary>Connections a session may hold at once, 1 to 100000. Default 1024.</summary>
    public int MaxConnectionsPerSession { get; set; } = 1024;

    /// <summary>
    /// Handle HTTP/1.1 on the thread that polls the sockets. For gates whose handlers leave that thread before anything that may take long
    /// (<see cref="PollingThread"/>). Default false.
    /// </summary>
    public bool HandleWhilePolling { get; set; }

    /// <summary>Time a connection has to send its first bytes. Default 60 s.</summary>
    public TimeSpan PrefaceTimeout { get; set; } = TimeSpan.FromSeconds(60);
}
