namespace SecureAgent.ManifestChecks.Reading;

/// <summary>The input cannot be judged; the message says where and what to do.</summary>
public sealed class ManifestException(string message) : Exception(message);
