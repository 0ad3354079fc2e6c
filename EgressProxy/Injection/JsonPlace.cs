using System.Text.Json;

namespace SecureAgent.EgressProxy.Injection;

/// <summary>Where in a JSON document its reader stands.</summary>
internal sealed class JsonPlace
{
    /// <summary>One for each object or list around, the outermost first: the field named last in it; null in a list, and for a name that could be taken for two.</summary>
    private readonly List<string?> names = [];

    /// <summary>Where the name of the current field begins, in bytes.</summary>
    public int NameAt { get; private set; }

    /// <summary>Names from the outermost object on, joined with dots; null where there is no such name.</summary>
    public string? Name => names.Count == 0 || names.Contains(null) ? null : string.Join('.', names);

    public void Take(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject or JsonTokenType.StartArray:
                names.Add(null);
                break;
            case JsonTokenType.EndObject or JsonTokenType.EndArray:
                names.RemoveAt(names.Count - 1);
                break;
            case JsonTokenType.PropertyName:
                NameAt = (int)reader.TokenStartIndex;
                names[^1] = reader.GetString() is { Length: > 0 } name && !name.Contains('.', StringComparison.Ordinal) ? name : null;
                break;
            default:
                break;
        }
    }
}
