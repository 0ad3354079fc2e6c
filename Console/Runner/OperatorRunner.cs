using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.AspNetCore.Components.Authorization;
using SecureAgent.Console.Login;
using SecureAgent.Contracts;
using SecureAgent.Contracts.Runner.V1;

namespace SecureAgent.Console.Runner;

/// <summary>The operator's API on the word of the operator whose page this is.</summary>
internal sealed class OperatorRunner(RunnerChannel channel, AuthenticationStateProvider authentication)
{
    private AgentRunner.AgentRunnerClient? client;

    public async Task<AgentRunner.AgentRunnerClient> ClientAsync()
    {
        if (client is null)
        {
            var key = OperatorLogin.KeyOf((await authentication.GetAuthenticationStateAsync()).User);
            client = new AgentRunner.AgentRunnerClient(channel.Invoker.Intercept(headers =>
            {
                headers.Add(GateHeaders.OperatorSession, key);
                return headers;
            }));
        }

        return client;
    }
}
