using System.Net.Http.Headers;
using Microsoft.Extensions.Configuration;
using SecureAgent.Contracts;

namespace SecureAgent.ServiceDefaults.Identity;

/// <summary>
/// Adds this component's service token for one callee to every request, read afresh from the file the host (or the kubelet) keeps
/// renewing: <c>$SECUREAGENT_TOKEN_DIR/AUDIENCE</c>.
/// </summary>
public sealed class ServiceTokenHandler(string tokenDirectory, string audience) : DelegatingHandler
{
    public static ServiceTokenHandler For(IConfiguration configuration, string audience) =>
        new(configuration[HostEnvironment.TokenDirectory] ?? "", audience);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var token = await File.ReadAllTextAsync(Path.Combine(tokenDirectory, audience), cancellationToken);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.Trim());
        return await base.SendAsync(request, cancellationToken);
    }
}
