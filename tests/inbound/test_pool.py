"""The pool of reading processes: what a mail does to its reader costs that mail, and nobody else."""

from __future__ import annotations

import io
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.inbound import wire
from mailgate.inbound.parse import parse
from mailgate.inbound.pool import ParserLimits, ParserPool, ReaderKilledError
from tests.inbound.mails import mail, multipart
from tests.servers.programs import await_condition


@pytest.fixture
def pool() -> Iterator[ParserPool]:
    made = ParserPool()
    yield made
    made.close()


def test_a_mail_is_read_as_in_this_process(pool: ParserPool) -> None:
    raw = multipart(
        "Content-Type: text/plain; charset=utf-8\n\nBonjour, ça va ?\n\n> [close]\n",
        "Content-Type: application/pdf\nContent-Disposition: attachment; filename=plan.pdf\n\n%PDF",
        headers="Date: Mon, 23 Nov 2026 09:00:00 +0100\n",
    )

    assert pool.parse(raw) == parse(raw)
    assert pool.parse(mail("another")) == parse(mail("another"))


def worker_of(pool: ParserPool) -> subprocess.Popen[bytes]:
    worker = pool._idle.get()
    pool._idle.put(worker)
    assert worker is not None
    return worker._process


def test_one_worker_reads_mail_after_mail(pool: ParserPool) -> None:
    pool.parse(mail("a"))
    first = worker_of(pool).pid
    pool.parse(mail("b"))

    assert worker_of(pool).pid == first


def test_a_worker_that_was_killed_meanwhile_is_replaced_without_a_word(pool: ParserPool) -> None:
    pool.parse(mail("a"))
    process = worker_of(pool)
    process.kill()
    process.wait()

    assert pool.parse(mail("b")) == parse(mail("b"))


@pytest.mark.parametrize("octets", [1, 10_000_000], ids=["before it answers", "before it has the mail"])
def test_a_mail_that_takes_too_long_is_given_up_and_the_next_is_read(pool: ParserPool, octets: int) -> None:
    pool.parse(mail("a"))
    with_wall_seconds(pool, 0.2)
    os.kill(worker_of(pool).pid, signal.SIGSTOP)  # as if it hung

    with pytest.raises(ReaderKilledError, match="took too long"):
        pool.parse(mail("b" * octets))
    assert pool.parse(mail("c")) == parse(mail("c"))


def test_a_reader_that_stops_in_the_middle_of_its_answer_is_given_up(pool: ParserPool) -> None:
    pool.parse(mail("a"))
    with_wall_seconds(pool, 0.5)
    worker = pool._idle.get()
    assert worker is not None
    worker.end()
    program = "import sys, time\nsys.stdout.write('\\0' * 7 + 'ahalf')\nsys.stdout.flush()\ntime.sleep(1000)"
    worker._process = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, process_group=0
    )
    pool._idle.put(worker)

    with pytest.raises(ReaderKilledError, match="took too long"):
        pool.parse(mail("b"))
    assert pool.parse(mail("c")) == parse(mail("c"))


def with_wall_seconds(pool: ParserPool, seconds: float) -> None:
    worker = pool._idle.get()
    assert worker is not None
    worker._limits = ParserLimits(wall_seconds=seconds)
    pool._idle.put(worker)


def test_a_reader_may_take_so_much_memory_and_write_no_core(pool: ParserPool) -> None:
    pool.parse(mail("a"))
    pid = worker_of(pool).pid

    assert resource.prlimit(pid, resource.RLIMIT_AS) == (ParserLimits().memory_octets,) * 2
    assert resource.prlimit(pid, resource.RLIMIT_CORE) == (0, 0)
    assert resource.prlimit(pid, resource.RLIMIT_CPU)[0] in range(ParserLimits().cpu_seconds, 60)


def test_a_mail_of_the_largest_size_is_read_within_the_limits(pool: ParserPool) -> None:
    line = b"A" * 76 + b"\r\n"
    attachment = (
        b"Content-Type: application/pdf; name=plan.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n" + line * 480_000
    )
    raw = mail(b"--b\r\n" + attachment + b"--b--\r\n", headers="Content-Type: multipart/mixed; boundary=b\n")

    assert len(raw) > 37_000_000
    assert [each.filename for each in pool.parse(raw).attachments] == ["plan.pdf"]


def test_a_mail_that_ends_its_reader_is_to_blame_and_the_next_is_read(pool: ParserPool) -> None:
    pool.parse(mail("a"))
    process = worker_of(pool)
    resource.prlimit(process.pid, resource.RLIMIT_AS, (1, 1))  # as if the mail took all that there is

    with pytest.raises(ReaderKilledError, match="ended with status"):
        pool.parse(mail("x" * 30_000_000))
    assert pool.parse(mail("small")) == parse(mail("small"))


def test_the_kernel_ends_a_reader_that_works_too_long() -> None:
    program = (
        "import io, itertools\nfrom mailgate.inbound import worker\n"
        "worker._allow(-1)\nfor _ in itertools.count(): pass\n"
    )
    begun = time.monotonic()
    done = subprocess.run([sys.executable, "-c", program], check=False, timeout=100)

    assert done.returncode == -signal.SIGXCPU
    assert time.monotonic() - begun < 100


def test_a_worker_ends_when_its_parent_is_gone() -> None:
    program = (
        "from mailgate.inbound.pool import ParserPool\nimport os, sys\npool = ParserPool()\npool.parse(b'a: b')\n"
        "worker = pool._idle.get()\nprint(worker._process.pid, flush=True)\nos.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True, timeout=100)
    worker = int(done.stdout)

    await_condition(lambda: not is_running(worker), "the worker ends")


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_the_signals_that_end_a_service_do_not_end_a_reader_before_its_parent_wants(pool: ParserPool) -> None:
    pool.parse(mail("a"))
    process = worker_of(pool)
    for number in (signal.SIGINT, signal.SIGTERM):
        process.send_signal(number)

    assert pool.parse(mail("b")) == parse(mail("b"))
    assert worker_of(pool).pid == process.pid


# --- the wire ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [b"", b"[]", b"{}", b"null", b'{"subject": 1}', b"\x80\x05", b"[" * 100_000])
def test_nothing_but_a_message_is_built_of_an_answer(answer: bytes) -> None:
    with pytest.raises(wire.WireError):
        wire.unpacked(answer)


@given(st.binary(max_size=60))
def test_any_answer_is_a_message_or_an_error(answer: bytes) -> None:
    with pytest.raises(wire.WireError):
        wire.unpacked(answer)


@given(st.binary(max_size=200))
def test_any_mail_that_was_read_travels_whole(raw: bytes) -> None:
    message = parse(raw)

    assert wire.unpacked(wire.packed(message)) == message


@given(st.lists(st.binary(max_size=50), max_size=4))
def test_frames_come_out_as_they_went_in(contents: list[bytes]) -> None:
    pipe = io.BytesIO()
    for content in contents:
        wire.send(pipe, content)
    pipe.seek(0)

    assert [wire.receive(pipe) for _ in contents] == contents
    assert wire.receive(pipe) is None


@pytest.mark.parametrize("octets", [b"\0\0", b"\0" * 7 + b"\5abc", b"\xff" * 8])
def test_half_a_frame_and_an_absurd_length_are_errors(octets: bytes) -> None:
    with pytest.raises(wire.WireError):
        wire.receive(io.BytesIO(octets))
