"""Log lines as JSON.

In: records of Python's logging. Out: one JSON object a line, for whoever collects logs. Next: ``api.cli.serve`` names it in its settings of
logging (``--json``).
"""

from __future__ import annotations

import json
import logging


class JsonFormatter(logging.Formatter):
    """time, level, logger, message, and the traceback where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        line = {"time": self.formatTime(record), "level": record.levelname, "logger": record.name, "message": record.getMessage()}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)
