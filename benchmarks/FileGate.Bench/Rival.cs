using System.Net;
using System.Net.Sockets;

namespace SecureAgent.FileGate.Bench;

/// <summary>Another build of the gate on the same folder, for comparing two in one run (<c>--beside</c>).</summary>
internal sealed record Rival(GateServer Gate, string Session, string PlainSession) : IAsyncDisposable
{
    public EndPoint GateEndPoint => new UnixDomainSocketEndPoint(Session);

    public EndPoint PlainGateEndPoint => new UnixDomainSocketEndPoint(PlainSession);

    public static async Task<Rival> StartAsync(string root, string program, string files)
    {
        var own = Directory.CreateDirectory(Path.Combine(root, "r")).FullName;
        var gate = await GateServer.StartAsync(own, program);
        return new Rival(gate, await gate.OpenAsync("s-mask", files, Contestants.OpenGrant), await gate.OpenAsync("s-off", files, Contestants.OpenGrant + ", redact: off"));
    }

    public ValueTask DisposeAsync() => Gate.DisposeAsync();
}
