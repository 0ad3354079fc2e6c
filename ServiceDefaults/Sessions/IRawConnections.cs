using System.Net.Sockets;

namespace SecureAgent.ServiceDefaults.Sessions;

/// <summary>
/// A gate's own protocol beside HTTP on its session sockets. Registered as a service it is asked first; what it does not claim goes to Kestrel
/// with nothing consumed.
/// </summary>
public interface IRawConnections
{
    /// <summary>Whether a connection that begins like this is served here.</summary>
    /// <param name="firstBytes">1 to 16 bytes, still in the socket.</param>
    bool Claims(ReadOnlySpan<byte> firstBytes);

    /// <summary>Serves the connection to its end. Closing the session disposes <paramref name="socket"/>: every wait on it then throws.</summary>
    Task ServeAsync(SessionContext session, Socket socket);
}
