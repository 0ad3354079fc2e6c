using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace SecureAgent.DesktopAgent.Files;

/// <param name="Path">Relative to the workspace.</param>
internal sealed record FileEntry(string Path, bool IsDirectory, long Size);

/// <summary>Bytes of a file, from <paramref name="Offset"/>; <paramref name="Size"/> is the whole file's.</summary>
internal sealed record FilePart(byte[] Bytes, long Offset, long Size);

/// <summary>
/// The gate said no. <see cref="Exception.Message"/> is its answer as it came, so that the model reads reason, rule and what to ask for.
/// </summary>
internal sealed class FileRefusedException(string answer) : Exception(answer);

/// <summary>Files of the workspace over the file gate's HTTP surface; there is no other way to them.</summary>
internal sealed class FileGateClient(HttpClient http)
{
    private const int PageLimit = 20;

    /// <summary>Whether the gate is there at all; a refusal is an answer. Throws <see cref="AgentException"/> when it is not.</summary>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        using var response = await SendAsync(HttpMethod.Get, "v1/stat/", null, cancellationToken);
    }

    /// <summary>One directory. At most 20 pages of the gate (20,000 entries).</summary>
    public async Task<IReadOnlyList<FileEntry>> ListAsync(string path, CancellationToken cancellationToken)
    {
        var entries = new List<FileEntry>();
        var token = "";
        for (var page = 0; page < PageLimit; page++)
        {
            using var response = await SendAsync(HttpMethod.Get, $"v1/list/{Escape(path)}?pageToken={Uri.EscapeDataString(token)}", null, cancellationToken);
            await ThrowIfRefusedAsync(response, cancellationToken);
            using var json = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken));
            entries.AddRange(json.RootElement.GetProperty("entries").EnumerateArray().Select(entry => new FileEntry(
                entry.GetProperty("path").GetString()!, entry.GetProperty("kind").ValueEquals("directory"), entry.GetProperty("size").GetInt64())));
            token = json.RootElement.TryGetProperty("nextPageToken", out var next) ? next.GetString() ?? "" : "";
            if (token.Length == 0)
            {
                break;
            }
        }

        return entries;
    }

    public async Task<FilePart> ReadAsync(string path, long offset, int length, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(HttpMethod.Get, $"v1/files/{Escape(path)}", new RangeHeaderValue(offset, offset + length - 1), cancellationToken);
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable && offset == 0)
        {
            return new FilePart([], 0, 0); // an empty file has no first byte
        }

        await ThrowIfRefusedAsync(response, cancellationToken);
        var bytes = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        return new FilePart(bytes, offset, response.Content.Headers.ContentRange?.Length ?? offset + bytes.Length);
    }

    /// <summary>The one spelling the gate takes: no leading or trailing slash, no "." segments. ".." is left in, for the gate to refuse.</summary>
    public static string Normal(string path) =>
        string.Join('/', path.Trim().Split('/', StringSplitOptions.RemoveEmptyEntries).Where(segment => segment != "."));

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string target, RangeHeaderValue? range, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, target);
        request.Headers.Range = range;
        try
        {
            return await http.SendAsync(request, HttpCompletionOption.ResponseContentRead, cancellationToken);
        }
        catch (HttpRequestException error)
        {
            throw new AgentException($"the file gate at {http.BaseAddress} cannot be reached ({error.InnerException?.Message ?? error.Message})", error);
        }
    }

    private static async Task ThrowIfRefusedAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.IsSuccessStatusCode)
        {
            return;
        }

        var answer = await response.Content.ReadAsStringAsync(cancellationToken);
        throw new FileRefusedException(answer.StartsWith('{')
            ? answer
            : string.Create(CultureInfo.InvariantCulture, $"{{\"error\":{{\"reason\":\"gate_unavailable\",\"message\":\"the file gate answered {(int)response.StatusCode}\"}}}}"));
    }

    private static string Escape(string path) => string.Join('/', Normal(path).Split('/').Select(Uri.EscapeDataString));
}
