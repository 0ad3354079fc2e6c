namespace SecureAgent.FileGate.Native;

/// <summary>What macOS numbers otherwise than Linux.</summary>
internal static class DarwinNumbers
{
    /// <summary>O_* of macOS for those of <see cref="OpenFlags"/>. A handle for describing alone does not exist there: it is open for reading.</summary>
    public static int Flags(ulong flags)
    {
        var translated = 0;
        foreach (var (linux, darwin) in Known)
        {
            translated |= (flags & linux) != 0 ? darwin : 0;
            flags &= ~linux;
        }

        return flags == 0 ? translated : throw new ArgumentOutOfRangeException(nameof(flags), flags, "This flag has no counterpart on macOS.");
    }

    /// <summary>Equal up to 34; of the others those that an open can give. What is not foreseen stays a failure of the gate.</summary>
    public static int Errno(int error) => error switch
    {
        35 => Libc.TryAgain,
        62 => Libc.Loop,
        63 => Libc.NameTooLong,
        66 => Libc.NotEmpty,
        78 => Libc.NotImplemented,

        // A socket cannot be opened: EOPNOTSUPP.
        102 => Libc.NoDevice,
        > 0 and < 35 and not 11 => error,
        _ => Libc.InputOutput,
    };

    private static (ulong Linux, int Darwin)[] Known { get; } =
    [
        (OpenFlags.WriteOnly, 0x1),
        (OpenFlags.NonBlock, 0x4),
        (OpenFlags.NoFollow, 0x100),
        (OpenFlags.Create, 0x200),
        (OpenFlags.Exclusive, 0x800),
        (OpenFlags.Directory, 0x100000),
        (OpenFlags.CloseOnExec, 0x1000000),
        (OpenFlags.PathOnly, 0x4),
    ];
}
