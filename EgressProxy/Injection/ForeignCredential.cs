using Microsoft.AspNetCore.WebUtilities;

namespace SecureAgent.EgressProxy.Injection;

/// <summary>
/// A credential of the agent's own, on a request to a host whose rule adds the operator's. Letting it through would make an allowed host a way out:
/// whoever holds another account there could receive what the agent knows. Pure; looks at fields and query, not at bodies.
/// </summary>
internal static class ForeignCredential
{
    /// <summary>Fields that identify a caller by themselves (RFC 9110 §11.6.2, RFC 6265, and what the large APIs document).</summary>
    private static readonly HashSet<string> Fields = new(StringComparer.OrdinalIgnoreCase)
    {
        "Authorization", "Cookie", "X-Api-Key", "Api-Key", "ApiKey", "X-ApiKey", "X-Goog-Api-Key", "X-Auth-Token", "X-Auth-Key", "X-Access-Token", "X-Api-Token",
        "X-Amz-Security-Token", "X-Vault-Token", "Private-Token", "Job-Token", "Deploy-Token", "X-Gitlab-Token", "X-Github-Token", "X-Figma-Token",
        "Ocp-Apim-Subscription-Key", "X-Functions-Key", "X-Rapidapi-Key", "X-Subscription-Token", "X-Session-Token", "X-Csrf-Token", "X-Authorization",
    };

    private static readonly HashSet<string> QueryNames = new(StringComparer.OrdinalIgnoreCase)
    {
        "key", "api_key", "apikey", "api-key", "access_key", "access_token", "auth", "auth_token", "token", "authorization", "private_token", "subscription-key",
        "sig", "signature", "x-amz-credential", "x-amz-signature", "x-amz-security-token", "x-goog-credential", "x-goog-signature", "client_secret", "password",
    };

    /// <summary>Name of the first such field or query parameter; null when there is none.</summary>
    /// <param name="pathAndQuery">Without what is replaced.</param>
    /// <param name="isOwn">Whether the field is replaced: what the agent sent there is not its own.</param>
    public static string? Find(IHeaderDictionary fields, string pathAndQuery, Func<string, bool> isOwn)
    {
        foreach (var name in fields.Keys)
        {
            if (Fields.Contains(name) && !isOwn(name))
            {
                return name;
            }
        }

        var query = pathAndQuery.IndexOf('?', StringComparison.Ordinal);
        if (query < 0)
        {
            return null;
        }

        // Some servers take ';' between parameters as well; a name must not hide behind the difference.
        foreach (var pair in new QueryStringEnumerable(pathAndQuery[query..].Replace(';', '&')))
        {
            var name = pair.DecodeName().ToString();
            if (QueryNames.Contains(name.Trim()))
            {
                return name;
            }
        }

        return null;
    }
}
