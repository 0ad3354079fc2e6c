namespace SecureAgent.DesktopAgent;

/// <summary>Why the task cannot go on, in one line for the person who started it. Exit code 1.</summary>
internal sealed class AgentException(string message, Exception? inner = null) : Exception(message, inner);
