using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using SecureAgent.Policy;

namespace SecureAgent.EgressProxy.Injection;

/// <param name="Refused">Why the body may not pass; null when it may.</param>
/// <param name="Detail">The field, or what is wrong.</param>
internal readonly record struct BodyFinding(ReasonCode? Refused, string? Detail);

/// <summary>
/// A credential of the agent's own in the body of a request to a host whose rule adds the operator's: known fields of JSON, forms and multipart forms. What
/// is searched is held until the search is over. Bodies of other kinds pass as they are, unless they begin like JSON.
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

    public static async Task<BodyFinding> FindAsync(HttpContext context, CancellationToken cancellationToken)
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
        return kind switch
        {
            BodyKind.Json => FindInJson(held.GetBuffer().AsSpan(0, (int)held.Length)),
            BodyKind.Form => FindInForm(held),
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

    private static BodyFinding FindInJson(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(
            json.StartsWith("\uFEFF"u8) ? json[3..] : json,
            new JsonReaderOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip, MaxDepth = 256, AllowMultipleValues = true });
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName && reader.GetString() is { } name && Names.Contains(name.Trim()))
                {
                    return new BodyFinding(ReasonCode.CredentialForeign, name);
                }
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return new BodyFinding(ReasonCode.RequestMalformed, "The body is not well-formed JSON, so it cannot be searched for credentials.");
        }

        return default;
    }

    private static BodyFinding FindInForm(MemoryStream held)
    {
        var text = Encoding.UTF8.GetString(held.GetBuffer(), 0, (int)held.Length);
        foreach (var pair in new QueryStringEnumerable("?" + text.Replace(';', '&')))
        {
            var name = pair.DecodeName().ToString();
            if (Names.Contains(name.Trim()))
            {
                return new BodyFinding(ReasonCode.CredentialForeign, name);
            }
        }

        return default;
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
