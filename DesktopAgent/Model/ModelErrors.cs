using System.ClientModel;
using System.Text.Json;

namespace SecureAgent.DesktopAgent.Model;

/// <summary>One line for whatever the model's side answered.</summary>
internal static class ModelErrors
{
    public static AgentException Unreachable(Uri address, Exception error) =>
        new($"the model at {address} cannot be reached ({error.InnerException?.Message ?? error.Message})", error);

    public static AgentException From(Uri address, ClientResultException error) =>
        error.GetRawResponse() is { } response
            ? new AgentException(Describe(response.Status, response.Content.ToArray()), error)
            : Unreachable(address, error);

    /// <param name="body">OpenAI's error object, ours with <c>ask</c>, or anything.</param>
    public static string Describe(int status, byte[] body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            var error = json.RootElement.GetProperty("error");
            var code = error.TryGetProperty("code", out var c) ? c.ToString() : "";
            return $"the model call was refused ({status} {code}): {error.GetProperty("message").GetString()}";
        }
        catch (Exception problem) when (problem is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return $"the model answered {status}";
        }
    }
}
