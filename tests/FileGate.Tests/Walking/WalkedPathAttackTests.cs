using SecureAgent.FileGate.Native;

namespace SecureAgent.FileGate.Tests.Walking;

/// <summary>The attack table once more, on a gate that walks as on macOS.</summary>
public sealed class WalkedPathAttackTests(WalkedWorkspace attacked) : PathAttacks(attacked), IClassFixture<WalkedWorkspace>;

public sealed class WalkedWorkspace : AttackedWorkspace
{
    internal override IHandleOpener Opener => LinuxWalkCalls.Walker;
}
