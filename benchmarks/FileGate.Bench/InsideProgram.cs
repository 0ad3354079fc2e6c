using System.Diagnostics;
using System.Globalization;
using System.Net;
using SecureAgent.Bench;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.FileGate.Bench;

/// <summary>
/// The clients, where an agent is: in a sandbox without a network, at the ports that Guest gives to the gate, or relays where it cannot. Does what a line of its input says and answers in a line.
/// </summary>
internal static class InsideProgram
{
    public const string Command = "inside";
    public const string Big = "big";

    public static async Task<int> RunAsync(string session, string plainSession)
    {
        using var given = Start(RelayProgram.Given, session);
        using var plainGiven = Start(RelayProgram.Given, plainSession);
        using var relay = Start(RelayProgram.Command, session);
        var (masked, plain, relayed) = (await PortAsync(given), await PortAsync(plainGiven), await PortAsync(relay));
        await using var owned = new Owned();
        var arms = new Dictionary<string, Arm>
        {
            [SmallReads.Http] = SmallReads.HttpArm(SmallReads.Http, masked, owned),
            [SmallReads.Relayed] = SmallReads.HttpArm(SmallReads.Relayed, relayed, owned),
            [SmallReads.Grpc] = SmallReads.GrpcArm(SmallReads.Grpc, Handler(masked), owned),
            [SmallReads.Mcp] = SmallReads.McpArm(SmallReads.Mcp, owned.Own(await McpReader.OverHttpAsync(Handler(masked))), SmallReads.GatePath),
        };
        Console.WriteLine("ready");
        while (await Console.In.ReadLineAsync() is { } line)
        {
            Console.WriteLine(line.Split(' ') switch
            {
                [Big] => Streams.Rate(plain).ToString(CultureInfo.InvariantCulture),
                [var arm, var workers, var milliseconds] => (await Load.SliceAsync(
                    arms[arm].Request, int.Parse(workers, CultureInfo.InvariantCulture), TimeSpan.FromMilliseconds(double.Parse(milliseconds, CultureInfo.InvariantCulture)))).Write(),
                _ => throw new InvalidDataException(line),
            });
        }

        relay.StandardInput.Close();
        given.StandardInput.Close();
        plainGiven.StandardInput.Close();
        return 0;
    }

    public static string Self => typeof(InsideProgram).Assembly.Location;

    private static Process Start(string command, string socket) => Process.Start(new ProcessStartInfo("dotnet", [Self, command, socket])
    {
        RedirectStandardInput = true, RedirectStandardOutput = true,
    })!;

    private static async Task<IPEndPoint> PortAsync(Process relay) =>
        new(IPAddress.Loopback, int.Parse((await relay.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture));

    private static SocketsHttpHandler Handler(IPEndPoint relay) => new()
    {
        ConnectCallback = async (_, token) =>
        {
            var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(relay, token);
            return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
        },
    };
}
