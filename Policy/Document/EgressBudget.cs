namespace SecureAgent.Policy.Document;

/// <summary>What one session may use of its way out. A flow is a tunnel or an HTTP request, also each one in an inspected tunnel. Null is no limit.</summary>
/// <param name="Concurrent">Flows at one time.</param>
/// <param name="PerMinute">Flows begun in a minute.</param>
/// <param name="Total">Flows in all.</param>
/// <param name="UploadBytes">Bytes to destinations in all.</param>
/// <param name="DownloadBytes">Bytes from destinations in all.</param>
public sealed record EgressBudget(int? Concurrent, int? PerMinute, long? Total, long? UploadBytes, long? DownloadBytes)
{
    public static EgressBudget None { get; } = new(null, null, null, null, null);
}
