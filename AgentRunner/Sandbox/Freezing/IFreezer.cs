namespace SecureAgent.AgentRunner.Sandbox.Freezing;

/// <summary>Stops and continues the processes of one agent; its PID 1 goes on, so that a frozen session can still be ended in order.</summary>
internal interface IFreezer
{
    /// <summary>Throws <see cref="SandboxException"/> when something still runs after a long time.</summary>
    Task StopAsync();

    /// <summary>Continues what was stopped here; what the agent had stopped itself stays so.</summary>
    Task ContinueAsync();
}
