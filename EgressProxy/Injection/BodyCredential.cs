using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using SecureAgent.Policy;
using SecureAgent.Policy.Document;

namespace SecureAgent.EgressProxy.Injection;

/// <param name="Refused">Why the body may not pass; null when it may.</param>
/// <param name="Detail">The field, or what is wrong.</param>
internal readonly record struct BodyFinding(ReasonCode? Refused, string? Detail)
{
    /// <summary>Null where no body is looked into for them.</summary>
    public BodyPlaceholders? Placeholders { get; init; }

    /// <summary>The whole body, where it has placeholders.</summary>
    public ReadOnlyMemory<byte> Held { get; init; }
}

/// <summary>
/// A credential of the agent's own in the body of a request to a host whose rule adds the operator's: known fields of JSON, forms and multipart forms; and
/// placeholders, where the rule has places for them in bodies. What is searched is held until the search is over. Bodies of other kinds pass as they are,
/// unless they begin like JSON.
/// </summary>
internal static class BodyCredential
{
    /// <summary>Longest body that is searched; a longer one of a kind that must be is refused.</summary>
    public const int MaxLength = 4 << 20;

    private static readonly HashSet<string> Names = new(StringComparer.OrdinalIgnoreCase)
    {
        "api_key", "apikey", "api-key", "x-api-key", "access_key", "access_token", "auth_token", "refresh_token", "id_token", "bearer", "authorization",
        "client_secret", "client_assertion", "password", "passwd", "private_token", "secret_key", "secret_access_key", "subscription-key",
    };

    private static readonly JsonReaderOptions Lenient = new()
    {
        AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip, MaxDepth = 256, AllowMultipleValues = true,
    };

