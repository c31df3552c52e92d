"""ProgressLine and plain words: what is written when, and that nothing moves where nobody watches."""

from __future__ import annotations

import io
import sys

import pytest

from api.cli import output


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_progress_line_says_how_much_is_left() -> None:
    assert output.progress_line("embed", 250, 1000, 10) == "embed: 250 of 1,000 (25 %, 30 s left)"


def test_progress_line_without_a_total_only_counts() -> None:
    assert output.progress_line("read", 12_345, 0, 10) == "read: 12,345"


def test_progress_line_of_finished_work_has_nothing_left() -> None:
    assert output.progress_line("embed", 10, 10, 10) == "embed: 10 of 10 (100 %)"


def test_progress_line_in_bytes() -> None:
    assert output.progress_line("read a.csv", 500_000, 2_000_000, 0, output.size) == "read a.csv: 500.0 kB of 2.0 MB (25 %)"


@pytest.mark.parametrize(("seconds", "said"), [(0.2, "0 s"), (59.4, "59 s"), (200, "3 min 20 s"), (7500, "2 h 5 min")])
def test_durations(seconds: float, said: str) -> None:
    assert output.duration(seconds) == said


@pytest.mark.parametrize(("count", "said"), [(870, "870 B"), (12_400, "12.4 kB"), (3.1e9, "3.1 GB"), (2e12, "2.0 TB")])
def test_sizes(count: float, said: str) -> None:
    assert output.size(count) == said


def test_a_terminal_gets_one_line_that_is_wiped_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(output, "_REDRAW", 0)
    with output.ProgressLine() as progress:
        progress("embed", 1, 2)
        progress("embed", 2, 2)
    assert "\n" not in stream.getvalue()
    assert stream.getvalue().endswith("\r" + " " * len("embed: 2 of 2 (100 %)") + "\r")


def test_elsewhere_there_are_plain_lines_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    with output.ProgressLine() as progress:
        progress("embed", 1, 2)
        monkeypatch.setattr(output, "_PLAIN_EVERY", 0)
        progress.bytes(50, 100, "a.csv")
    assert stream.getvalue() == "dovetail: read a.csv: 50 B of 100 B (50 %)\n"


def test_work_goes_on_when_nobody_reads_stderr(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(Terminal):
        def write(self, _text: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stderr", Gone())
    monkeypatch.setattr(output, "_REDRAW", 0)
    with output.ProgressLine() as progress:
        progress("embed", 1, 2)
        progress("embed", 2, 2)


def test_json_is_escaped_where_stdout_cannot_carry_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "涂层" in output.json_text({"a": "涂层"})
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), "latin-1"))
    assert "\\u6d82" in output.json_text({"a": "涂层"})
