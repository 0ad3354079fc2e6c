using System.Net;
using Grpc.Core;
using Grpc.Net.Client;
using SecureAgent.Contracts;
using SecureAgent.Contracts.Changes.V1;
using SecureAgent.Contracts.Gate.V1;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.AgentRunner.Gates;

/// <summary>The gates of this server, by their control sockets. A session is open on all of them or does not exist.</summary>
internal sealed class GateSet : IDisposable
{
    public static readonly IReadOnlyList<string> Names =
        [ComponentNames.FileGate, ComponentNames.EgressProxy, ComponentNames.InferenceGateway, ComponentNames.SecretBroker];

    private static readonly TimeSpan OpenLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan CopyLimit = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan HealthLimit = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, (GrpcChannel Channel, GateControl.GateControlClient Client, HttpClient Http)> gates;
    private readonly TimeProvider time;
    private readonly ILogger<GateSet> log;

    public GateSet(ComponentContext component, TimeProvider time, ILogger<GateSet> log)
    {
        (this.time, this.log) = (time, log);
        gates = Names.ToDictionary(name => name, name =>
        {
            var socket = RunLayout.ControlSocket(component.RunDirectory, name);
            var channel = GrpcChannel.ForAddress("http://gate", new GrpcChannelOptions { HttpHandler = UnixSocketHttp.Handler(socket) });
            var http = new HttpClient(UnixSocketHttp.Handler(socket))
            {
                BaseAddress = new Uri("http://gate"), DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
            };
            return (channel, new GateControl.GateControlClient(channel), http);
        }, StringComparer.Ordinal);
    }

    /// <summary>Opens the session everywhere. Throws <see cref="GateException"/> with the gate's own words; what was opened is the caller's to close.</summary>
    /// <returns>The gates' answers, in the order of <see cref="Names"/>.</returns>
    /// <param name="copies">The session's files are copied before it opens.</param>
    public Task<OpenSessionResponse[]> OpenAsync(OpenSessionRequest request, bool copies, CancellationToken cancellationToken) => Task.WhenAll(Names.Select(async name =>
    {
        var healthy = IsHealthyAsync(name, cancellationToken); // beside the opening: one round trip less before the agent runs
        try
        {
            var opened = await gates[name].Client.OpenSessionAsync(request, deadline: Deadline(copies ? CopyLimit : OpenLimit), cancellationToken: cancellationToken);
            return await healthy ? opened : throw Unhealthy(name);
        }
        catch (RpcException failure)
        {
            throw await healthy ? new GateException(name, failure.StatusCode, failure.Status.Detail, failure) : Unhealthy(name);
        }
    }));

    /// <summary>Takes the private copy of a session back when nothing of its sandbox runs any more. Throws <see cref="GateException"/>.</summary>
    public async Task<CollectResponse> CollectAsync(string sessionId)
    {
        try
        {
            return await new WorkspaceCopies.WorkspaceCopiesClient(gates[ComponentNames.FileGate].Channel)
                .CollectAsync(new CollectRequest { SessionId = sessionId }, deadline: Deadline(CopyLimit));
        }
        catch (RpcException failure)
        {
            throw new GateException(ComponentNames.FileGate, failure.StatusCode, failure.Status.Detail, failure);
        }
    }

    /// <summary>Cuts the session everywhere. A gate that does not answer is dead, and its sockets with it.</summary>
    public Task CloseAsync(string sessionId, string reason) => Task.WhenAll(Names.Select(async name =>
    {
        try
        {
            await gates[name].Client.CloseSessionAsync(new CloseSessionRequest { SessionId = sessionId, Reason = reason }, deadline: Deadline(CloseLimit));
        }
        catch (RpcException failure)
        {
            log.GateDidNotClose(name, sessionId, failure.Status.Detail);
        }
    }));

