"""System calls that end at the filter."""
import ctypes
import os
import signal
import struct

from attempts import attempt, call, each, libc, victim

SIGCHLD = 17
NAMESPACES = {"time": 0x80, "mnt": 0x20000, "cgroup": 0x2000000, "uts": 0x4000000, "ipc": 0x8000000, "user": 0x10000000, "pid": 0x20000000, "net": 0x40000000}


class Vector(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


def forked(body):
    """A child that waits to be looked at."""
    pid = os.fork()
    if pid == 0:
        signal.pause()
    return body(pid)


@each("unshare", {name: (flag,) for name, flag in NAMESPACES.items()})
def _(flag):
    call(272, flag)


@each("clone", {name: (flag,) for name, flag in NAMESPACES.items() if name != "time"})
def _(flag):
    if call(56, flag | SIGCHLD, 0, 0, 0, 0) == 0:
        os._exit(0)


@attempt("clone3.user")
def _():
    words = (ctypes.c_ulong * 8)(NAMESPACES["user"], 0, 0, 0, SIGCHLD)
    if call(435, words, 64) == 0:
        os._exit(0)


@each("setns", {name: (name, flag) for name, flag in NAMESPACES.items() if name not in ("user", "time", "pid")})
def _(name, flag):
    call(308, os.open(f"/proc/self/ns/{name}", os.O_RDONLY), flag)


@attempt("setns.pidfd")
def _():
    call(308, os.pidfd_open(os.getpid()), NAMESPACES["uts"])


@attempt("ptrace.attach")
def _():
    forked(lambda pid: call(101, 16, pid, 0, 0))


@attempt("ptrace.seize")
def _():
    forked(lambda pid: call(101, 0x4206, pid, 0, 0))


@attempt("ptrace.init")
def _():
    call(101, 16, victim(), 0, 0)


@attempt("ptrace.traceme")
def _():
    call(101, 0, 0, 0, 0)


@each("memory", {"readv": (310,), "writev": (311,)})
def _(number):
    held = ctypes.create_string_buffer(b"secret", 8)
    taken = ctypes.create_string_buffer(8)
    local, remote = Vector(ctypes.addressof(taken), 8), Vector(ctypes.addressof(held), 8)
    forked(lambda pid: call(number, pid, local, 1, remote, 1, 0))


@attempt("pidfd.getfd_child")
def _():
    forked(lambda pid: call(438, os.pidfd_open(pid), 0, 0))


@attempt("pidfd.getfd_init")
def _():
    call(438, os.pidfd_open(victim()), 0, 0)


@attempt("kcmp", kernel=True)
def _():
    call(312, os.getpid(), os.getpid(), 0, 0, 0)


@attempt("keys.join", kernel=True)
def _():
    call(250, 1, 0, 0, 0, 0)


@attempt("keys.add", kernel=True)
def _():
    call(248, b"user", b"name", b"value", 5, -3)


@attempt("keys.request", kernel=True)
def _():
    call(248, b"user", b"asked", b"value", 5, -3)
    call(249, b"user", b"asked", 0, 0)


@attempt("io_uring", kernel=True)
def _():
    call(425, 8, (ctypes.c_char * 120)())


@attempt("userfaultfd", kernel=True)
def _():
    call(323, 1)


@attempt("perf_event_open", kernel=True)
def _():
    words = (ctypes.c_ulong * 16)()
    words[0] = 1 | (128 << 32)    # a software event
    words[1] = 9                  # that counts nothing
    words[5] = 0x60               # and not in the kernel
    call(298, words, 0, -1, -1, 0)


@attempt("bpf.map", kernel=True)
def _():
    call(321, 0, (ctypes.c_uint * 32)(2, 4, 4, 1), 128)


@attempt("name_to_handle_at", kernel=True)
def _():
    handle = (ctypes.c_uint * 40)(128)
    call(303, -100, b"/tmp", handle, (ctypes.c_int * 1)(), 0)


@attempt("fanotify", kernel=True)
def _():
    call(300, 0x200, 0)


@each("personality", {"read_implies_exec": (0x400000,), "map_page_zero": (0x100000,), "old_kernel": (0x20000,), "no_layout": (0x200000,)})
def _(persona):
    call(135, persona)


@attempt("modify_ldt", kernel=True)
def _():
    call(154, 0, (ctypes.c_char * 64)(), 64)


@attempt("move_pages", kernel=True)
def _():
    call(279, 0, 0, 0, 0, 0, 0)


@attempt("migrate_pages", kernel=True)
def _():
    call(256, 0, 64, (ctypes.c_ulong * 1)(1), (ctypes.c_ulong * 1)(1))


@attempt("process_madvise", kernel=True)
def _():
    held = ctypes.create_string_buffer(8192)
    page = (ctypes.addressof(held) + 4095) & ~4095
    call(440, os.pidfd_open(os.getpid()), Vector(page, 4096), 1, 20, 0)


@attempt("adjtimex")
def _():
    call(159, (ctypes.c_char * 256)())


@each("clock", {"settime": (227, 1), "adjtime": (305, 0)}, kernel=True)
def _(number, clock):
    call(number, clock, (ctypes.c_char * 256)())


@attempt("listmount", kernel=True)
def _():
    call(458, (ctypes.c_ulong * 4)(32, 0xffffffffffffffff, 0, 0), (ctypes.c_ulong * 8)(), 8, 0)


@attempt("hostname")
def _():
    call(170, b"taken", 5)


@attempt("domainname")
def _():
    call(171, b"taken", 5)


@attempt("x32", kernel=True)
def _():
    call(0x40000000 + 39)


@attempt("int80", kernel=True)
def _():
    """An ELF file whose only work is exit(0) by the 32-bit entry."""
    header = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", 2, 62, 1, 0x400078, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, 0x400000, 0x400000, 132, 132, 4096)
    image = header + segment + b"\xbb\0\0\0\0\xb8\x01\0\0\0\xcd\x80"
    with open("/tmp/int80", "wb") as file:
        file.write(image)
    os.chmod("/tmp/int80", 0o755)
    pid = os.fork()
    if pid == 0:
        os.execv("/tmp/int80", ["int80"])
    _, status = os.waitpid(pid, 0)
    if status != 0:
        raise OSError(0, f"wait status {status}")


@each("robust_list", {"init": ()}, kernel=True)
def _():
    call(274, victim(), (ctypes.c_void_p * 1)(), (ctypes.c_size_t * 1)())
