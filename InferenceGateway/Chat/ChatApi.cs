using SecureAgent.InferenceGateway.Dialects;
using SecureAgent.InferenceGateway.Dialects.Messages;
using SecureAgent.InferenceGateway.Dialects.Responses;
using SecureAgent.InferenceGateway.OpenAi;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.InferenceGateway.Chat;

/// <summary>The routes: one for each dialect, all to one endpoint.</summary>
internal static class ChatApi
{
    public static void MapChat(this IEndpointRouteBuilder routes)
    {
        var v1 = routes.MapGroup("/v1").ServeOn(ConnectionOrigin.Session);
        v1.MapDialect("/chat/completions", new ChatDialect());
        var messages = new MessagesDialect();
        v1.MapDialect("/messages", messages);
        v1.MapPost("/messages/count_tokens", (HttpContext context, CountEndpoint endpoint) => endpoint.ServeAsync(context, messages));
        v1.MapDialect("/responses", new ResponsesDialect(routes.ServiceProvider.GetRequiredService<TimeProvider>()));
        v1.MapGet("/models", (HttpContext context, ModelsEndpoint endpoint) => endpoint.ServeAsync(context, null));
        v1.MapGet("/models/{**id}", (HttpContext context, ModelsEndpoint endpoint, string id) => endpoint.ServeAsync(context, id));
        v1.MapFallback("/{**path}", (HttpContext context) => OpenAiError.NotFound(
            "Served here: GET /v1/models, POST /v1/chat/completions, POST /v1/messages, POST /v1/messages/count_tokens, POST /v1/responses.").WriteAsync(context));
    }

    private static void MapDialect(this RouteGroupBuilder v1, string route, IDialect dialect) =>
        v1.MapPost(route, (HttpContext context, ChatEndpoint endpoint) => endpoint.ServeAsync(context, dialect));
}
