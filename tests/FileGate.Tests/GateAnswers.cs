using System.Text.Json;
using Grpc.Core;
using SecureAgent.Contracts;

namespace SecureAgent.FileGate.Tests;

internal static class GateAnswers
{
    public static string ReasonOf(RpcException refused) => refused.Trailers.GetValueBytes(GateHeaders.Refusal) is { } json
        ? JsonDocument.Parse(json).RootElement.GetProperty("error").GetProperty("reason").GetString()!
        : throw new InvalidOperationException($"{refused.StatusCode} without a refusal: {refused.Status.Detail}", refused);

    /// <summary>Reason of a refusal, or <c>ok</c>.</summary>
    public static async Task<string> ReasonOfAsync(HttpResponseMessage response)
    {
        if (response.IsSuccessStatusCode)
        {
            return "ok";
        }

        var body = await response.Content.ReadAsStringAsync();
        return body.Length == 0
            ? $"http {(int)response.StatusCode}"
            : JsonDocument.Parse(body).RootElement.GetProperty("error").GetProperty("reason").GetString()!;
    }

    /// <summary>A request whose target is sent exactly as written; <see cref="Uri"/> would resolve its dot segments.</summary>
    public static HttpRequestMessage Raw(string target, HttpMethod? method = null) =>
        new(method ?? HttpMethod.Get, new Uri("http://session" + target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
}
