using SecureAgent.DesktopAgent.Run;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, signal) =>
{
    signal.Cancel = true;
    stop.Cancel();
};
return await Entry.RunAsync(args, Environment.GetEnvironmentVariables(), Console.Out, Console.Error, stop.Token);
