namespace SecureAgent.FileGate.Native;

/// <summary>How a path is opened below a directory handle: through nothing that is not a plain directory of the same mount.</summary>
internal interface IHandleOpener
{
    /// <param name="flags">Of <see cref="OpenFlags"/>.</param>
    /// <param name="atOnce">Rather <see cref="Libc.TryAgain"/> than waiting for a disk.</param>
    /// <returns>0 and the handle, or the errno as Linux numbers them.</returns>
    int Open(DescriptorHandle root, string path, ulong flags, bool atOnce, out DescriptorHandle handle);
}

internal static class HandleOpener
{
    /// <summary>By the kernel alone: a Linux without openat2 has none, whatever else would work there (<see cref="KernelCheck"/>).</summary>
    public static IHandleOpener OfSystem { get; } = OperatingSystem.IsMacOS() ? new WalkingOpener(new DarwinCalls()) : new OpenAt2Opener();
}
