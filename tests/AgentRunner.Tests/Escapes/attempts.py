"""The table of attempts, and what they are made of. An attempt that returns has got what it wanted; one that was denied raises OSError."""
import ctypes
import os
import select
import signal
import time

LAB = os.environ.get("ESCAPE_ARM") == "lab"
CGROUP = os.environ.get("ESCAPE_CGROUP") == "1"
LIMIT = 60
ONLY, WITHOUT = os.environ.get("ESCAPE_ONLY"), os.environ.get("ESCAPE_WITHOUT")    # a name; the beginning of names
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
table = []
before = None
INHERITED = [int(fd) for fd in os.listdir("/proc/self/fd") if int(fd) > 2 and os.path.exists(f"/proc/self/fd/{fd}")]


def attempt(name, **facts):
    """`kernel`: whether the lab can show it depends on how this kernel was built. `cgroup`: bounded only where a control group counts."""
    def register(body):
        if CGROUP or not facts.get("cgroup"):
            table.append((name, body, facts))
        return body
    return register


def each(prefix, cases, **facts):
    """One attempt a case; `cases` maps a name to the arguments of the decorated function."""
    def register(body):
        for name, arguments in cases.items():
            attempt(f"{prefix}.{name}", **facts)(lambda arguments=arguments: body(*arguments))
        return body
    return register


def call(number, *arguments):
    values = [a if isinstance(a, (bytes, ctypes.Array, ctypes.Structure)) else ctypes.c_long(a) for a in arguments]
    values = [ctypes.byref(v) if isinstance(v, ctypes.Structure) else v for v in values]
    result = libc.syscall(ctypes.c_long(number), *values)
    if result < 0:
        errno = ctypes.get_errno()
        raise OSError(errno, os.strerror(errno))
    return result


def victim():
    """PID 1, which serves every way out; in the lab a process that nothing guards."""
    if not LAB:
        return 1
    pid = os.fork()
    if pid == 0:
        time.sleep(60)
        os._exit(0)
    return pid


def outcome(body):
    """Runs the attempt in a process of its own."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        signal.alarm(LIMIT)
        os.setsid()
        os.close(read)
        if before:
            before()
        os.write(write, describe(body).encode() + b"\0")
        os._exit(0)
    os.close(write)
    said = b""
    while not said.endswith(b"\0") and select.select([read], [], [], LIMIT)[0] and (more := os.read(read, 4096)):
        said += more
    os.close(read)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    os.killpg(pid, signal.SIGKILL)    # what it left; its own id is held until it is waited for
    _, status = os.waitpid(pid, 0)
    if said:
        return said[:-1].decode()
    return f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else f"exit {os.WEXITSTATUS(status)}"


def describe(body):
    try:
        body()
        return "open"
    except TimeoutError as failure:
        return "contained no answer" if failure.errno is None else f"errno {failure.errno} {failure.strerror}"
    except OSError as failure:
        return f"errno {failure.errno} {failure.strerror}"
    except MemoryError:
        return "errno 12 no memory"
    except BaseException as failure:
        return f"broken {type(failure).__name__} {failure}"


def run():
    for name, body, facts in table:
        if (ONLY and name != ONLY) or (WITHOUT and name.startswith(WITHOUT)):
            continue
        result = outcome(body).replace("\n", " ")
        print(name, "kernel" if facts.get("kernel") else "always", result, sep="\t", flush=True)
