using System.Buffers;
using System.Text.Json;
using SecureAgent.InferenceGateway.Backends;
using SecureAgent.InferenceGateway.OpenAi;
using SecureAgent.Policy.Inference;
using SecureAgent.ServiceDefaults.Audit;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.InferenceGateway.Chat;

/// <summary><c>GET /v1/models</c>: what the backend has and the profile allows. A model that is not allowed is as good as not there.</summary>
/// <remarks>One answer in the shapes of OpenAI and of Anthropic, whose members differ in name: a client reads its own.</remarks>
internal sealed class ModelsEndpoint(IModelBackend backend, InferenceAudit audit, ILogger<ModelsEndpoint> log)
{
    public async Task ServeAsync(HttpContext context, string? id)
    {
        var session = context.Session();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, session.Closed);
        var list = await backend.ListAsync(session, ended.Token);
        var shown = list.Models.Where(model => InferenceRules.DecideModel(session.Profile, model).IsAllowed).ToList();
        try
        {
            audit.Listed(session, backend.Name, shown.Count, list.Models.Count - shown.Count);
        }
        catch (AuditUnavailableException error)
        {
            log.AuditUnavailable(error, session.Id);
            await OpenAiError.AuditUnavailable().WriteAsync(context);
            return;
        }

        if (list.Error is { } failed)
        {
            await failed.WriteAsync(context);
        }
        else if (id is not null && !shown.Contains(id, StringComparer.Ordinal))
        {
            await OpenAiError.NotFound("There is no such model for this session.", "model").WriteAsync(context);
        }
        else
        {
            context.Response.ContentType = "application/json";
            await context.Response.Body.WriteAsync(id is null ? List(shown) : Write(json => Model(json, id)), context.RequestAborted);
        }
    }

    private ReadOnlyMemory<byte> List(List<string> models) => Write(json =>
    {
        json.WriteStartObject();
        json.WriteString("object", "list");
        json.WriteStartArray("data");
        foreach (var model in models)
        {
            Model(json, model);
        }

        json.WriteEndArray();
        json.WriteBoolean("has_more", false);
        json.WriteString("first_id", models.FirstOrDefault());
        json.WriteString("last_id", models.LastOrDefault());
        json.WriteEndObject();
    });

    private void Model(Utf8JsonWriter json, string id)
    {
        json.WriteStartObject();
        json.WriteString("id", id);
        json.WriteString("object", "model");
        json.WriteString("type", "model");
        json.WriteString("display_name", id);
        json.WriteNumber("created", 0);
        json.WriteString("created_at", DateTimeOffset.UnixEpoch);
        json.WriteString("owned_by", backend.Name);
        json.WriteEndObject();
    }

    private static ReadOnlyMemory<byte> Write(Action<Utf8JsonWriter> content)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            content(json);
        }

        return buffer.WrittenMemory;
    }
}
