using System.Text.Encodings.Web;
using System.Text.Json;
using SecureAgent.Kubernetes.Output;
using SecureAgent.Kubernetes.Publishing;

namespace SecureAgent.Kubernetes.Parity;

/// <summary>One request that the laptop and the cluster answer differently, and why that is as meant; no reason is a fault.</summary>
internal sealed record Difference(string Layer, string Question, bool Laptop, bool Cluster, string? Reason);

/// <param name="Asked">How many requests were asked.</param>
/// <param name="Allowed">How many of them both sides allow.</param>
internal sealed record ParityReport(int Asked, int Allowed, IReadOnlyList<Difference> Differences)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly string[] Networks = ["cilium", "portable"];

    public IEnumerable<Difference> Unexplained => Differences.Where(difference => difference.Reason is null);

    public string Text => JsonSerializer.Serialize(new { Asked, Allowed, Unexplained = Unexplained.Count(), Differences }, Json) + "\n";

    public static ParityReport Of(Plan plan, IReadOnlyList<ManifestFile> files)
    {
        var laptop = new LaptopModel(plan);
        var cluster = Networks.ToDictionary(network => network, network => new ClusterModel(files, network), StringComparer.Ordinal);
        var any = cluster[Networks[0]];
        List<Row> rows =
        [
            .. Networks.SelectMany(network => Questions.Connections(plan)
                .Select(question => new Row(network, question.ToString(), laptop.Allows(question), cluster[network].Allows(question), allowed => Explanations.Of(plan, question, network, allowed)))),
            .. Questions.Requests(plan).Select(request => new Row("api-server", request.ToString(), laptop.Allows(request), any.Allows(request), _ => null)),
            .. PodShapes.Of(plan).Select(shape => new Row(Word(shape.Layer), shape.ToString(), LaptopModel.Allows(shape), any.Allows(plan, shape), _ => null)),
            .. Amounts.Of(plan).Select(amount => new Row("limits", amount.ToString(), laptop.Allows(amount), any.Allows(amount), allowed => Explanations.Of(amount, allowed))),
        ];
        return new ParityReport(
            rows.Count,
            rows.Count(row => row.Laptop && row.Cluster),
            [.. rows.Where(row => row.Laptop != row.Cluster).Select(row => new Difference(row.Layer, row.Text, row.Laptop, row.Cluster, row.Reason(row.Cluster)))]);
    }

    private static string Word(PodLayer layer) => layer == PodLayer.PodSecurity ? "pod-security" : "admission";

    private sealed record Row(string Layer, string Text, bool Laptop, bool Cluster, Func<bool, string?> Reason);
}
