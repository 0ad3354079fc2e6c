using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using SecureAgent.Policy.Document.Yaml;
using SecureAgent.Policy.Egress;
using SecureAgent.Policy.Globs;

namespace SecureAgent.Policy.Document.Types;

internal sealed class GlobType(GlobKind kind) : ValueType<Glob>
{
    public override string Text => kind == GlobKind.Path ? "path pattern" : "name pattern";

    public override bool TryRead(YamlNode node, Scope scope, [NotNullWhen(true)] out Glob? value)
    {
        value = null;
        if (!scope.TryScalar(node, "a pattern", out var scalar) || !TextType.IsString(scalar, scope))
        {
            return false;
        }

        if (Glob.TryParse(scalar.Value, kind, node.Line, out value, out var error))
        {
            return true;
        }

        scope.Error(node, $"pattern '{Display.Short(scalar.Value)}', character {error.Offset + 1}: {error.Message}");
        return false;
    }

    public override void WriteSchema(Utf8JsonWriter json)
    {
        json.WriteString("type", "string");
        json.WriteNumber("minLength", 1);
        json.WriteNumber("maxLength", Glob.MaxLength);
    }
}

internal sealed class UrlPathType : ValueType<UrlPathPattern>
{
    private static readonly TextType Form = new(Patterns.UrlPath);

    public override string Text => Form.Text;

    public override bool TryRead(YamlNode node, Scope scope, [NotNullWhen(true)] out UrlPathPattern? value)
    {
        value = null;
        if (!Form.TryRead(node, scope, out var text))
        {
            return false;
        }

        if (UrlPathPattern.TryParse(text, node.Line, out value, out var error))
        {
            return true;
        }

        scope.Error(node, $"pattern '{Display.Short(text)}', character {error.Offset + 1}: {error.Message}");
        return false;
    }

    public override void WriteSchema(Utf8JsonWriter json) => Form.WriteSchema(json);
}

/// <summary>A host in its canonical form, so that what is compared later is what was judged here.</summary>
internal sealed class HostType(bool mayBeWildcard) : ValueType<string>
{
    public override string Text => mayBeWildcard ? "host name, *.suffix, IP address or CIDR block" : "host name or IP address";

    public override bool TryRead(YamlNode node, Scope scope, out string value)
    {
        value = "";
        if (!scope.TryScalar(node, $"a {Text}", out var scalar) || !TextType.IsString(scalar, scope))
        {
            return false;
        }

        var host = HostPattern.TryParse(scalar.Value, out var fault);
        if (host is null)
        {
            scope.Error(node, $"'{Display.Short(scalar.Value)}' {fault}");
            return false;
        }

        if (!mayBeWildcard && (host.Contains('*', StringComparison.Ordinal) || HostPattern.BlockOf(host) is not null))
        {
            scope.Error(node, $"'{Display.Short(scalar.Value)}' is a wildcard or a block; a credential is bound to one host, name it");
            return false;
        }

        value = host;
        return true;
    }

    public override void WriteSchema(Utf8JsonWriter json)
    {
        json.WriteString("type", "string");
        json.WriteNumber("minLength", 1);
        json.WriteNumber("maxLength", 255);
    }
}
