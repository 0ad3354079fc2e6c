using System.Net.ServerSentEvents;

namespace SecureAgent.InferenceGateway.Tests;

internal static class ServerSentEvents
{
    public static async Task<List<string>> ReadAsync(HttpResponseMessage response)
    {
        var events = new List<string>();
        await foreach (var item in SseParser.Create(await response.Content.ReadAsStreamAsync()).EnumerateAsync())
        {
            events.Add(item.Data);
        }

        return events;
    }
}
