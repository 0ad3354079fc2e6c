using System.Text.Encodings.Web;
using System.Text.Json;
using SecureAgent.Kubernetes.Output;
using SecureAgent.Kubernetes.Publishing;

namespace SecureAgent.Kubernetes.Parity;

/// <summary>One request that the laptop and the cluster answer differently, and why that is as meant; no reason is a fault.</summary>
internal sealed record Difference(string Network, string Question, bool Laptop, bool Cluster, string? Reason);

/// <param name="Asked">How many requests were asked.</param>
/// <param name="Allowed">How many of them both sides allow.</param>
internal sealed record ParityReport(int Asked, int Allowed, IReadOnlyList<Difference> Differences)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public IEnumerable<Difference> Unexplained => Differences.Where(difference => difference.Reason is null);

    public string Text => JsonSerializer.Serialize(new { Asked, Allowed, Unexplained = Unexplained.Count(), Differences }, Json) + "\n";

    public static ParityReport Of(Plan plan, IReadOnlyList<ManifestFile> files)
    {
        var laptop = new LaptopModel(plan);
        var rows = new[] { "cilium", "portable" }.SelectMany(network =>
        {
            var cluster = new ClusterModel(files, network);
            return Questions.Connections(plan).Select(question => (Text: question.ToString(), Laptop: laptop.Allows(question), Cluster: cluster.Allows(question), Reason: Explanations.Of(plan, question, network), Network: network))
                .Concat(network == "portable" ? [] : Questions.Requests(plan).Select(request => (Text: request.ToString(), Laptop: laptop.Allows(request), Cluster: cluster.Allows(request), Reason: (string?)null, Network: "api-server")));
        }).ToList();
        return new ParityReport(
            rows.Count,
            rows.Count(row => row.Laptop && row.Cluster),
            [.. rows.Where(row => row.Laptop != row.Cluster).Select(row => new Difference(row.Network, row.Text, row.Laptop, row.Cluster, row.Reason))]);
    }
}
