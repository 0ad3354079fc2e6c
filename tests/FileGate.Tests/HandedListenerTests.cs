using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using SecureAgent.Contracts.Guest;

namespace SecureAgent.FileGate.Tests;

/// <summary>A sandbox's PID 1 gives the gate the listening socket of its loopback port; what comes there is the session.</summary>
public sealed partial class HandedListenerTests
{
    [Fact]
    public async Task Listener_OfTheSandboxsLoopback_IsServedAsTheSession()
    {
        using var sandbox = await OwnNetwork.CreateAsync();
        await using var gate = await GateScenario.OpenAsync(GateScenario.Policy("allow: ['a.txt']"), scenario => scenario.Write("a.txt", "alpha"));
        using var listener = await sandbox.ListenAsync(IPAddress.Loopback);
        var port = (int?)((IPEndPoint)listener.LocalEndPoint!).Port;

        Assert.True(await sandbox.RunAsync(() => OfferAsync(gate, (int)listener.Handle).GetAwaiter().GetResult()));
        Assert.Contains("\r\n\r\nalpha", await AskAsync(sandbox, port.Value, "a.txt"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 403", await AskAsync(sandbox, port.Value, "b.txt"), StringComparison.Ordinal);
        Assert.All(gate.Records(), record => Assert.Equal("s-test", record.Session));
        Assert.Equal(2, gate.Records().Count);
    }

    [Fact]
    public async Task Listener_OfAClosedSession_RefusesAndItsConnectionsAreCut()
    {
        using var sandbox = await OwnNetwork.CreateAsync();
        await using var gate = await GateScenario.OpenAsync(GateScenario.Policy(), scenario => scenario.Write("a.txt", "alpha"));
        var port = await GiveAsync(gate, await sandbox.ListenAsync(IPAddress.Loopback));
        using var open = await sandbox.RunAsync(() => Connect(port!.Value));
        Assert.Contains("alpha", await AskAsync(sandbox, port!.Value, "a.txt"), StringComparison.Ordinal);

        await gate.Component.CloseSessionAsync("s-test");

        Assert.True(await sandbox.RunAsync(() => IsCut(open)));
        await Assert.ThrowsAsync<SocketException>(() => sandbox.RunAsync(() => Connect(port.Value)));
    }

    [Fact]
    public async Task Offers_AfterTheFirst_AreNotTaken()
    {
        using var sandbox = await OwnNetwork.CreateAsync();
        await using var gate = await GateScenario.OpenAsync(GateScenario.Policy(), scenario => scenario.Write("a.txt", "alpha"));

        Assert.NotNull(await GiveAsync(gate, await sandbox.ListenAsync(IPAddress.Loopback)));
        Assert.Null(await GiveAsync(gate, await sandbox.ListenAsync(IPAddress.Loopback)));
    }

    /// <summary>What else an agent could send: nothing of it is listened on, and the session's socket serves on.</summary>
    [Theory]
    [InlineData("the gate's own network")]
    [InlineData("every address")]
    [InlineData("connected")]
    [InlineData("not listening")]
    [InlineData("unix")]
    [InlineData("file")]
    [InlineData("nothing")]
    public async Task Offer_OfAnythingElse_IsNotTaken(string what)
    {
        using var sandbox = await OwnNetwork.CreateAsync();
        await using var gate = await GateScenario.OpenAsync(GateScenario.Policy(), scenario => scenario.Write("a.txt", "alpha"));
        using var listener = await sandbox.ListenAsync(IPAddress.Loopback);
        using var own = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        own.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        own.Listen();
        using var wide = await sandbox.ListenAsync(IPAddress.Any);
        using var connected = await sandbox.RunAsync(() => Connect(((IPEndPoint)listener.LocalEndPoint!).Port));
        using var idle = await sandbox.RunAsync(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        using var unix = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        using var file = File.OpenHandle(Path.Combine(gate.Workspace, "a.txt"));
        var descriptor = what switch
        {
            "the gate's own network" => own.Handle, "every address" => wide.Handle, "connected" => connected.Handle, "not listening" => idle.Handle, "unix" => unix.Handle,
            "file" => file.DangerousGetHandle(), _ => -1,
        };

        Assert.False(await OfferAsync(gate, (int)descriptor));
        Assert.Equal("ok", await gate.GrpcVerdictAsync("a.txt"));
        Assert.True(await OfferAsync(gate, (int)listener.Handle));
    }

    /// <summary>The port, when the gate has it; the listener is closed here either way.</summary>
    private static async Task<int?> GiveAsync(GateScenario gate, Socket listener)
    {
        using (listener)
        {
            return await OfferAsync(gate, (int)listener.Handle) ? ((IPEndPoint)listener.LocalEndPoint!).Port : null;
        }
    }

    private static async Task<bool> OfferAsync(GateScenario gate, int descriptor)
    {
        using var socket = await gate.Session.ConnectAsync();
        Assert.Equal(Handover.Offer.Length, Send((int)socket.Handle, descriptor));
        var answer = new byte[1];
        try
        {
            return await socket.ReceiveAsync(answer) == 1 && answer[0] == Handover.Taken;
        }
        catch (SocketException)
        {
            return false; // closed with the offer unread
        }
    }

    private static Task<string> AskAsync(OwnNetwork sandbox, int port, string path) => sandbox.RunAsync(() =>
    {
        using var socket = Connect(port);
        socket.Send(Encoding.ASCII.GetBytes($"GET /v1/files/{path} HTTP/1.1\r\nHost: gate\r\nConnection: close\r\n\r\n"));
        using var answer = new MemoryStream();
        new NetworkStream(socket).CopyTo(answer);
        return Encoding.UTF8.GetString(answer.ToArray());
    });

    private static Socket Connect(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 30_000 };
        socket.Connect(IPAddress.Loopback, port);
        return socket;
    }

    private static bool IsCut(Socket socket)
    {
        try
        {
            return socket.Receive(new byte[1]) == 0;
        }
        catch (SocketException error)
        {
            return error.SocketErrorCode == SocketError.ConnectionReset;
        }
    }

    /// <param name="descriptor">-1 for the words alone.</param>
    private static unsafe int Send(int socket, int descriptor)
    {
        fixed (byte* words = Handover.Offer)
        {
            var part = stackalloc nint[2] { (nint)words, Handover.Offer.Length };
            var rights = stackalloc long[3] { 20, 1 | (1L << 32), descriptor }; // SOL_SOCKET, SCM_RIGHTS
            var message = stackalloc nint[7] { 0, 0, (nint)part, 1, descriptor < 0 ? 0 : (nint)rights, descriptor < 0 ? 0 : 24, 0 };
            return (int)SendMessage(socket, message, 0);
        }
    }

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    private static unsafe partial nint SendMessage(int socket, nint* message, int flags);
}
