namespace SecureAgent.FileGate.Native;

/// <summary>The calls that <see cref="WalkingOpener"/> is made of. Each gives 0 or the errno as Linux numbers them.</summary>
internal interface IWalkCalls
{
    /// <summary>openat(2) of one plain name; <paramref name="flags"/> are of <see cref="OpenFlags"/> and hold <see cref="OpenFlags.NoFollow"/>.</summary>
    int OpenOne(DescriptorHandle directory, string name, ulong flags, out DescriptorHandle handle);

    /// <summary>Facts of the open handle itself.</summary>
    int Describe(DescriptorHandle handle, out FileFacts facts);

    /// <summary>Whether a name is a symbolic link just now.</summary>
    bool IsLink(DescriptorHandle directory, string name);
}
