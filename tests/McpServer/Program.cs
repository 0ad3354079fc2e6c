using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SecureAgent.McpServer;

// A server as people write them, with the library, on stdin and stdout; and with `call URL TOOL JSON …` the client that an agent has.
if (args is ["call", var url, .. var calls])
{
    await Client.CallAsync(new Uri(url), calls);
    return 0;
}

if (args is ["silent"])
{
    await Console.Error.WriteLineAsync("no MCP here");
    return 7;
}

var builder = Host.CreateEmptyApplicationBuilder(null);
builder.Logging.ClearProviders();
builder.Services.AddMcpServer(options => options.ServerInfo = new() { Name = "tests", Version = "1" }).WithStdioServerTransport().WithTools<Tools>();
await builder.Build().RunAsync();
return 0;
