using System.Text;
using Google.Protobuf;

namespace SecureAgent.EndToEnd.Tests;

/// <summary>OTLP over HTTP into a collector of our own: one trace from the command line to the gates.</summary>
public sealed class TracingTests
{
    [Fact]
    public async Task OneTrace_SpansTheWholeSession()
    {
        await using var collector = await Origin.StartAsync();
        var data = Directory.CreateTempSubdirectory("sa-trace-").FullName;

        var outcome = await Product.RunAsync(
            "dotnet",
            [Product.Cli, "run", "--data", data, "--workspace", Product.Notes, "--", "sh", "-c", "curl -s http://127.0.0.1:8081/v1/list/; curl -s http://127.0.0.1:11434/v1/models"],
            environment: new Dictionary<string, string>
            {
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://127.0.0.1:{collector.HttpPort}",
                ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            });

        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        var spans = collector.Requests.Where(request => request.Path == "/v1/traces").SelectMany(request => Otlp.Spans(request.Body)).ToList();
        var root = spans.Single(span => span.Name == "secure-agent run");
        var services = spans.Where(span => span.TraceId == root.TraceId).Select(span => span.Service).ToHashSet();
        Assert.Superset(new HashSet<string> { "secure-agent", "agent-runner", "file-gate", "inference-gateway" }, services);
        Directory.Delete(data, recursive: true);
    }

    /// <summary>Reads the few fields needed from an ExportTraceServiceRequest (opentelemetry-proto, trace/v1).</summary>
    private static class Otlp
    {
        private const int ResourceSpans = 1, Resource = 1, Attributes = 1, ScopeSpans = 2, Span = 2, TraceId = 1, Name = 5, Key = 1, Value = 2, StringValue = 1;

        public static IEnumerable<(string Service, string TraceId, string Name)> Spans(byte[] body)
        {
            foreach (var resource in Fields(body, ResourceSpans))
            {
                var service = Fields(resource, Resource).SelectMany(r => Fields(r, Attributes))
                    .Where(attribute => Text(attribute, Key) == "service.name").Select(attribute => Text(Fields(attribute, Value).Single(), StringValue)).Single();
                foreach (var span in Fields(resource, ScopeSpans).SelectMany(scope => Fields(scope, Span)))
                {
                    yield return (service, Convert.ToHexString(Fields(span, TraceId).Single()), Text(span, Name));
                }
            }
        }

        private static string Text(byte[] message, int field) => Encoding.UTF8.GetString(Fields(message, field).Single());

        private static List<byte[]> Fields(byte[] message, int field)
        {
            var found = new List<byte[]>();
            var input = new CodedInputStream(message);
            uint tag;
            while ((tag = input.ReadTag()) != 0)
            {
                if (WireFormat.GetTagFieldNumber(tag) == field && WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited)
                {
                    found.Add(input.ReadBytes().ToByteArray());
                }
                else
                {
                    input.SkipLastField();
                }
            }

            return found;
        }
    }
}