    /// <summary>Cuts the session everywhere and keeps it cut. A gate that does not answer is dead, and its sockets with it.</summary>
    public Task FreezeAsync(string sessionId) => Task.WhenAll(Names.Select(async name =>
    {
        try
        {
            await gates[name].Client.FreezeSessionAsync(new FreezeSessionRequest { SessionId = sessionId }, deadline: Deadline(CloseLimit));
        }
        catch (RpcException failure)
        {
            log.GateDidNotFreeze(name, sessionId, failure.Status.Detail);
        }
    }));

    /// <summary>Serves the session again where it is open; on a gate that restarted meanwhile it stays denied.</summary>
    public Task ThawAsync(string sessionId) => Task.WhenAll(Names.Select(async name =>
    {
        try
        {
            await gates[name].Client.ThawSessionAsync(new ThawSessionRequest { SessionId = sessionId }, deadline: Deadline(CloseLimit));
        }
        catch (RpcException failure)
        {
            log.GateDidNotThaw(name, sessionId, failure.Status.Detail);
        }
    }));

    /// <summary>Has every gate take the profile, or only say whether it would. Throws <see cref="GateException"/> with a gate's own words.</summary>
    public Task ChangePolicyAsync(ChangePolicyRequest request) => Task.WhenAll(Names.Select(async name =>
    {
        try
        {
            await gates[name].Client.ChangePolicyAsync(request, deadline: Deadline(CloseLimit));
        }
        catch (RpcException failure)
        {
            throw new GateException(name, failure.StatusCode, failure.Status.Detail, failure);
        }
    }));

    /// <summary>Tells a gate the operator's word. Throws <see cref="GateException"/> when nothing waits for it any more, or the gate is not there.</summary>
    public async Task AnswerAsync(string name, AnswerRequest request)
    {
        try
        {
            await gates[name].Client.AnswerAsync(request, deadline: Deadline(CloseLimit));
        }
        catch (RpcException failure)
        {
            throw new GateException(name, failure.StatusCode, failure.Status.Detail, failure);
        }
    }

    /// <summary>A gate's alarms and questions until it, or the caller, stops. Throws <see cref="RpcException"/> when the gate is not there.</summary>
    public IAsyncEnumerable<GateEvent> WatchAsync(string name, CancellationToken cancellationToken) =>
        gates[name].Client.Watch(new WatchRequest(), cancellationToken: cancellationToken).ResponseStream.ReadAllAsync(cancellationToken);

    /// <summary>A runner that has just started owns no session: whatever the gates still have open belonged to one that is gone.</summary>
    public Task CloseAllAsync() => Task.WhenAll(Names.Select(async name =>
    {
        try
        {
            await gates[name].Client.CloseAllAsync(new CloseAllRequest(), deadline: Deadline(CloseLimit));
        }
        catch (RpcException failure)
        {
            // Not up yet, most likely: then it has no sessions either.
            log.GateDidNotClose(name, "*", failure.Status.Detail);
        }
    }));

    public async Task<IReadOnlyDictionary<string, bool>> HealthAsync(CancellationToken cancellationToken)
    {
        var states = await Task.WhenAll(Names.Select(async name => (name, await IsHealthyAsync(name, cancellationToken))));
        return states.ToDictionary(state => state.name, state => state.Item2, StringComparer.Ordinal);
    }

    public void Dispose()
    {
        foreach (var (channel, _, http) in gates.Values)
        {
            channel.Dispose();
            http.Dispose();
        }
    }

    private static GateException Unhealthy(string name) =>
        new(name, StatusCode.Unavailable, "it is not healthy; the server restarts it, try again in a moment (its log says why)");

    private async Task<bool> IsHealthyAsync(string name, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(HealthLimit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var answer = await gates[name].Http.GetAsync(new Uri("/health", UriKind.Relative), both.Token);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private DateTime Deadline(TimeSpan limit) => time.GetUtcNow().UtcDateTime + limit;
}

/// <summary>A gate does not take the session.</summary>
internal sealed class GateException(string gate, StatusCode status, string words, Exception? inner = null) : Exception($"{gate}: {words}", inner)
{
    public string Gate { get; } = gate;

    public StatusCode Status { get; } = status;
}
