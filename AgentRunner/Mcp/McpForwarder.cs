using System.Globalization;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using SecureAgent.AgentRunner.Sessions;

namespace SecureAgent.AgentRunner.Mcp;

/// <summary>Requests of the agent to one server: on record, passed on, and when the server is gone, told so.</summary>
internal sealed class McpForwarder(McpClient client, AgentSession server, McpRecords records)
{
    /// <summary>What the server says that it can do, and nothing else.</summary>
    public void AddTo(IMcpServerBuilder mcp, ServerCapabilities can)
    {
        if (can.Tools is not null)
        {
            mcp.WithListToolsHandler((request, cancel) => ForwardAsync<ListToolsRequestParams, ListToolsResult>(RequestMethods.ToolsList, "", request.Params, cancel));
            mcp.WithCallToolHandler((request, cancel) => CallAsync(request.Params, cancel));
        }

        if (can.Prompts is not null)
        {
            mcp.WithListPromptsHandler((request, cancel) => ForwardAsync<ListPromptsRequestParams, ListPromptsResult>(RequestMethods.PromptsList, "", request.Params, cancel));
            mcp.WithGetPromptHandler((request, cancel) => ForwardAsync<GetPromptRequestParams, GetPromptResult>(RequestMethods.PromptsGet, request.Params?.Name, request.Params, cancel));
        }

        if (can.Resources is not null)
        {
            mcp.WithListResourcesHandler((request, cancel) => ForwardAsync<ListResourcesRequestParams, ListResourcesResult>(RequestMethods.ResourcesList, "", request.Params, cancel));
            mcp.WithListResourceTemplatesHandler((request, cancel) =>
                ForwardAsync<ListResourceTemplatesRequestParams, ListResourceTemplatesResult>(RequestMethods.ResourcesTemplatesList, "", request.Params, cancel));
            mcp.WithReadResourceHandler((request, cancel) => ForwardAsync<ReadResourceRequestParams, ReadResourceResult>(RequestMethods.ResourcesRead, request.Params?.Uri, request.Params, cancel));
        }
    }

    /// <summary>A model sees the answer of a tool, not the error of a protocol.</summary>
    private async ValueTask<CallToolResult> CallAsync(CallToolRequestParams? parameters, CancellationToken cancellationToken)
    {
        try
        {
            return await ForwardAsync<CallToolRequestParams, CallToolResult>(RequestMethods.ToolsCall, parameters?.Name, parameters, cancellationToken);
        }
        catch (McpException gone) when (gone is not McpProtocolException)
        {
            return new CallToolResult { IsError = true, Content = [new TextContentBlock { Text = gone.Message }] };
        }
    }

    private async ValueTask<TResult> ForwardAsync<TParams, TResult>(string method, string? subject, TParams? parameters, CancellationToken cancellationToken)
        where TParams : class
        where TResult : notnull
    {
        var named = parameters ?? throw new McpProtocolException($"{method} needs parameters", McpErrorCode.InvalidParams);
        records.Asked(method, subject ?? "");
        try
        {
            return await client.SendRequestAsync<TParams, TResult>(method, named, cancellationToken: cancellationToken);
        }
        catch (McpProtocolException)
        {
            throw; // the server's own error
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            var how = await server.EndWithinAsync(McpBridge.EndPatience, cancellationToken) is { } end
                ? string.Create(CultureInfo.InvariantCulture, $"has ended (exit code {end.ExitCode}, {end.EndReason}) and is not started again in this session")
                : $"does not answer: {failure.Message}";
            throw new McpException($"MCP server '{server.Plan.Server}' {how}.", failure);
        }
    }
}
