using System.IO.Compression;
using SecureAgent.FileGate.Reading;

namespace SecureAgent.FileGate.Archive;

internal sealed class ZipWriter : IArchiveWriter
{
    private const int RegularFileMode = 0x8000 | 0b110_100_100;

    private readonly ZipArchive zip;

    private ZipWriter(ZipArchive zip) => this.zip = zip;

    public static async Task<ZipWriter> CreateAsync(Stream output, CancellationToken cancellationToken) =>
        new(await ZipArchive.CreateAsync(output, ZipArchiveMode.Create, leaveOpen: true, entryNameEncoding: null, cancellationToken));

    public async Task AddAsync(string name, PreparedRead read, CancellationToken cancellationToken)
    {
        var entry = zip.CreateEntry(name, CompressionLevel.Fastest);
        entry.LastWriteTime = IArchiveWriter.Time;
        entry.ExternalAttributes = RegularFileMode << 16;
        await using var content = await entry.OpenAsync(cancellationToken);
        if (!await read.DeliverAsync((chunk, token) => content.WriteAsync(chunk, token), cancellationToken))
        {
            throw new ArchiveBrokenException("A file changed while it was read.");
        }
    }

    public Task FinishAsync(CancellationToken cancellationToken) => zip.DisposeAsync().AsTask();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
