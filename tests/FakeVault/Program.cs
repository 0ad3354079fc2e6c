using SecureAgent.Testing.Vault;

// As a program it takes a development server's arguments: server -dev -dev-listen-address=127.0.0.1:PORT -dev-no-store-token
const string Listen = "-dev-listen-address=127.0.0.1:";
if (args is not ["server", "-dev", ..] || args.FirstOrDefault(arg => arg.StartsWith(Listen, StringComparison.Ordinal)) is not { } listen
    || Environment.GetEnvironmentVariables()["VAULT_DEV_ROOT_TOKEN_ID"] is not string root)
{
    await Console.Error.WriteLineAsync("usage: VAULT_DEV_ROOT_TOKEN_ID=TOKEN FakeVault server -dev -dev-listen-address=127.0.0.1:PORT");
    return 2;
}

await using var vault = await FakeVault.StartAsync(int.Parse(listen[Listen.Length..], System.Globalization.CultureInfo.InvariantCulture));
vault.State.RootToken = root;
var ended = new TaskCompletionSource();
using var terminate = System.Runtime.InteropServices.PosixSignalRegistration.Create(System.Runtime.InteropServices.PosixSignal.SIGTERM, signal =>
{
    signal.Cancel = true;
    ended.TrySetResult();
});
await ended.Task;
return 0;
