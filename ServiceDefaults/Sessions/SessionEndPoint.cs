using System.Net;

namespace SecureAgent.ServiceDefaults.Sessions;

/// <summary>A virtual Kestrel endpoint that all session sockets feed: one for HTTP/1.1 (or raw) and one for HTTP/2.</summary>
internal sealed class SessionEndPoint(string protocol) : EndPoint
{
    public static SessionEndPoint Http1 { get; } = new("h1");

    public static SessionEndPoint Http2 { get; } = new("h2");

    public override string ToString() => $"sessions:{protocol}";
}
