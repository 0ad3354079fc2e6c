"""Changing what is mounted, and becoming somebody who may."""
import ctypes
import os

from attempts import attempt, call, each, libc

MOUNT = 165
BIND, REMOUNT, MOVE, PRIVATE, SHARED = 4096, 32, 8192, 1 << 18, 1 << 20


def room(name):
    path = f"/tmp/{name}"
    os.makedirs(path, exist_ok=True)
    return path.encode()


@each("mount", {kind: (kind,) for kind in ("tmpfs", "proc", "mqueue", "ramfs")})
def _(kind):
    call(MOUNT, kind.encode(), room("mounted"), kind.encode(), 0, 0)


@attempt("mount.sysfs", kernel=True)
def _():
    call(MOUNT, b"sysfs", room("mounted"), b"sysfs", 0, 0)


@attempt("mount.cgroup", kernel=True)
def _():
    call(MOUNT, b"cgroup2", room("mounted"), b"cgroup2", 0, 0)


@attempt("mount.devpts")
def _():
    call(MOUNT, b"devpts", room("mounted"), b"devpts", 0, b"newinstance")


@attempt("mount.overlay", kernel=True)
def _():
    room("upper")
    room("work")
    call(MOUNT, b"overlay", room("mounted"), b"overlay", 0, b"lowerdir=/opt,upperdir=/tmp/upper,workdir=/tmp/work")


@attempt("mount.bind")
def _():
    call(MOUNT, b"/etc", room("mounted"), 0, BIND, 0)


@attempt("mount.writable")
def _():
    call(MOUNT, b"/opt", b"/opt", 0, BIND, 0)
    call(MOUNT, 0, b"/opt", 0, BIND | REMOUNT, 0)


@attempt("mount.move")
def _():
    call(MOUNT, b"tmpfs", room("first"), b"tmpfs", 0, 0)
    call(MOUNT, 0, b"/tmp/first", 0, PRIVATE, 0)
    call(MOUNT, b"/tmp/first", room("second"), 0, MOVE, 0)


@attempt("mount.shared")
def _():
    call(MOUNT, b"tmpfs", room("first"), b"tmpfs", 0, 0)
    call(MOUNT, 0, b"/tmp/first", 0, SHARED, 0)


@each("umount", {"proc_sys": (b"/home",), "lazily": (b"/srv", 2)})
def _(path, flags=0):
    call(166, path, flags)


@attempt("pivot_root")
def _():
    call(MOUNT, b"tmpfs", room("root"), b"tmpfs", 0, 0)
    os.mkdir("/tmp/root/old")
    call(155, b"/tmp/root", b"/tmp/root/old")


@attempt("chroot.and_out")
def _():
    held = os.open("/", os.O_RDONLY)
    call(161, room("jail"))
    os.fchdir(held)


@attempt("fsopen")
def _():
    context = call(430, b"tmpfs", 0)
    call(431, context, 6, 0, 0, 0)
    call(432, context, 0, 0)


@attempt("fspick")
def _():
    call(433, -100, b"/tmp", 0)


@attempt("open_tree")
def _():
    call(428, -100, b"/etc", 1)


@attempt("move_mount")
def _():
    call(429, call(428, -100, b"/etc", 1), b"", -100, room("mounted"), 4)


@attempt("mount_setattr")
def _():
    call(442, -100, b"/opt", 0, (ctypes.c_ulong * 4)(0, 1, 0, 0), 32)


@attempt("statmount", kernel=True)
def _():
    identity = (ctypes.c_ulong * 32)()
    call(332, -100, b"/", 0, 0x4000, identity)
    call(457, (ctypes.c_ulong * 4)(32, identity[18], 1, 0), (ctypes.c_char * 4096)(), 4096, 0)


@each("become", {"uid": (105,), "gid": (106,), "effective": (113, -1, 0), "group": (114, -1, 0), "saved": (117, -1, -1, 0), "saved_group": (119, -1, -1, 0)})
def _(number, *identities):
    call(number, *(identities or (0,)))


@attempt("become.groups", kernel=True)
def _():
    os.setgroups([0])


@attempt("become.file_system_user")
def _():
    libc.setfsuid(0)
    if libc.setfsuid(-1) != 0:
        raise OSError(1, "still somebody else")


@attempt("capabilities.set")
def _():
    call(126, (ctypes.c_uint * 2)(0x20080522, 0), (ctypes.c_uint * 6)(1 << 21, 1 << 21, 0, 0, 0, 0))


@attempt("capabilities.ambient")
def _():
    call(126, (ctypes.c_uint * 2)(0x20080522, 0), (ctypes.c_uint * 6)(1 << 21, 1 << 21, 1 << 21, 0, 0, 0))
    call(157, 47, 2, 21, 0, 0)


@each("capabilities", {"bounding": (24, 21), "secure_bits": (28, 1)})
def _(option, value):
    call(157, option, value, 0, 0, 0)


@attempt("no_new_privs.off")
def _():
    """It cannot be taken back; what it stands for can still be had in the lab: a privilege by execve."""
    if call(157, 39, 0, 0, 0, 0) == 1:
        raise OSError(1, "is set")


@attempt("seccomp.off")
def _():
    if "Seccomp:\t0" not in open("/proc/self/status").read():
        raise OSError(1, "is set")


@attempt("chown.to_root")
def _():
    with open("/tmp/owned", "w"):
        os.chown("/tmp/owned", 0, 0)
