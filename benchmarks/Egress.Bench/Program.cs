using SecureAgent.Bench;
using SecureAgent.Egress.Bench;

return await EgressBench.RunAsync(BenchOptions.Parse(args));
