using SecureAgent.Relay;
using SecureAgent.ServiceDefaults.Hosting;

try
{
    await using var app = RelayHosting.Create(args);
    await app.RunAsync();
    return 0;
}
catch (Exception error) when (error is StartupException or IOException)
{
    await Console.Error.WriteLineAsync($"relay: {StartupFailure.Describe(error)}");
    return StartupException.ExitCode;
}
