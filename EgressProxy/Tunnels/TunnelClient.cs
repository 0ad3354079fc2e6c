using System.Net.Sockets;
using SecureAgent.EgressProxy.Judging;

namespace SecureAgent.EgressProxy.Tunnels;

/// <summary>The agent's end of a tunnel, and how its protocol says yes and no.</summary>
/// <param name="Established">The answer before the first byte of the tunnel.</param>
/// <param name="RefuseAsync">Answers a refusal, with what to say instead of the usual text, and closes.</param>
internal sealed record TunnelClient(Socket Socket, ReadOnlyMemory<byte> Established, Func<Judgement, string?, Task> RefuseAsync);
