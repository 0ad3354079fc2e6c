namespace SecureAgent.ManifestChecks.Reading;

/// <summary>One Kubernetes object and where it was written.</summary>
public sealed record ManifestObject(string File, ManifestNode Root)
{
    /// <summary>Directory of the kustomize component it is part of; null for what is always there.</summary>
    public string? Component { get; init; }

    public string ApiVersion => Root["apiVersion"].Text ?? "";

    public string Kind => Root["kind"].Text ?? "";

    public string Name => Root.At("metadata", "name").Text ?? Root.At("metadata", "generateName").Text ?? "";

    /// <summary>Empty when the manifest leaves it to whoever applies it.</summary>
    public string Namespace => Root.At("metadata", "namespace").Text ?? "";

    public string Group => ApiVersion.Contains('/', StringComparison.Ordinal) ? ApiVersion[..ApiVersion.IndexOf('/', StringComparison.Ordinal)] : "";

    public string Display => Namespace.Length == 0 ? $"{Kind} {Name}" : $"{Kind} {Namespace}/{Name}";
}
