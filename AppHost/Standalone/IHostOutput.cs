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

    void Ready(string dataDirectory, TimeSpan took);

    void Failed(string message);
}
