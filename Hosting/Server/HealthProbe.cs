using System.Net;
using SecureAgent.Contracts;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.Hosting.Server;

/// <summary>Asks <c>/health</c> over a component's control socket.</summary>
internal sealed class HealthProbe(string runDirectory, TimeProvider time)
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(25);

    /// <summary>Completes when the component answers 200; runs until cancelled otherwise.</summary>
    public async Task WaitAsync(string component, CancellationToken cancellationToken)
    {
        using var client = ClientOf(component);
        while (!await IsHealthyAsync(client, cancellationToken))
        {
            await Task.Delay(Between, time, cancellationToken);
        }
    }

    public async Task<bool> IsHealthyAsync(string component, CancellationToken cancellationToken)
    {
        using var client = ClientOf(component);
        return await IsHealthyAsync(client, cancellationToken);
    }

    private HttpClient ClientOf(string component) => new(UnixSocketHttp.Handler(RunLayout.ControlSocket(runDirectory, component)));

    private static async Task<bool> IsHealthyAsync(HttpClient client, CancellationToken cancellationToken)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "http://component/health")
            {
                Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            };
            using var response = await client.SendAsync(request, cancellationToken);
            return response.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
