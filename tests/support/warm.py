"""Processes of the bot that are forked from one that has loaded everything: what they do is theirs, loading is not.

A third of a suite's processor time was spent on loading the same modules in a hundred processes.
`python -m tests.support.warm SOCKET` is the one that forks; everything else here is for the tests' side.
"""

import asyncio
import atexit
import ctypes
import json
import os
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).parents[2]
MOST = 200_000
"""Bytes of one request: a whole environment fits."""

DIE_WITH_PARENT = 1
"""prctl's PR_SET_PDEATHSIG: nothing goes on living after a run that was broken off (Linux)."""


def can_be_warm(environment: Mapping[str, str]) -> bool:
    """What Python itself reads when it starts can't be set later, and files are handed over on Unix only."""
    return hasattr(socket, "send_fds") and not any(
        name.startswith("PYTHON") and os.environ.get(name) != value
        for name, value in environment.items()
        if name != "PYTHONPATH"
    )


# ---- The tests' side ----


@dataclass
class WarmProcess:
    """As asyncio's own: what tests use of it."""

    pid: int
    stdin: asyncio.StreamWriter
    stdout: asyncio.StreamReader
    stderr: asyncio.StreamReader
    _line: socket.socket
    returncode: int | None = None

    def send_signal(self, how: signal.Signals) -> None:
        if self.returncode is None:
            os.kill(self.pid, how)  # it is not waited for until its end was said, so the number is still its own

    async def wait(self) -> int:
        if self.returncode is None:
            said = await asyncio.get_running_loop().sock_recv(self._line, 100)
            self.returncode = int(said)
            self._line.close()
            self.stdin.close()
        return self.returncode

    async def communicate(self, given: bytes = b"") -> tuple[bytes, bytes]:
        self.stdin.write(given)
        self.stdin.close()
        out, err = await asyncio.gather(self.stdout.read(), self.stderr.read())
        await self.wait()
        return out, err


async def start(module: Sequence[str], folder: Path, environment: Mapping[str, str]) -> WarmProcess:
    """Run `python -m module…` in a folder."""
    line = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    line.connect(_forking())
    pipes = [os.pipe() for _ in range(3)]
    (theirs_in, ours_in), (ours_out, theirs_out), (ours_err, theirs_err) = pipes
    wanted = {"module": list(module), "folder": str(folder), "environment": dict(environment)}
    socket.send_fds(line, [json.dumps(wanted).encode()], [theirs_in, theirs_out, theirs_err])
    for theirs in (theirs_in, theirs_out, theirs_err):
        os.close(theirs)
    line.setblocking(False)
    pid = int(await asyncio.get_running_loop().sock_recv(line, 100))
    return WarmProcess(pid, await _writer(ours_in), await _reader(ours_out), await _reader(ours_err), line)


async def _reader(file: int) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(file, "rb"))
    return reader


async def _writer(file: int) -> asyncio.StreamWriter:
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, os.fdopen(file, "wb"))
    return asyncio.StreamWriter(transport, protocol, None, loop)


_started: list[str] = []


def _forking() -> str:
    """Where the one that forks listens; begun when it is first needed, ended with this process."""
    if not _started:
        path = f"{tempfile.mkdtemp(prefix='warm-')}/socket"
        process = subprocess.Popen(  # noqa: S603 - this very file
            [sys.executable, "-m", "tests.support.warm", path], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        assert process.stdout.readline() == b"listening\n"
        atexit.register(_end, process, Path(path))
        _started.append(path)
    return _started[0]


def _end(process: subprocess.Popen[bytes], path: Path) -> None:
    process.communicate()  # its input ends, and so does it
    path.unlink()
    path.parent.rmdir()


# ---- The side that forks ----


async def _load_everything() -> None:
    """What each start would spend its time on."""
    from sqlalchemy.orm import configure_mappers  # noqa: PLC0415 - tests that start nothing need none of this

    import bot.cli  # noqa: PLC0415, F401
    import sandbox.server  # noqa: PLC0415, F401
    from bot.domain.cadence import zones  # noqa: PLC0415
    from prompts.bank import load_bank  # noqa: PLC0415
    from storage.database import open_database  # noqa: PLC0415

    configure_mappers()
    load_bank()
    zones()
    with tempfile.TemporaryDirectory() as folder:
        await (await open_database(f"sqlite:///{folder}/warm.db")).close()


def _live(wanted: dict[str, Any], files: Sequence[int]) -> NoReturn:
    """The child: becomes what was wanted."""
    code: Any = 70
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)
        for number, file in enumerate(files):
            os.dup2(file, number)
        os.closerange(3, 200)
        os.environ.clear()
        os.environ.update(wanted["environment"])
        time.tzset()
        os.chdir(wanted["folder"])
        module, *arguments = wanted["module"]
        sys.argv = [module, *arguments]
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as end:
        code = end.code
    except BaseException:  # noqa: BLE001 - as the interpreter itself would
        sys.excepthook(*sys.exc_info())
        code = 1
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code if isinstance(code, int) else int(code is not None))


def main(path: str) -> None:
    asyncio.run(_load_everything())
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listening.bind(path)
    listening.listen()
    died, dying = socket.socketpair()
    dying.setblocking(False)
    signal.set_wakeup_fd(dying.fileno())
    signal.signal(signal.SIGCHLD, lambda *_: None)
    children: dict[int, socket.socket] = {}
    with selectors.DefaultSelector() as selector:
        for what in (listening, died, sys.stdin):
            selector.register(what, selectors.EVENT_READ)
        sys.stdout.write("listening\n")
        sys.stdout.flush()
        while True:
            ready = {key.fileobj for key, _ in selector.select()}
            if sys.stdin in ready:  # whoever began this has ended
                return
            if died in ready:
                died.recv(100)
                _say_who_died(children)
            if listening in ready:
                _fork(listening, children)


def _fork(listening: socket.socket, children: dict[int, socket.socket]) -> None:
    line, _ = listening.accept()
    given, files, _, _ = socket.recv_fds(line, MOST, 3)
    pid = os.fork()
    if pid == 0:
        _live(json.loads(given), files)
    for file in files:
        os.close(file)
    line.send(str(pid).encode())
    children[pid] = line


def _say_who_died(children: dict[int, socket.socket]) -> None:
    for pid in list(children):
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            line = children.pop(pid)
            line.send(str(os.waitstatus_to_exitcode(status)).encode())
            line.close()


if __name__ == "__main__":
    main(sys.argv[1])
