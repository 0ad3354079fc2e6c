using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using SecureAgent.Hosting.Server;
using SecureAgent.ServiceDefaults.Hosting;
using SecureAgent.Topology;

namespace SecureAgent.AppHost.Standalone.Vault;

/// <summary>
/// A development server of Vault or OpenBao beside the graph: started on a loopback port with a root token that nobody else knows, set up for the policy, started
/// again when it ends. It keeps nothing; the broker never gets the root token.
/// </summary>
internal sealed class DevVault(string program, ServerLayout layout, string policyFile, int port, ProcessStarter starter, IHostOutput output, TimeProvider time) : IAsyncDisposable
{
    /// <summary>Of its port and in the output.</summary>
    public const string Name = "vault";

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan BackOff = TimeSpan.FromSeconds(1);

    private readonly byte[] rootToken = Encoding.ASCII.GetBytes(RandomNumberGenerator.GetHexString(48, lowercase: true));
    private ComponentProcess? process;

    private string Address => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");

    private VaultCredentialFiles Credentials { get; } = new(Path.Combine(layout.RunDirectory, "vault"));

    /// <summary>What the broker is started with.</summary>
    public IReadOnlyDictionary<string, string> BrokerVariables => new Dictionary<string, string>
    {
        ["SecretBroker__Vault__Address"] = Address,
        ["SecretBroker__Vault__Login"] = "AppRole",
        ["SecretBroker__Vault__RoleIdFile"] = Credentials.RoleId,
        ["SecretBroker__Vault__SecretIdFile"] = Credentials.SecretId,
    };

    public static DevVault Create(ServerLayout layout, string policyFile, ProcessStarter starter, IHostOutput output, TimeProvider time)
    {
        if (DataDirectory.Variable("VAULT_ADDR") is { } address)
        {
            throw new StartupException($"--vault dev and VAULT_ADDR ('{address}') are two stores; leave one out");
        }

        return new DevVault(VaultProgram.Find(DataDirectory.Variable), layout, policyFile, layout.Ports[Name], starter, output, time);
    }

    /// <summary>Returns when it is unsealed and answers.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        output.State(Name, ComponentState.Starting);
        var start = new ProcessStartInfo(program, ["server", "-dev", $"-dev-listen-address={Address["http://".Length..]}", "-dev-no-store-token"])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/",
        };
        foreach (var variable in start.Environment.Keys.Where(name => name.StartsWith("VAULT_", StringComparison.Ordinal) || name.StartsWith("BAO_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(variable);
        }

        // In the environment, which is this user's alone; an argument is everybody's.
        start.Environment["VAULT_DEV_ROOT_TOKEN_ID"] = start.Environment["BAO_DEV_ROOT_TOKEN_ID"] = Encoding.ASCII.GetString(rootToken);
        process = new ComponentProcess(Name, await starter.StartAsync(start), new QuietStore(output));
        using var limit = new CancellationTokenSource(StartLimit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var healthy = HealthyAsync(both.Token);
        var exited = process.WaitForExitAsync();
        if (await Task.WhenAny(healthy, exited) == exited)
        {
            await both.CancelAsync();
            throw new StartupException($"--vault dev: '{program}' did not start: {process.LastError}");
        }

        try
        {
            await healthy;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new StartupException($"--vault dev: '{program}' did not answer at {Address} within {StartLimit.TotalSeconds:0} s");
        }

        output.State(Name, ComponentState.Healthy);
    }

    /// <summary>Has the broker set the store up; the broker must be healthy.</summary>
    public Task BootstrapAsync(CancellationToken cancellationToken) =>
        new VaultSetup(layout.RunDirectory).RunAsync(rootToken, File.ReadAllText(policyFile), Credentials, step => output.Log(Name, step), cancellationToken);

    /// <summary>Starts it again, empty and set up anew, whenever it ends.</summary>
    public async Task SuperviseAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await process!.WaitForExitAsync().WaitAsync(cancellationToken);
            output.State(Name, ComponentState.Crashed, process.LastError);
            await Task.Delay(BackOff, time, cancellationToken);
            await process.DisposeAsync();
            try
            {
                await StartAsync(cancellationToken);
                await BootstrapAsync(cancellationToken);
            }
            catch (StartupException error)
            {
                output.Log(Name, error.Message);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (process is not null)
        {
            await process.StopAsync(StopPatience, time);
            await process.DisposeAsync();
            output.State(Name, ComponentState.Stopped);
        }

        CryptographicOperations.ZeroMemory(rootToken);
        Credentials.Delete();
    }

    private async Task HealthyAsync(CancellationToken cancellationToken)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { BaseAddress = new Uri(Address) };
        while (!await AnswersAsync(http, cancellationToken))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(25), time, cancellationToken);
        }
    }

    private static async Task<bool> AnswersAsync(HttpClient http, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await http.GetAsync(new Uri("/v1/sys/health", UriKind.Relative), cancellationToken);
            return response.StatusCode is HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>A development server greets with its root token and unseal key: its standard output is not passed on, nor is any line that names them.</summary>
    private sealed class QuietStore(IHostOutput output) : IHostOutput
    {
        public void State(string component, ComponentState state, string? detail = null) => output.State(component, state, detail);

        public void Log(string component, string line)
        {
            if (line.Contains("[ERROR]", StringComparison.Ordinal) || line.Contains("[WARN]", StringComparison.Ordinal))
            {
                output.Log(component, line);
            }
        }

        public void Ready(string dataDirectory, Uri? console, TimeSpan took) => output.Ready(dataDirectory, console, took);

        public void Failed(string message) => output.Failed(message);

        public void Dispose()
        {
        }
    }
}
