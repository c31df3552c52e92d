"""A receiver of webhooks for tests: a real server on this machine that verifies what comes, and answers as it is told."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook


class Receiver:
    """``answer``: the status that it answers with; ``got``: every message that was verified, with its id, whatever was answered;
    ``secret``: what it verifies by."""

    def __init__(self) -> None:
        self.answer = 204
        self.secret = ""
        self.got: list[tuple[str, dict[str, Any]]] = []
        self.unverified = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                try:
                    Webhook(outer.secret).verify(body, dict(self.headers.items()))
                    outer.got.append((self.headers["webhook-id"], json.loads(body)))
                except Exception:
                    outer.unverified += 1
                self.send_response(outer.answer)
                self.send_header("content-length", "0")
                if 300 <= outer.answer < 400:
                    self.send_header("location", "/elsewhere")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Nothing is printed."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop to listen."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
