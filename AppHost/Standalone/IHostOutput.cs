namespace SecureAgent.AppHost.Standalone;

/// <summary>Where a component stands.</summary>
internal enum ComponentState
{
    Starting,
    Healthy,
    Crashed,
    Stopped,
}

/// <summary>What the operator, or the program that started the host, gets to see.</summary>
internal interface IHostOutput : IDisposable
{
    void State(string component, ComponentState state, string? detail = null);

    void Log(string component, string line);

    /// <param name="console">Address of the operator's page; null when this server has none.</param>
    void Ready(string dataDirectory, Uri? console, TimeSpan took);

    void Failed(string message);
}
