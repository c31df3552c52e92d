"""Log lines: one line each, or one JSON object each.

In: records of Python's logging. Out: lines for a person, or objects for whoever collects logs. Next: ``api.cli.serve`` names both in its
settings of logging (``--json``); ``api.cli.frame`` has warnings of libraries written so.
"""

from __future__ import annotations

import json
import logging
import sys
from typing import Any


class LineFormatter(logging.Formatter):
    """The message in one line, whatever it holds; a traceback goes below it."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        return " ".join(super().formatMessage(record).split())


def one_line_warnings() -> None:
    """Have what libraries warn of (a Neo4j driver that tries again) told like everything else: ``dovetail: ...``, one line, on stderr."""
    root = logging.getLogger()
    if not root.handlers:  # a service has its own, and so has whoever calls this as a library
        handler = _Stderr(logging.WARNING)
        handler.setFormatter(LineFormatter("dovetail: %(message)s"))
        root.addHandler(handler)


class _Stderr(logging.StreamHandler[Any]):
    """To the stderr of the moment; where nobody reads it, nothing is said of that."""

    def __init__(self, level: int) -> None:
        logging.Handler.__init__(self, level)

    @property
    def stream(self) -> Any:
        return sys.stderr

    def handleError(self, record: logging.LogRecord) -> None:
        pass


class JsonFormatter(logging.Formatter):
    """time, level, logger, message, and the traceback where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        line = {"time": self.formatTime(record), "level": record.levelname, "logger": record.name, "message": record.getMessage()}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)
