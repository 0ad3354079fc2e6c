using SecureAgent.Sandbox.Bench;
using RelayProgram = SecureAgent.Bench.RelayProgram;

RelayProgram.Prepare(args);
return args switch
{
    [RelayProgram.Command, var socket] => await RelayProgram.RunAsync(socket),
    _ => await SandboxBench.RunAsync(BenchOptions.Parse(args)),
};
