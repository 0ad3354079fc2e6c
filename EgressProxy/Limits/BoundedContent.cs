using System.Net;

namespace SecureAgent.EgressProxy.Limits;

/// <summary>The body of an answer within its limits; of a switched protocol, both directions.</summary>
internal sealed class BoundedContent(HttpContent inner, ExchangeLimits limits) : HttpContent
{
    protected override async Task<Stream> CreateContentReadStreamAsync() => limits.Bound(await inner.ReadAsStreamAsync());

    protected override async Task<Stream> CreateContentReadStreamAsync(CancellationToken cancellationToken) =>
        limits.Bound(await inner.ReadAsStreamAsync(cancellationToken));

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        await using var bounded = await CreateContentReadStreamAsync();
        await bounded.CopyToAsync(stream);
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
