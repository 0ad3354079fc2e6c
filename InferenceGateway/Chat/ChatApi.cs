using SecureAgent.InferenceGateway.OpenAi;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.InferenceGateway.Chat;

/// <summary>The routes of the OpenAI-compatible surface.</summary>
internal static class ChatApi
{
    public static void MapChat(this IEndpointRouteBuilder routes)
    {
        var v1 = routes.MapGroup("/v1").ServeOn(ConnectionOrigin.Session);
        v1.MapPost("/chat/completions", (HttpContext context, ChatEndpoint endpoint) => endpoint.ServeAsync(context));
        v1.MapGet("/models", (HttpContext context, ModelsEndpoint endpoint) => endpoint.ServeAsync(context, null));
        v1.MapGet("/models/{**id}", (HttpContext context, ModelsEndpoint endpoint, string id) => endpoint.ServeAsync(context, id));
        v1.MapFallback("/{**path}", (HttpContext context) => OpenAiError.NotFound(
            "Served here: GET /v1/models, POST /v1/chat/completions.").WriteAsync(context));
    }
}
