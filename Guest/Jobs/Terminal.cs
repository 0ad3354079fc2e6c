using System.Globalization;
using SecureAgent.Contracts.Guest;
using SecureAgent.Guest.Native;

namespace SecureAgent.Guest.Jobs;

/// <summary>A terminal of the sandbox's own (pty(7)): PID 1 holds the master, so the agent's programs find a name, a size and signals as anywhere.</summary>
internal sealed unsafe class Terminal
{
    private const uint SetLock = 0x40045431;   // TIOCSPTLCK
    private const uint GetNumber = 0x80045430; // TIOCGPTN
    private const uint SetSize = 0x5414;       // TIOCSWINSZ
    private const uint SetControlling = 0x540e; // TIOCSCTTY

    private readonly bool isSilent;

    private Terminal(int master, string path, bool isSilent) => (Master, Path, this.isSilent) = (master, path, isSilent);

    public int Master { get; }

    public string Path { get; }

    /// <param name="owner">0 for whoever opens it; another where PID 1 is the root of a kernel of its own.</param>
    public static Terminal Open(TerminalSize size, uint owner)
    {
        var master = Libc.Open("/dev/ptmx", Linux.O_RDWR | Linux.O_NOCTTY | Linux.O_CLOEXEC);
        if (master < 0)
        {
            throw GuestException.FromErrno("/dev/ptmx");
        }

        int off = 0, number;
        if (Libc.Ioctl(master, SetLock, (byte*)&off) != 0 || Libc.Ioctl(master, GetNumber, (byte*)&number) != 0)
        {
            throw GuestException.FromErrno("terminal");
        }

        Descriptors.DoNotBlock(master);
        var terminal = new Terminal(master, $"/dev/pts/{number.ToString(CultureInfo.InvariantCulture)}", isSilent: owner != 0);
        if (owner != 0 && Libc.Chown(terminal.Path, owner, owner) != 0)
        {
            throw GuestException.FromErrno(terminal.Path);
        }

        terminal.Set(size);
        return terminal;
    }

    /// <summary>The kernel tells the programs on it (SIGWINCH). Where it is gVisor's it tells nobody: then everyone is told, and who has another terminal finds its size unchanged.</summary>
    public void Resize(TerminalSize size)
    {
        Set(size);
        if (isSilent)
        {
            _ = Libc.Kill(-1, Linux.SIGWINCH);
        }
    }

    private void Set(TerminalSize size)
    {
        var window = stackalloc ushort[4]; // struct winsize: rows, columns, two unused
        (window[0], window[1], window[2], window[3]) = (size.Rows, size.Columns, 0, 0);
        _ = Libc.Ioctl(Master, SetSize, (byte*)window);
    }

    /// <summary>For the exec stage, leader of a session without a terminal: makes this its controlling one and its standard streams.</summary>
    public static void Take(string path)
    {
        var slave = Libc.Open(path, Linux.O_RDWR);
        if (slave < 0)
        {
            throw GuestException.FromErrno(path);
        }

        _ = Libc.Ioctl(slave, SetControlling, null); // opening it did that already, except where the kernel wants to be told
        for (var standard = 0; standard <= 2; standard++)
        {
            if (Libc.Dup2(slave, standard) < 0)
            {
                throw GuestException.FromErrno(path);
            }
        }

        _ = Libc.Close(slave);
    }
}
