using SecureAgent.Policy.Document;
using SecureAgent.Policy.Egress;

namespace SecureAgent.EgressProxy.Limits;

/// <summary>Takes away the fields that a rule does not let out, before anything else looks at the request.</summary>
internal static class HeaderFilter
{
    /// <returns>Their names, in one line; null when there are none.</returns>
    public static string? Apply(IHeaderDictionary fields, InspectRule? rule)
    {
        if (rule is null or { Headers: null, StripHeaders.Count: 0 })
        {
            return null;
        }

        var stripped = fields.Keys.Where(name => name.Length > 0 && !HeaderFields.GoesOut(rule, name)).ToList();
        stripped.ForEach(name => fields.Remove(name));
        return stripped.Count == 0 ? null : string.Join(", ", stripped);
    }
}
