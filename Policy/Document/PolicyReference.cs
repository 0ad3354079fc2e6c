using System.Text;
using SecureAgent.Policy.Document.Keys;
using SecureAgent.Policy.Document.Types;

namespace SecureAgent.Policy.Document;

/// <summary>The key tables of docs/policy.md, written from the same keys that the parser reads; a test holds the page to them.</summary>
public static class PolicyReference
{
    public static string Write()
    {
        var page = new StringBuilder();
        WriteShape(page, DocumentKeys.Shape, []);
        return page.ToString();
    }

    /// <param name="written">An object that stands in several places has one table.</param>
    private static void WriteShape(StringBuilder page, ObjectShape shape, HashSet<string> written)
    {
        if (!written.Add(shape.Name))
        {
            return;
        }

        page.Append("### `").Append(shape.Name).Append("`\n\n").Append(shape.Description).Append("\n\n");
        page.Append("| key | value | default | meaning |\n|---|---|---|---|\n");
        foreach (var key in shape.Keys)
        {
            page.Append("| `").Append(key.Name).Append("` | ").Append(Cell(ValueOf(key))).Append(" | ").Append(Default(key)).Append(" | ")
                .Append(Cell(key.Description)).Append(" |\n");
        }

        page.Append('\n');
        foreach (var nested in shape.Keys.Select(key => key.Type.Nested).OfType<ObjectShape>())
        {
            WriteShape(page, nested, written);
        }
    }

    private static string ValueOf(Key key) => key.Type.Nested is not { } nested ? key.Type.Text : key.Type.Text switch
    {
        "object" => $"see {nested.Name}",
        var text when text.StartsWith("list", StringComparison.Ordinal) => $"list, see {nested.Name}",
        var text => $"{text}, see {nested.Name}",
    };

    private static string Default(Key key) =>
        key.IsRequired ? "required" : key.DefaultText.Length > 0 ? $"`{key.DefaultText}`" : "none";

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