    public static async Task<BodyFinding> FindAsync(HttpContext context, IReadOnlyList<PlaceholderRule> rules, CancellationToken cancellationToken)
    {
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false })
        {
            return default;
        }

        if (context.Request.Headers.ContentEncoding.Count > 0)
        {
            return new BodyFinding(ReasonCode.Unsupported, "The body is compressed and cannot be searched for credentials. Send it as it is.");
        }

        var original = context.Request.Body;
        var held = new MemoryStream();
        var kind = await HoldAsync(original, held, context.Request.ContentType, cancellationToken);
        if (kind == BodyKind.TooLong)
        {
            return new BodyFinding(ReasonCode.RequestTooLarge, $"Requests with a credential of the operator's have at most {MaxLength >> 20} MiB of JSON or form fields.");
        }

        context.Request.Body = kind == BodyKind.Other ? new PrefixedStream(held.ToArray(), original) : held;
        held.Position = 0;
        var listed = rules.Where(rule => rule.Body.Count > 0).ToList();
        var bytes = held.GetBuffer().AsMemory(0, (int)held.Length);
        return kind switch
        {
            BodyKind.Json => InJson(listed, bytes),
            BodyKind.Form => InForm(listed, bytes),
            BodyKind.Multipart when listed.Count > 0 && PlaceholderText.IsMarked(Encoding.Latin1.GetString(bytes.Span)) => new BodyFinding(ReasonCode.PlaceholderMisplaced, "the multipart body"),
            BodyKind.Multipart => await FindInMultipartAsync(held, context.Request.ContentType!),
            _ => default,
        };
    }

    private enum BodyKind
    {
        Other = 0,
        Json,
        Form,
        Multipart,
        TooLong,
    }

    /// <summary>Reads the first piece, and the rest when it is of a kind that is searched.</summary>
    private static async Task<BodyKind> HoldAsync(Stream body, MemoryStream held, string? contentType, CancellationToken cancellationToken)
    {
        var buffer = new byte[16 << 10];
        var kind = BodyKind.Other;
        int read;
        while ((read = await body.ReadAsync(buffer, cancellationToken)) > 0)
        {
            held.Write(buffer, 0, read);
            kind = kind == BodyKind.Other ? KindOf(contentType, held.GetBuffer().AsSpan(0, (int)held.Length)) : kind;
            if (kind == BodyKind.Other && held.GetBuffer().AsSpan(0, (int)held.Length).ContainsAnyExcept(" \t\r\n"u8))
            {
                return kind;
            }

            if (held.Length > MaxLength)
            {
                return BodyKind.TooLong;
            }
        }

        return kind;
    }

    /// <summary>Some servers read JSON whatever the type says.</summary>
    private static BodyKind KindOf(string? contentType, ReadOnlySpan<byte> beginning)
    {
        var text = beginning.StartsWith("\uFEFF"u8) ? beginning[3..] : beginning;
        var first = text.IndexOfAnyExcept(" \t\r\n"u8);
        if (first >= 0 && text[first] is (byte)'{' or (byte)'[')
        {
            return BodyKind.Json;
        }

        var type = MediaTypeHeaderValue.TryParse(contentType, out var parsed) ? parsed.MediaType.Value ?? "" : "";
        return type switch
        {
            _ when type.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase) => BodyKind.Multipart,
            _ when type.Equals("application/json", StringComparison.OrdinalIgnoreCase) || type.EndsWith("+json", StringComparison.OrdinalIgnoreCase) => BodyKind.Json,
            "" => BodyKind.Form,
            _ when type.Equals("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) || type.Equals("text/plain", StringComparison.OrdinalIgnoreCase) => BodyKind.Form,
            _ => BodyKind.Other,
        };
    }

    private static BodyFinding InJson(List<PlaceholderRule> listed, ReadOnlyMemory<byte> body)
    {
        var json = body.Span.StartsWith("\uFEFF"u8) ? body[3..] : body;
        try
        {
            var placeholders = listed.Count == 0 ? BodyPlaceholders.None : BodyPlaceholders.InJson(listed, json.Span, Lenient);
            return Found(placeholders, json, OwnInJson(json.Span, placeholders));
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return new BodyFinding(ReasonCode.RequestMalformed, "The body is not well-formed JSON, so it cannot be searched for credentials.");
        }
    }

    private static BodyFinding InForm(List<PlaceholderRule> listed, ReadOnlyMemory<byte> body)
    {
        var placeholders = listed.Count == 0 ? BodyPlaceholders.None : BodyPlaceholders.InForm(listed, body.Span);
        return Found(placeholders, body, OwnInForm(body.Span, placeholders));
    }

    private static BodyFinding Found(BodyPlaceholders placeholders, ReadOnlyMemory<byte> body, string? foreign) => (placeholders, foreign) switch
    {
        ({ Misplaced: { } place }, _) => new BodyFinding(ReasonCode.PlaceholderMisplaced, place) { Placeholders = placeholders },
        (_, { } field) => new BodyFinding(ReasonCode.CredentialForeign, field),
        ({ All.Count: > 0 }, _) => new BodyFinding(null, null) { Placeholders = placeholders, Held = body },
        _ => default,
    };

    /// <summary>The agent's own credential beside what is replaced; null for none.</summary>
    private static string? OwnInJson(ReadOnlySpan<byte> json, BodyPlaceholders placeholders)
    {
        var reader = new Utf8JsonReader(json, Lenient);
        while (reader.Read())
        {
            var at = (int)reader.TokenStartIndex;
            if (reader.TokenType == JsonTokenType.PropertyName && reader.GetString() is { } name && Names.Contains(name.Trim()) && placeholders.All.All(one => one.NameAt != at))
            {
                return name;
            }
        }

        return null;
    }

    /// <inheritdoc cref="OwnInJson"/>
    private static string? OwnInForm(ReadOnlySpan<byte> form, BodyPlaceholders placeholders)
    {
        var rest = form.ToArray();
        foreach (var one in placeholders.All)
        {
            rest.AsSpan(one.NameAt..one.End).Fill((byte)'_');
        }

        foreach (var pair in new QueryStringEnumerable("?" + Encoding.UTF8.GetString(rest).Replace(';', '&')))
        {
            var name = pair.DecodeName().ToString();
            if (Names.Contains(name.Trim()))
            {
                return name;
            }
        }

        return null;
    }

    private static async Task<BodyFinding> FindInMultipartAsync(MemoryStream held, string contentType)
    {
        try
        {
            var boundary = HeaderUtilities.RemoveQuotes(MediaTypeHeaderValue.Parse(contentType).Boundary).ToString();
            var reader = new MultipartReader(boundary, held);
            while (await reader.ReadNextSectionAsync() is { } section)
            {
                if (ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition)
                    && HeaderUtilities.RemoveQuotes(disposition.Name).ToString() is var name && Names.Contains(name.Trim()))
                {
                    return new BodyFinding(ReasonCode.CredentialForeign, name);
                }
            }
        }
        catch (Exception error) when (error is IOException or InvalidDataException or ArgumentException or FormatException)
        {
            return new BodyFinding(ReasonCode.RequestMalformed, "The body is not a well-formed multipart form, so it cannot be searched for credentials.");
        }

        held.Position = 0;
        return default;
    }
}
