using System.Net;

namespace SecureAgent.EgressProxy.Injection;

/// <summary>A response body without echoes of the injected value; of a switched protocol, what comes from the destination.</summary>
internal sealed class MaskedContent(HttpContent inner, EchoMask mask) : HttpContent
{
    protected override async Task<Stream> CreateContentReadStreamAsync() => new MaskedStream(await inner.ReadAsStreamAsync(), mask);

    protected override async Task<Stream> CreateContentReadStreamAsync(CancellationToken cancellationToken) =>
        new MaskedStream(await inner.ReadAsStreamAsync(cancellationToken), mask);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        await using var masked = await CreateContentReadStreamAsync();
        await masked.CopyToAsync(stream);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
