using Grpc.Core;
using Grpc.Net.Client;
using SecureAgent.Contracts;
using SecureAgent.Contracts.Runner.V1;
using SecureAgent.ServiceDefaults.Hosting;
using SecureAgent.ServiceDefaults.Identity;

namespace SecureAgent.Console.Runner;

/// <summary>The runner's service endpoint, under the console's service token. It opens nothing without an operator's key.</summary>
internal sealed class RunnerChannel : IDisposable
{
    private readonly GrpcChannel channel;

    public RunnerChannel(IConfiguration configuration) => channel = ServiceChannel.To(ComponentNames.AgentRunner, configuration)
        ?? throw new StartupException($"services__{ComponentNames.AgentRunner}__http__0 is not set; this process is started by the AppHost: dotnet run --project AppHost");

    public Logins.LoginsClient Logins => new(channel);

    public AgentRunner.AgentRunnerClient Runner => new(channel);

    public CallInvoker Invoker => channel.CreateCallInvoker();

    public static Metadata As(string key) => new() { { GateHeaders.OperatorSession, key } };

    public void Dispose() => channel.Dispose();
}
