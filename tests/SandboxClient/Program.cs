using System.Net.WebSockets;
using System.Text;

// What a program of the agent's own does: HttpClient and ClientWebSocket as they come, with the proxy and the authorities the environment names.
var url = new Uri(args[1]);
if (args[0] == "get")
{
    using var client = new HttpClient();
    Console.WriteLine(await client.GetStringAsync(url));
    return;
}

using var socket = new ClientWebSocket();
await socket.ConnectAsync(url, CancellationToken.None);
await socket.SendAsync(Encoding.UTF8.GetBytes("hello"), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
var buffer = new byte[256];
var received = await socket.ReceiveAsync(buffer, CancellationToken.None);
Console.WriteLine(Encoding.UTF8.GetString(buffer, 0, received.Count));
