using SecureAgent.Bench;
using SecureAgent.FileGate.Bench;

return await FileGateBench.RunAsync(BenchOptions.Parse(args));
