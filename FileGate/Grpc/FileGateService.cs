using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Options;
using SecureAgent.Contracts.FileGate.V1;
using SecureAgent.FileGate.Archive;
using SecureAgent.FileGate.Asking;
using SecureAgent.FileGate.Changes;
using SecureAgent.FileGate.Listing;
using SecureAgent.FileGate.Reading;
using SecureAgent.FileGate.Search;
using SecureAgent.FileGate.Sessions;
using SecureAgent.FileGate.Watching;
using SecureAgent.ServiceDefaults.Sessions;
using WireEntry = SecureAgent.Contracts.FileGate.V1.Entry;
using WireGate = SecureAgent.Contracts.FileGate.V1.FileGate;

namespace SecureAgent.FileGate.Grpc;

/// <summary>The gRPC surface. Every call asks the same components as HTTP does.</summary>
internal sealed class FileGateService(
    EntryLister lister, FileReader reader, FileSearcher searcher, FileArchiver archiver, TreeWatcher watcher, AskedChanger asked, FileChanger changer,
    IOptions<FileGateOptions> options, TimeProvider time) : WireGate.FileGateBase
{
    private const int WatchedAtOnce = 1000;

    public override Task<WireEntry> Stat(StatRequest request, ServerCallContext context)
    {
        return Task.FromResult(WireEntries.From(lister.Stat(SessionOf(context), request.Path, tagged: true).OrThrow()));
    }

    public override Task<ListResponse> List(ListRequest request, ServerCallContext context)
    {
        var page = lister.List(SessionOf(context), request.Path, request.PageSize, request.PageToken).OrThrow();
        var response = new ListResponse { NextPageToken = page.NextPageToken ?? "" };
        response.Entries.AddRange(page.Entries.Select(WireEntries.From));
        return Task.FromResult(response);
    }

    public override async Task Read(ReadRequest request, IServerStreamWriter<ReadChunk> responseStream, ServerCallContext context)
    {
        var session = SessionOf(context);
        if (!RequestedRange.TryFrom(request.Offset, request.Length, out var range))
        {
            throw GrpcRefusal.Of(reader.RefuseRange(session, request.Path));
        }

        var answer = await reader.PrepareAsync(session, request.Path, new ReadTerms { Range = range, IsTagged = true }, context.CancellationToken);
        using var read = answer.OrThrow();
        var entry = WireEntries.From(Listing.Entry.From(request.Path, read.Facts) with { Etag = read.Etag });
        var isTagged = read.Etag is not null;
        var whole = false;
        try
        {
            if (read.Slice.Length == 0)
            {
                await responseStream.WriteAsync(new ReadChunk { Entry = entry }, context.CancellationToken);
            }

            whole = await read.DeliverAsync(
                async (chunk, token) =>
                {
                    // The message is serialised before WriteAsync returns, so the buffer may be used again then.
                    await responseStream.WriteAsync(new ReadChunk { Entry = entry, Data = UnsafeByteOperations.UnsafeWrap(chunk) }, token);
                    entry = null;
                },
                context.CancellationToken);
            if (whole && !isTagged && read.Etag is { } etag)
            {
                await responseStream.WriteAsync(new ReadChunk { Etag = etag }, context.CancellationToken);
            }
        }
        catch (OperationCanceledException) when (!context.CancellationToken.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.DeadlineExceeded, "The client did not take the data in time."));
        }

        if (!whole)
        {
            throw new RpcException(new Status(StatusCode.Aborted, "The file changed while it was read."));
        }
    }

    public override async Task Search(SearchRequest request, IServerStreamWriter<SearchResponse> responseStream, ServerCallContext context)
    {
        var session = SessionOf(context);
        var query = SearchQuery.TryCreate(request.Path, request.Glob, request.Regex, request.IgnoreCase, request.Limit);
        var summary = searcher.Begin(session, request.Path, query).OrThrow();
        await foreach (var match in searcher.FindAsync(session, query!, summary, context.CancellationToken))
        {
            await responseStream.WriteAsync(new SearchResponse { Match = WireEntries.From(match) }, context.CancellationToken);
        }

        await responseStream.WriteAsync(new SearchResponse { Summary = WireEntries.From(summary) }, context.CancellationToken);
    }

    public override async Task Archive(ArchiveRequest request, IServerStreamWriter<ArchiveChunk> responseStream, ServerCallContext context)
    {
        var session = SessionOf(context);
        var format = ArchiveFormats.Parse(request.Format.Length == 0 ? "zip" : request.Format);
        if (archiver.Begin(session, request.Path, format) is { } refusal)
        {
            throw GrpcRefusal.Of(refusal);
        }

        await using var output = new ArchiveOutput(
            async (piece, token) => await responseStream.WriteAsync(new ArchiveChunk { Data = UnsafeByteOperations.UnsafeWrap(piece) }, token),
            options.Value.StallTimeout, time);
        try
        {
            await archiver.WriteAsync(session, request.Path, format, output, context.CancellationToken);
        }
        catch (ArchiveBrokenException broken)
        {
            throw new RpcException(new Status(StatusCode.Aborted, broken.Message));
        }
        catch (OperationCanceledException) when (!context.CancellationToken.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.DeadlineExceeded, "The client did not take the data in time."));
        }
    }

    public override async Task Watch(WatchRequest request, IServerStreamWriter<WatchResponse> responseStream, ServerCallContext context)
    {
        using var watch = watcher.Begin(SessionOf(context), request.Path).OrThrow();
        await foreach (var look in watcher.LooksAsync(watch, context.CancellationToken))
        {
            if (look.Refusal is { } refusal)
            {
                throw GrpcRefusal.Of(refusal);
            }

            foreach (var some in look.Changes.Chunk(WatchedAtOnce).DefaultIfEmpty([]))
            {
                var response = new WatchResponse { Watched = look.Entries, Truncated = look.IsTruncated };
                response.Events.AddRange(some.Select(WireEntries.From));
                await responseStream.WriteAsync(response, context.CancellationToken);
            }
        }
    }

    public override Task<ChangeResponse> Write(ChangeRequest request, ServerCallContext context) => Change(request, directly: true, context);

    public override Task<ChangeResponse> Propose(ChangeRequest request, ServerCallContext context) => Change(request, directly: false, context);

    private async Task<ChangeResponse> Change(ChangeRequest request, bool directly, ServerCallContext context)
    {
        var session = SessionOf(context);
        var terms = new ChangeTerms(request.ExpectedEtag.Length == 0 ? null : etag => etag == request.ExpectedEtag, MustBeNew: request.MustBeNew, Directly: directly);
        var outcome = (request.ChangeCase switch
        {
            ChangeRequest.ChangeOneofCase.Content => await asked.WriteAsync(session, request.Path, request.Content.Memory, terms, context.CancellationToken),
            ChangeRequest.ChangeOneofCase.MoveTo => await asked.MoveAsync(session, request.Path, request.MoveTo, terms, context.CancellationToken),
            ChangeRequest.ChangeOneofCase.Delete => await asked.DeleteAsync(session, request.Path, terms, context.CancellationToken),
            ChangeRequest.ChangeOneofCase.Directory => await asked.CreateDirectoryAsync(session, request.Path, terms, context.CancellationToken),
            ChangeRequest.ChangeOneofCase.Mode => await asked.SetModeAsync(session, request.Path, (int)request.Mode, terms, context.CancellationToken),
            _ => changer.Malformed(session, request.Path),
        }).OrThrow();
        return new ChangeResponse { Proposed = outcome.IsProposed, Etag = outcome.Etag ?? "" };
    }

    private static FileSession SessionOf(ServerCallContext context) => context.GetHttpContext().Session().Files();
}
