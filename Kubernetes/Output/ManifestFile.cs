namespace SecureAgent.Kubernetes.Output;

/// <summary>One file of the output: a path with '/' and its whole text.</summary>
public sealed record ManifestFile(string Path, string Text);
