"""The host's files and sockets. The lab has fakes of all of them at the same places."""
import ctypes
import mmap
import os
import socket

from attempts import attempt, call, each

SECRETS = (
    "/etc/shadow", "/root/.ssh/id_ed25519", "/root/.bash_history", "/home/dev/.aws/credentials", "/home/dev/.netrc", "/var/lib/secrets/token", "/boot/vmlinuz", "/srv/data",
    "/run/secrets/kubernetes.io/serviceaccount/token", "/dev/mem", "/dev/kmsg", "/dev/sda", "/dev/kvm", "/dev/fuse", "/dev/net/tun", "/dev/vhost-vsock",
    "/sys/kernel/uevent_helper", "/sys/fs/cgroup/release_agent", "/sys/power/state", "/sys/firmware/efi/vars", "/media/disk", "/mnt/disk/file")
SOCKETS = (
    "/run/docker.sock", "/run/containerd/containerd.sock", "/run/systemd/private", "/run/dbus/system_bus_socket", "/run/user/1000/bus", "/tmp/.X11-unix/X0", "/tmp/ssh-agent/agent.1",
    "/run/secure-agent/guest.sock", "/run/secure-agent/control.sock")
KERNELS = ("/proc/kcore", "/proc/kmsg", "/proc/kallsyms", "/proc/timer_list", "/proc/sysrq-trigger", "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sys/vm/overcommit_memory")
WRITES = ("/etc/passwd", "/etc/hosts", "/etc/resolv.conf", "/etc/ld.so.cache", "/run/secure-agent/guest.json")
PLACES = ("/etc", "/usr/local/bin", "/opt", "/opt/secure-agent", "/opt/secure-agent/guest", "/run", "/run/secure-agent", "/home", "/mnt")
TARGET = "/etc/passwd"


@each("read", {path: (path,) for path in SECRETS})
def _(path):
    with open(path, "rb") as file:
        file.read(1)


@each("change.kernel", {path: (path,) for path in KERNELS}, kernel=True)
def _(path):
    os.close(os.open(path, os.O_RDWR))


@each("read.around", {
    "self_root": ("/proc/self/root/etc/shadow",), "dots": ("/tmp/../../../../etc/shadow",), "cwd": ("/proc/self/cwd/../../../../etc/shadow",), "thread": ("/proc/thread-self/root/etc/shadow",)})
def _(path):
    open(path, "rb").close()


@attempt("read.around.link")
def _():
    os.symlink("/etc/shadow", "/tmp/link")
    open("/tmp/link", "rb").close()


@attempt("read.around.handle")
def _():
    root = os.open("/", os.O_PATH)
    os.close(os.open("../../etc/shadow", os.O_RDONLY, dir_fd=root))


@each("connect", {path: (path,) for path in SOCKETS})
def _(path):
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(path)


@each("write", {path: (path,) for path in WRITES})
def _(path):
    os.close(os.open(path, os.O_WRONLY))


@each("create", {path: (path,) for path in PLACES})
def _(path):
    os.close(os.open(f"{path}/planted", os.O_WRONLY | os.O_CREAT, 0o644))


@attempt("create.unnamed")
def _():
    os.close(os.open("/opt", os.O_TMPFILE | os.O_WRONLY))


@attempt("create.preload")
def _():
    os.close(os.open("/etc/ld.so.preload", os.O_WRONLY | os.O_CREAT))


@attempt("create.device")
def _():
    os.close(os.open("/dev/planted", os.O_WRONLY | os.O_CREAT))


@attempt("create.socket")
def _():
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("/run/secure-agent/planted.sock")


@each("change", {
    "rename_over": (lambda: (open("/etc/new", "w").close(), os.rename("/etc/new", TARGET)),), "unlink": (lambda: os.unlink(TARGET),), "truncate": (lambda: os.truncate(TARGET, 0),),
    "mode": (lambda: os.chmod(TARGET, 0o666),), "times": (lambda: os.utime(TARGET, (0, 0)),), "owner": (lambda: os.chown(TARGET, 0, 0),), "link": (lambda: os.link(TARGET, "/etc/second"),),
    "symlink": (lambda: os.symlink("/tmp", "/run/secure-agent/elsewhere"),), "directory": (lambda: os.mkdir("/run/secure-agent/mine"),), "remove_guest": (lambda: os.unlink("/run/secure-agent/guest.json"),),
    "fifo": (lambda: os.mkfifo("/run/secure-agent/fifo"),), "pipe_over": (lambda: os.replace("/run/secure-agent/guest.json", "/run/secure-agent/other.json"),)})
def _(change):
    change()


@attempt("change.mapped")
def _():
    with open(TARGET, "r+b") as file, mmap.mmap(file.fileno(), 0) as mapped:
        mapped[0] = mapped[0]


@attempt("change.reopened")
def _():
    held = os.open(TARGET, os.O_RDONLY)
    os.close(os.open(f"/proc/self/fd/{held}", os.O_WRONLY))


@attempt("change.attribute", kernel=True)
def _():
    os.setxattr(TARGET, "trusted.mark", b"1")


@attempt("change.link_out")
def _():
    """A second name in a place of one's own for a file that may not be changed."""
    os.link("/opt/file", "/opt/../tmp/own" if os.stat("/opt").st_dev == os.stat("/tmp").st_dev else "/opt/own")


@attempt("handle.open", kernel=True)
def _():
    handle, mount = (ctypes.c_uint * 40)(128), (ctypes.c_int * 1)()
    call(303, -100, b"/tmp", handle, mount, 0)
    os.close(call(304, os.open("/tmp", os.O_RDONLY), handle, os.O_RDONLY))
