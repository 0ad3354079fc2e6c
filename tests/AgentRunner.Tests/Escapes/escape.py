"""Tries to get out, and says of every attempt what came of it: name, whether its control needs something of the kernel, result."""
import os

import attempts

if __name__ == "__main__":
    import calls, mounts, procfs, files, terminals, signals, network, bombs  # noqa: E401,F401

    if attempts.LAB:
        import lab
        lab.build()
        attempts.before = lab.alone
    attempts.run()
