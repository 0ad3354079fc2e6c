using SecureAgent.Guest.Native;

namespace SecureAgent.Guest.Probes;

/// <summary>One thing tried from where the agent will stand.</summary>
/// <param name="Name"><c>kind.what</c>; kinds are file, net, ipc, process, capability, syscall and works.</param>
/// <param name="Layer">The layer that is missing when the answer is wrong.</param>
/// <param name="Try">0 when it was possible, else the errno.</param>
/// <param name="IsRight">Judges the answer.</param>
internal sealed record Probe(string Name, string Layer, Func<int> Try, Func<int, bool> IsRight)
{
    /// <summary>Whatever the reason, it must not be possible.</summary>
    public static Probe Fails(string name, string layer, Func<int> attempt) => new(name, layer, attempt, answer => answer != 0);

    /// <summary>Refused at the entry: with the arguments given, a kernel that lets the call in answers something else.</summary>
    public static Probe Refused(string name, string layer, Func<int> attempt, int errno = Linux.EPERM) => new(name, layer, attempt, answer => answer == errno);

    public static Probe Works(string name, string layer, Func<int> attempt) => new(name, layer, attempt, answer => answer == 0);
}

/// <param name="Answer">0 when it was possible, else the errno.</param>
internal sealed record ProbeResult(Probe Probe, int Answer)
{
    public bool IsRight => Probe.IsRight(Answer);

    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Probe.Name}={Answer}");
}
