"""Log lines: one line each, or one JSON object each, with the id of the request that they belong to and nobody's data.

In: records of Python's logging. Out: lines for a person, or objects for whoever collects logs. Next: ``api.http.running`` takes
``configuration`` for the service; ``api.cli.frame`` has warnings of libraries written so.

A traceback names types and places and leaves out what the errors say, for that may quote a question, a key or a name.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

FIELDS = "fields"
"""What a record's ``extra`` holds the further fields of a JSON object in."""
request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request that is being answered, "" outside of one."""
_Error = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def configuration(level: str, *, as_json: bool) -> dict[str, Any]:
    """Python's logging settings of a service: everything to stderr. ``level`` is of Dovetail's own lines and of the server's; of other
    libraries, whose finer lines quote what they carry, warnings alone."""
    form = "api.logs.JsonFormatter" if as_json else "api.logs.LineFormatter"
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"plain": {"()": form, "fmt": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain", "stream": "ext://sys.stderr"}},
        "root": {"level": "WARNING", "handlers": ["stderr"]},
        "loggers": {name: {"level": level.upper()} for name in ("uvicorn.error", "dovetail")},
    }


def places_of(error: BaseException | None) -> str:
    """Where an error came from, and what led to it: types and places, a line each, the first cause first."""
    lines = list[str]()
    while error is not None:
        frames = traceback.extract_tb(error.__traceback__)
        places = [f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
        lines = [f"{type(error).__module__}.{type(error).__qualname__}", *places, *lines]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(lines)


class _Reserved(logging.Formatter):
    """What both forms share: tracebacks of types and places."""

    def formatException(self, ei: _Error) -> str:
        return places_of(ei[1])


class LineFormatter(_Reserved):
    """The message in one line, whatever it holds, with the request's id behind it; a traceback goes below it."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        id = request_id.get()
        return " ".join(super().formatMessage(record).split()) + (f" [{id}]" if id else "")


class JsonFormatter(_Reserved):
    """time, level, logger, process, message; the request's id, further fields and the traceback where there are any."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"time": at, "level": record.levelname, "logger": record.name, "process": os.getpid(), "message": record.getMessage()}
        line |= {"request_id": request_id.get()} if request_id.get() else {}
        line |= getattr(record, FIELDS, {})
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


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
