"""Log lines: one line each, or one JSON object each.

In: records of Python's logging. Out: lines for a person, or objects for whoever collects logs. Next: ``api.cli.serve`` names both in its
settings of logging (``--json``); ``api.cli.frame`` has warnings of libraries written so.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from typing import Any

_ROOM = re.compile(r"(/v1/\w+/)([^/?]+)")
_ID = re.compile(r"[a-z]{3}-[0-9a-v]{16}|\{\w+\}")


def nameless(path: str) -> str:
    """The path of a request as a log may hold it: an id stays; a name, and what is asked behind the path, do not."""
    bare, mark, _asked = path.partition("?")
    return _ROOM.sub(lambda found: found[1] + (found[2] if _ID.fullmatch(found[2]) else "-"), bare) + (f"{mark}-" if mark else "")


class Nameless(logging.Filter):
    """Keeps names out of the lines of the web server: who is looked up is nobody's to read there."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name == "uvicorn.access" and isinstance(record.args, tuple) and len(record.args) == 5:
            client, method, path, *rest = record.args
            record.args = (client, method, nameless(str(path)), *rest)
        return True


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
