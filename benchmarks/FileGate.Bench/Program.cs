using SecureAgent.Bench;
using SecureAgent.FileGate.Bench;

RelayProgram.Prepare(args);
return args switch
{
    [RelayProgram.Command, var socket] => await RelayProgram.RunAsync(socket),
    [RelayProgram.Given, var socket] => await RelayProgram.RunAsync(socket, given: true),
    [InsideProgram.Command, var session, var plainSession] => await InsideProgram.RunAsync(session, plainSession),
    _ => await FileGateBench.RunAsync(BenchOptions.Parse(args)),
};
