using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using SecureAgent.InferenceGateway.Dialects;
using SecureAgent.InferenceGateway.Dialects.Messages;
using SecureAgent.InferenceGateway.Dialects.Responses;
using SecureAgent.InferenceGateway.OpenAi;

namespace SecureAgent.InferenceGateway.Tests.Dialects;

/// <summary>Whatever stands at whatever place of a body: it is a chat request, or refused with a field that is named.</summary>
public sealed class AnyBodyTests
{
    private const string Messages = """
        {"model":"m","max_tokens":5,"stream":true,"temperature":1,"stop_sequences":["x"],"system":[{"type":"text","text":"s"}],"mcp_servers":[],"container":null,"output_config":{"format":{"type":"json_schema","schema":{}}},
         "tools":[{"name":"t","description":"d","input_schema":{"type":"object"}}],"tool_choice":{"type":"tool","name":"t","disable_parallel_tool_use":true},
         "messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"A"}}]},
          {"role":"assistant","content":[{"type":"thinking","thinking":"h"},{"type":"tool_use","id":"i","name":"t","input":{"a":[1]}}]},
          {"role":"user","content":[{"type":"tool_result","tool_use_id":"i","is_error":true,"content":[{"type":"text","text":"r"}]}]},{"role":"system","content":"z"}]}
        """;

    private const string Responses = """
        {"model":"m","max_output_tokens":5,"stream":true,"store":false,"background":false,"instructions":"i","reasoning":{"effort":"low"},"text":{"verbosity":"low","format":{"type":"json_schema","name":"n","schema":{}}},
         "tools":[{"type":"function","name":"t","parameters":{}},{"type":"namespace","name":"n","tools":[{"type":"function","name":"t"}]}],"tool_choice":{"type":"function","name":"t"},"parallel_tool_calls":true,
         "input":[{"role":"developer","content":"d"},{"type":"message","role":"user","content":[{"type":"input_text","text":"a"},{"type":"input_image","image_url":"data:x"}]},{"type":"reasoning"},
          {"type":"message","role":"assistant","content":[{"type":"output_text","text":"o"},{"type":"refusal","refusal":"r"}]},{"type":"function_call","call_id":"c","namespace":"n","name":"t","arguments":"{}"},
          {"type":"function_call_output","call_id":"c","output":[{"type":"input_text","text":"x"}]}]}
        """;

    private static readonly string[] Fragments =
        ["null", "true", "7", "-1", "1e99", "\"\"", "\"x\"", "\"text\"", "\"tool_use\"", "\"tool_result\"", "\"function_call\"", "\"assistant\"", "[]", "{}", "[[]]", "[7]", "[\"x\"]", """[{"type":"text"}]""", """{"type":7}""",
         """[{"role":"assistant","content":[]}]""", """{"type":"text","text":"y"}"""];

    public static TheoryData<string> Names => ["messages", "responses"];

    [Theory]
    [MemberData(nameof(Names))]
    public void Body_AsItIs_IsAChatRequest(string name) => Assert.True(Read(name, JsonElement.Parse(Body(name))));

    [Theory]
    [MemberData(nameof(Names))]
    public void Body_WithAnythingAnywhere_IsReadOrRefused(string name)
    {
        var (read, refused) = (0, 0);
        Gen.Select(Gen.Int[0, 10_000], Gen.Int[0, Fragments.Length - 1], Gen.Bool).Array[1, 3].Sample(
            changes =>
            {
                var body = JsonNode.Parse(Body(name))!;
                foreach (var (place, fragment, isRemoved) in changes)
                {
                    Change(body, place, isRemoved ? null : Fragments[fragment]);
                }

                _ = Read(name, JsonElement.Parse(body.ToJsonString())) ? Interlocked.Increment(ref read) : Interlocked.Increment(ref refused);
            },
            iter: 5_000);
        Assert.True(read > 100 && refused > 100, $"{read} read, {refused} refused");
    }

    private static string Body(string name) => name == "messages" ? Messages : Responses;

    private static bool Read(string name, JsonElement body)
    {
        IDialect dialect = name == "messages" ? new MessagesDialect() : new ResponsesDialect(TimeProvider.System);
        try
        {
            if (!ChatRequestReader.TryRead(dialect.ToChat(body), out var request, out var error))
            {
                Assert.NotEmpty(error.Param!);
                return false;
            }

            // What was read can be answered.
            _ = dialect.Events(request with { Asked = body }, 1).Begin().Count();
            return true;
        }
        catch (RequestRefusedException refused)
        {
            Assert.Contains($"'{refused.Error.Param}'", refused.Error.Message, StringComparison.Ordinal);
            return false;
        }
    }

    private static void Change(JsonNode body, int place, string? fragment)
    {
        var nodes = Below(body).ToList();
        var node = nodes[place % nodes.Count];
        switch (node.Parent)
        {
            case JsonObject parent when fragment is null:
                parent.Remove(node.GetPropertyName());
                break;
            case JsonArray parent when fragment is null:
                parent.Remove(node);
                break;
            default:
                node.ReplaceWith(JsonNode.Parse(fragment ?? "{}"));
                break;
        }
    }

    private static IEnumerable<JsonNode> Below(JsonNode node) => (node switch
    {
        JsonObject members => members.Select(member => member.Value),
        JsonArray items => items,
        _ => [],
    }).OfType<JsonNode>().SelectMany(child => Below(child).Prepend(child));
}
