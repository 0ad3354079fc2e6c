using SecureAgent.Bench;
using SecureAgent.Egress.Bench;

return args is [BareProxy.Verb, var socket, var certificate, var url]
    ? await BareProxy.RunAsync(socket, certificate, url)
    : await EgressBench.RunAsync(BenchOptions.Parse(args));
