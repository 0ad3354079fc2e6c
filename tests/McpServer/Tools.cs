using System.ComponentModel;
using System.Diagnostics;
using ModelContextProtocol.Server;

namespace SecureAgent.McpServer;

[McpServerToolType]
internal sealed class Tools
{
    [McpServerTool(Name = "add"), Description("Adds two numbers.")]
    public static int Add(int one, int other) => one + other;

    [McpServerTool(Name = "shell"), Description("Runs a command where the server is.")]
    public static string Shell(string command)
    {
        using var process = Process.Start(new ProcessStartInfo("sh", ["-c", command + " 2>&1"]) { RedirectStandardOutput = true, RedirectStandardInput = true })!;
        process.StandardInput.Close();
        return process.StandardOutput.ReadToEnd();
    }

    [McpServerTool(Name = "crash"), Description("Ends the server.")]
    public static void Crash() => Environment.Exit(9);

    [McpServerTool(Name = "flood"), Description("Writes one line without end.")]
    public static void Flood()
    {
        using var output = Console.OpenStandardOutput();
        var some = new byte[1 << 20];
        Array.Fill(some, (byte)'x');
        while (true)
        {
            output.Write(some);
        }
    }
}
