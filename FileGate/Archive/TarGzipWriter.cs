using System.Formats.Tar;
using System.IO.Compression;
using System.IO.Pipelines;
using SecureAgent.FileGate.Reading;

namespace SecureAgent.FileGate.Archive;

/// <summary>GNU entries: long names without the process id that the PAX ones carry.</summary>
internal sealed class TarGzipWriter : IArchiveWriter
{
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private readonly GZipStream gzip;
    private readonly TarWriter tar;

    public TarGzipWriter(Stream output)
    {
        gzip = new GZipStream(output, CompressionLevel.Fastest, leaveOpen: true);
        tar = new TarWriter(gzip, TarEntryFormat.Gnu, leaveOpen: true);
    }

    public async Task AddAsync(string name, PreparedRead read, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var pipe = new Pipe();
        var delivery = FeedAsync(read, pipe.Writer, stop.Token);
        try
        {
            await using var content = new SizedStream(pipe.Reader.AsStream(), read.Slice.Length);
            var entry = new GnuTarEntry(TarEntryType.RegularFile, name) { ModificationTime = IArchiveWriter.Time, Mode = Mode, DataStream = content };
            await tar.WriteEntryAsync(entry, stop.Token);
        }
        finally
        {
            await stop.CancelAsync();
            await delivery;
        }
    }

    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        await tar.DisposeAsync();
        await gzip.DisposeAsync();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static async Task FeedAsync(PreparedRead read, PipeWriter pipe, CancellationToken cancellationToken)
    {
        try
        {
            var whole = await read.DeliverAsync(async (chunk, token) => await pipe.WriteAsync(chunk, token), cancellationToken);
            await pipe.CompleteAsync(whole ? null : new ArchiveBrokenException("A file changed while it was read."));
        }
        catch (OperationCanceledException cancelled)
        {
            await pipe.CompleteAsync(cancelled);
        }
    }
}
