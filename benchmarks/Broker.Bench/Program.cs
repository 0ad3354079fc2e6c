using SecureAgent.Broker.Bench;

return await BrokerBench.RunAsync(BenchOptions.Parse(args));
