namespace SecureAgent.EgressProxy.Tests.Table;

/// <summary>Where an agent may put a credential of its own on a request that gets the operator's.</summary>
internal static class CredentialRows
{
    private const string Foreign = "credential_foreign";

    public static IEnumerable<TableRow> All => Fields().Concat(Queries()).Concat(Bodies()).Concat(Bound());

    private static IEnumerable<TableRow> Fields()
    {
        yield return new("key host, nothing of the agent's", Get("/v1/a", ""), TableRow.Allowed, null);
        yield return new("key host, a placeholder in the rule's own field", Get("/v1/a", "X-Api-Key: placeholder\r\n"), TableRow.Allowed, null);
        foreach (var field in new[]
        {
            "Authorization: Bearer mine", "authorization: Basic bWluZQ==", "Cookie: session=mine", "Api-Key: mine", "X-Goog-Api-Key: mine", "X-Auth-Token: mine", "Private-Token: mine",
            "X-Amz-Security-Token: mine", "X-Vault-Token: mine", "Ocp-Apim-Subscription-Key: mine",
        })
        {
            yield return new($"key host, {field}", Get("/v1/a", $"{field}\r\n"), Foreign, Get("/v1/a", "X-Mine: mine\r\n"));
        }
    }

    private static IEnumerable<TableRow> Queries()
    {
        foreach (var query in new[] { "key=mine", "access_token=mine", "q=1&api_key=mine", "q=1;token=mine", "%6bey=mine", "ACCESS_TOKEN=mine", "sig=mine", "X-Amz-Signature=mine" })
        {
            yield return new($"key host, ?{query}", Get($"/v1/a?{query}", ""), Foreign, Get("/v1/a?q=key&n=token", ""));
        }
    }

    private static IEnumerable<TableRow> Bodies()
    {
        foreach (var (type, body, reason, control) in new[]
        {
            ("application/json", """{"a":[{"api_key":"mine"}]}""", Foreign, """{"a":[{"b":"api_key"}]}"""),
            ("application/json", """{"\u0061pi_key":"mine"}""", Foreign, """{"b":"\u0061pi_key"}"""),
            ("text/plain", """ {"client_secret":"mine"}""", Foreign, """ {"b":"client_secret"}"""),
            ("application/vnd.x+json", """{"password":"mine"}""", Foreign, """{"b":"password"}"""),
            ("application/json", "{\"a\":", "request_malformed", "{\"a\":1}"),
            ("application/x-www-form-urlencoded", "a=1&access%5Ftoken=mine", Foreign, "a=1&b=access_token"),
            ("application/x-www-form-urlencoded", "a=1;password=mine", Foreign, "a=1;b=password"),
            ("multipart/form-data; boundary=B", Multipart("password"), Foreign, Multipart("file")),
            ("multipart/form-data", Multipart("file"), "request_malformed", ""),
        })
        {
            yield return new($"key host, {type}: {body}", Post(type, body, ""), reason, control.Length > 0 ? Post(type, control, "") : Post("multipart/form-data; boundary=B", body, ""));
        }

        yield return new("key host, a compressed body", Post("application/json", "x", "Content-Encoding: gzip\r\n"), "unsupported", Post("application/json", "{}", ""));
    }

    private static IEnumerable<TableRow> Bound()
    {
        yield return new("key host, another path", Get("/v2/a", ""), "path_not_allowed", Get("/v1/a", ""));
        yield return new("key host, another method", Send("DELETE", "/v1/a", "", ""), "method_not_allowed", Get("/v1/a", ""));
        yield return new("key host, not opened", new OnSocket("CONNECT sealed.test:{http} HTTP/1.1\r\n\r\n"), "scheme_not_allowed", new OnSocket("CONNECT plain.test:{http} HTTP/1.1\r\n\r\n"));
    }

    private static string Multipart(string name) => $"--B\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\nmine\r\n--B--\r\n";

    private static InTls Get(string target, string fields) => Send("GET", target, fields, "");

    private static InTls Post(string type, string body, string fields) => Send("POST", "/v1/a", $"Content-Type: {type}\r\nContent-Length: {body.Length}\r\n{fields}", body);

    private static InTls Send(string method, string target, string fields, string body) =>
        new("key.test", "key.test", $"{method} {target} HTTP/1.1\r\nHost: key.test:{{https}}\r\nConnection: close\r\n{fields}\r\n{body}");
}
