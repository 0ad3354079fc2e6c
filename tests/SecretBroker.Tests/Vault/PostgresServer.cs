using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace SecureAgent.SecretBroker.Tests.Vault;

/// <summary>PostgreSQL on a loopback port, in a directory of its own; it does not run as root, so root lends it another account.</summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    public const string User = "vault";
    public const string Password = "vault-0123456789";

    private readonly string directory;
    private readonly string programs;
    private readonly int port;

    private PostgresServer(string directory, string programs, int port) => (this.directory, this.programs, this.port) = (directory, programs, port);

    /// <summary>As the store's database plugin wants it.</summary>
    public string Url => string.Create(CultureInfo.InvariantCulture, $"postgresql://{{{{username}}}}:{{{{password}}}}@127.0.0.1:{port}/postgres?sslmode=disable");

    public static async Task<PostgresServer> StartAsync(string programs)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var server = new PostgresServer(Directory.CreateTempSubdirectory("sa-pg-").FullName, programs, ((IPEndPoint)socket.LocalEndPoint!).Port);
        socket.Close();
        var password = Path.Combine(server.directory, "password");
        await File.WriteAllTextAsync(password, Password);
        if (SecureAgent.Testing.UnixSockets.OwnUserId == 0)
        {
            await RunAsync("chown", ["-R", "nobody", server.directory]);
        }

        await server.RunOwnAsync("initdb", ["-D", $"{server.directory}/data", "-U", User, "--pwfile", password, "-A", "scram-sha-256", "--no-sync"]);
        await server.RunOwnAsync("pg_ctl", ["-D", $"{server.directory}/data", "-w", "-l", $"{server.directory}/log", "-o",
            string.Create(CultureInfo.InvariantCulture, $"-p {server.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={server.directory} -c fsync=off"), "start"]);
        return server;
    }

    public async Task<int> CountUsersAsync() => int.Parse(
        await RunOwnAsync("psql", ["-h", "127.0.0.1", "-p", port.ToString(CultureInfo.InvariantCulture), "-U", User, "-d", "postgres", "-Atc", "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'v-%'"]),
        CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync()
    {
        await RunOwnAsync("pg_ctl", ["-D", $"{directory}/data", "-m", "immediate", "-w", "stop"]);
        Directory.Delete(directory, recursive: true);
    }

    private Task<string> RunOwnAsync(string program, IEnumerable<string> args) => SecureAgent.Testing.UnixSockets.OwnUserId == 0
        ? RunAsync("setpriv", ["--reuid=nobody", "--clear-groups", Path.Combine(programs, program), .. args])
        : RunAsync(Path.Combine(programs, program), args);

    private static async Task<string> RunAsync(string program, IEnumerable<string> args)
    {
        // A server that is started keeps what it inherits: its output goes to its own log, so that the end of pg_ctl is the end of the pipes.
        var start = new ProcessStartInfo(program, args) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        start.Environment["PGPASSWORD"] = Password;
        start.Environment["LC_ALL"] = "C";
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, $"{program}: {await errors}");
        return (await output).Trim();
    }
}
