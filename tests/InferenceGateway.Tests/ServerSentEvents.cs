using System.Net.ServerSentEvents;
using System.Text.Json.Nodes;

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

    /// <summary>Events whose name stands in their data, too.</summary>
    public static async Task<List<JsonNode>> ReadTypedAsync(HttpResponseMessage response)
    {
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        var events = new List<JsonNode>();
        await foreach (var item in SseParser.Create(await response.Content.ReadAsStreamAsync()).EnumerateAsync())
        {
            var data = JsonNode.Parse(item.Data)!;
            Assert.Equal(item.EventType, data["type"]!.ToString());
            events.Add(data);
        }

        return events;
    }

    public static IEnumerable<string> Types(this IEnumerable<JsonNode> events) => events.Select(item => item["type"]!.ToString());
}
