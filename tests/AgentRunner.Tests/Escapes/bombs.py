"""More of everything than a session may have: 700 processes, 400 MiB of memory, 48 MiB of files, 5000 descriptors."""
import ctypes
import mmap
import os
import resource
import signal
import threading

from attempts import attempt, each, libc

MEMORY, FILES, PROCESSES, DESCRIPTORS = 400 << 20, 48 << 20, 700, 5000


def touch(mapped):
    for at in range(0, MEMORY, 4096):
        mapped[at] = 1


@attempt("bomb.processes")
def _():
    for _ in range(PROCESSES):
        if os.fork() == 0:
            signal.pause()


@attempt("bomb.threads")
def _():
    done = threading.Event()
    try:
        for _ in range(PROCESSES):
            threading.Thread(target=done.wait, daemon=True).start()
    except RuntimeError as failure:
        raise OSError(11, str(failure))


@attempt("bomb.zombies")
def _():
    for _ in range(PROCESSES):
        if os.fork() == 0:
            os._exit(0)


@attempt("bomb.memory")
def _():
    touch(mmap.mmap(-1, MEMORY, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))


@attempt("bomb.memory_file", cgroup=True)
def _():
    held = os.memfd_create("held")
    os.ftruncate(held, MEMORY)
    touch(mmap.mmap(held, MEMORY))


@attempt("bomb.shared_segment", cgroup=True)
def _():
    identity = libc.shmget(0, MEMORY, 0o1600)
    libc.shmat.restype = ctypes.c_void_p
    address = libc.shmat(identity, None, 0)
    libc.shmctl(identity, 0, None)    # gone with its last user
    touch((ctypes.c_char * MEMORY).from_address(address))


@each("bomb.files", {"tmp": ("/tmp",), "home": (os.environ.get("HOME", "/home/agent"),), "shm": ("/dev/shm",)})
def _(place):
    path = f"{place}/bomb"
    try:
        with open(path, "wb") as file:
            for _ in range(FILES >> 20):
                file.write(bytes(1 << 20))
    finally:
        os.unlink(path)


@attempt("bomb.preallocated")
def _():
    held = os.open("/tmp/allocated", os.O_CREAT | os.O_RDWR)
    try:
        os.posix_fallocate(held, 0, FILES)
    finally:
        os.unlink("/tmp/allocated")


@attempt("bomb.descriptors")
def _():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    for _ in range(DESCRIPTORS):
        os.dup(0)


@attempt("bomb.core")
def _():
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (1 << 20, 1 << 20))
    except ValueError as failure:
        raise OSError(1, str(failure))
