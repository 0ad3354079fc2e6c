using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using SecureAgent.Policy;
using SecureAgent.SecretBroker.Leases;
using SecureAgent.ServiceDefaults.Audit;
using SecureAgent.ServiceDefaults.Hosting;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.SecretBroker.AgentDoor;

/// <summary>
/// The sandbox's door: the part of Vault's HTTP API that reads KV version 2 at the mount <c>secret</c>, so that <c>vault kv get secret/NAME</c> and every
/// client of it work. Who asks is told by the socket; tokens are not looked at.
/// </summary>
internal static class AgentDoor
{
    private const string Field = "value";

    public static void MapAgentDoor(this IEndpointRouteBuilder routes)
    {
        var v1 = routes.MapGroup("/v1").ServeOn(ConnectionOrigin.Session);
        v1.MapGet("/sys/health", () => Results.Json(new { initialized = true, @sealed = false, standby = false }));
        v1.MapGet("/sys/internal/ui/mounts/{**path}", () => Results.Json(new { data = new { path = "secret/", type = "kv", options = new { version = "2" } } }));
        v1.MapMethods("/secret/metadata", ["GET", "LIST"], (HttpContext context, AgentSecrets secrets) => Results.Json(new { data = new { keys = secrets.List(context.Session()) } }));
        v1.MapGet("/secret/data/{name}", GetAsync);
        v1.MapFallback("/{**path}", () => Refusal(StatusCodes.Status403Forbidden, "permission denied"));
    }

    private static async Task<IResult> GetAsync(HttpContext context, string name, AgentSecrets secrets)
    {
        try
        {
            using var issued = await secrets.DrawAsync(context.Session(), name, context.RequestAborted);
            if (!Utf8.IsValid(issued.Secret.Value.Bytes))
            {
                return Refusal(StatusCodes.Status500InternalServerError, $"'{name}' is not text; it cannot be delivered to the agent");
            }

            await WriteAsync(context.Response, issued);
            return Results.Empty;
        }
        catch (LeaseRefusedException refused)
        {
            return refused.Reason is ReasonCode.SecretUnavailable
                ? Refusal(StatusCodes.Status503ServiceUnavailable, refused.Reason.Name())
                : Refusal(StatusCodes.Status403Forbidden, $"permission denied: {refused.Reason.Name()}");
        }
        catch (AuditUnavailableException)
        {
            return Refusal(StatusCodes.Status503ServiceUnavailable, ReasonCode.AuditUnavailable.Name());
        }
    }

    /// <summary>Written straight into the response's buffer: the value never becomes text.</summary>
    private static async Task WriteAsync(HttpResponse response, IssuedLease issued)
    {
        response.ContentType = "application/json";
        response.Headers.CacheControl = "no-store";
        await using (var json = new Utf8JsonWriter((IBufferWriter<byte>)response.BodyWriter))
        {
            json.WriteStartObject();
            json.WriteString("lease_id", "");
            json.WriteBoolean("renewable", false);
            json.WriteNumber("lease_duration", (long)issued.Grant.Ttl.TotalSeconds);
            json.WriteStartObject("data");
            json.WriteStartObject("data");
            json.WriteString(Field, issued.Secret.Value.Bytes);
            json.WriteEndObject();
            json.WriteStartObject("metadata");
            json.WriteNumber("version", issued.Secret.Version);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
        }

        await response.BodyWriter.FlushAsync();
    }

    private static IResult Refusal(int status, string error) => Results.Json(new { errors = new[] { error } }, statusCode: status);
}
