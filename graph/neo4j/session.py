"""The way to a Neo4j server: address, driver, transactions that are tried again, and errors that say what to do.

In: an address, user and password, and the work of a transaction as a function. Out: the result of the work, or an error of
``graph.errors``. Next: ``graph.neo4j.store``, ``graph.neo4j.schema``, ``graph.neo4j.write`` and ``graph.neo4j.check`` run their statements
by it.

**Whole batches.** Neo4j reads what is committed, and applies a commit row by row: a reader can meet half a batch (4 of 200 reads did,
beside one writer of 500 rows). So ``Server.read`` checks every read. The bookmark that a read returns names the newest transaction that had
begun to commit by its end, and a transaction that is begun with a bookmark waits until all up to it is applied. Where a read ends with the
bookmark that it began with, nothing was committed meanwhile, and it saw whole batches. Where not, it is asked again with the newer
bookmark; a reader that finds no quiet moment takes the writers' lock for one.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec
import neo4j
from neo4j import exceptions

from graph.errors import DovetailError, InvalidInput, StoreAway, StoreError
from graph.language import N_, _

MAIN = "main"
"""The graph of an address that names none."""
TRANSACTION_SECONDS = 600.0
"""The server ends a transaction of this age: one that waits for a lock that somebody's open window holds, say."""
_TRIES = 4
_DRIVER_SECONDS = 5.0
"""How long the driver itself tries again. It doubles its pauses, and would sleep for a minute beside a server that is back."""
_AGAIN_SECONDS = 0.5
# a constant: ``SET s.revision = s.revision`` may read before it waits for the lock and then put back what was there before
_LOCK = "MATCH (s:_Store {graph: $graph}) SET s.locked = true"
_P = ParamSpec("_P")
_T = TypeVar("_T")
Transaction = neo4j.ManagedTransaction


class Address(msgspec.Struct, frozen=True):
    """Where a store is: the server, the database of it, the graph in the database."""

    server: str
    database: str
    graph: str

    @classmethod
    def parse(cls, url: str) -> Address:
        """``neo4j://host[:port][/database][?graph=name]``. Raises InvalidInput, without repeating what may be a secret."""
        try:
            parts = urlsplit(url)
            host, port, user = parts.hostname, parts.port, parts.username or parts.password
            options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
        except ValueError as error:
            raise InvalidInput(_("not a store address; it looks like neo4j://HOST:7687/DATABASE?graph=NAME"), field="store") from error
        if user is not None:
            raise InvalidInput(_("an address holds no user and password: put them into NEO4J_USER and NEO4J_PASSWORD"), field="store")
        database = unquote(parts.path.strip("/")) or os.environ.get("NEO4J_DATABASE") or "neo4j"
        graph = options.pop("graph", MAIN)
        if not host or options or parts.fragment or not graph.strip() or len(graph) > 64 or "/" in database:
            raise InvalidInput(_("not a store address; it looks like neo4j://HOST:7687/DATABASE?graph=NAME"), field="store")
        at = f"[{host}]" if ":" in host else host
        return cls(f"{parts.scheme}://{at}:{port or 7687}", database, graph)


class RolledBack(Exception):  # no error: what is raised to end a transaction without a commit
    """Raised by the work of a transaction that has its ``result`` and nothing to commit."""

    def __init__(self, result: Any) -> None:
        self.result = result


class Unreadable(StoreError):
    """A row is no node and no edge of the model: a hand edited it, or it is being deleted."""


class IncompleteCommit(StoreError):
    """The connection was lost while a commit was under way: it may have taken place or not."""


class Server:
    """A pool of connections to one database of one server."""

    def __init__(
        self, address: Address, url: str, auth: tuple[str, str] | None, *, wait_seconds: float, transaction_seconds: float
    ) -> None:
        """Raises StoreAway at once if nobody answers; later calls wait ``wait_seconds`` for a server that was lost."""
        self._address, self._url = address, url
        self._bookmarks = neo4j.Bookmarks.from_raw_values([])
        self._process = os.getpid()
        self._wait_seconds = wait_seconds
        self._writer = threading.Lock()
        self._closed = False
        self._unit = neo4j.unit_of_work(timeout=transaction_seconds)
        self._driver = neo4j.GraphDatabase.driver(
            address.server,
            auth=auth,
            user_agent="dovetail",
            max_connection_pool_size=50,
            connection_timeout=10.0,
            connection_acquisition_timeout=max(10.0, wait_seconds),
            liveness_check_timeout=30.0,
            max_transaction_retry_time=min(wait_seconds, _DRIVER_SECONDS),
            notifications_min_severity="OFF",  # of a label that is not there yet, say: no news in a new store
            telemetry_disabled=True,
        )
        try:
            self.call(self._driver.verify_connectivity)
        except BaseException:
            self._driver.close()
            raise

    def close(self) -> None:
        """Close all connections, those in use too."""
        self._closed = True
        if self._process == os.getpid():
            self._driver.close()

    def read(self, work: Callable[[Transaction], _T]) -> _T:
        """The result of ``work`` in one reading transaction that saw whole batches only; ``work`` may be called several times."""
        before = self._bookmarks
        for _try in range(_TRIES):
            try:
                result, after = self.call(self._run, work, before, neo4j.READ_ACCESS)
            except Unreadable:
                break  # what is deleted as it is read has lost some of its properties; what a hand edited is unreadable to the lock too
            if after.raw_values == before.raw_values:
                return result
            if self._bookmarks is before:  # not so if this process wrote meanwhile: its own writes are never forgotten
                self._bookmarks = after
            before = after

        def quietly(tx: Transaction) -> _T:
            raise RolledBack(work(tx))

        return self.locked(quietly)

    def glance(self, work: Callable[[Transaction], _T]) -> _T:
        """The result of a ``work`` that asks for one row: half a batch does not show there."""
        return self.call(self._run, work, self._bookmarks, neo4j.READ_ACCESS)[0]

    def locked(self, work: Callable[[Transaction], _T]) -> _T:
        """The result of ``work`` in one writing transaction, all others of this graph waiting outside until it is committed.

        What ``work`` raises rolls everything back. Raises IncompleteCommit where the connection was lost during the commit.
        """

        def alone(tx: Transaction) -> _T:
            tx.run(_LOCK, graph=self._address.graph).consume()
            return work(tx)

        return self.write(alone)

    def write(self, work: Callable[[Transaction], _T]) -> _T:
        """The result of ``work`` in one writing transaction without the lock: for statements that are whole by themselves."""
        with self._writer:
            result, self._bookmarks = self.call(self._run, work, self._bookmarks, neo4j.WRITE_ACCESS)
            return result

    def _run(self, work: Callable[[Transaction], _T], bookmarks: neo4j.Bookmarks, mode: str) -> tuple[_T, neo4j.Bookmarks]:
        end = time.monotonic() + self._wait_seconds
        while True:
            try:
                return self._run_once(work, bookmarks, mode)
            except exceptions.IncompleteCommit:
                raise
            except (exceptions.Neo4jError, exceptions.DriverError, OSError) as error:
                if not _is_away(error) or time.monotonic() > end or self._closed:
                    raise
                time.sleep(_AGAIN_SECONDS)

    def _run_once(self, work: Callable[[Transaction], _T], bookmarks: neo4j.Bookmarks, mode: str) -> tuple[_T, neo4j.Bookmarks]:
        with self._driver.session(database=self._address.database, bookmarks=bookmarks) as session:
            execute = session.execute_write if mode == neo4j.WRITE_ACCESS else session.execute_read
            try:
                return execute(self._unit(work)), session.last_bookmarks()
            except RolledBack as done:
                return done.result, session.last_bookmarks()

    def call(self, action: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """What ``action`` returns; its errors are translated."""
        if self._closed:
            raise StoreError(_("{url}: the store was closed", url=self._url))
        if self._process != os.getpid():
            raise StoreError(_("{url}: opened by another process; open the store again after a fork", url=self._url))
        try:
            return action(*args, **kwargs)
        except DovetailError:
            raise
        except exceptions.IncompleteCommit as error:
            raise IncompleteCommit(_("{url}: the connection was lost during a commit", url=self._url)) from error
        except (exceptions.Neo4jError, exceptions.DriverError, OSError) as error:
            if self._closed:
                raise StoreError(_("{url}: the store was closed", url=self._url)) from error
            raise (StoreAway if _is_away(error) else StoreError)(f"{self._url}: {_in_words(error, self._address)}") from error


def credentials() -> tuple[str, str] | None:
    """User and password from the environment; None for a server that asks for none."""
    password = os.environ.get("NEO4J_PASSWORD")
    return (os.environ.get("NEO4J_USER") or "neo4j", password) if password else None


_SAID: tuple[tuple[str, str], ...] = (
    ("Security.AuthenticationRateLimit", N_("too many wrong passwords; wait some seconds and set NEO4J_USER and NEO4J_PASSWORD right")),
    ("Security.Unauthorized", N_("user or password refused; set NEO4J_USER and NEO4J_PASSWORD")),
    ("Security.CredentialsExpired", N_("the password has to be changed first: ALTER CURRENT USER SET PASSWORD, as neo4j's manual shows")),
    ("Security.Forbidden", N_("this user may not do that; what rights are needed is in docs/operations.md")),
    ("Database.DatabaseNotFound", N_("there is no database {database}; name one in the address (/NAME) or in NEO4J_DATABASE")),
    ("Database.DatabaseUnavailable", N_("the database {database} is not started; see SHOW DATABASES")),
    ("Statement.AccessMode", N_("only reading is allowed here")),
    ("General.ForbiddenOnReadOnlyDatabase", N_("the database {database} is read-only; see server.databases.read_only")),
    ("General.WriteOnReadOnlyAccessDatabase", N_("the database {database} is read-only; see server.databases.read_only")),
    (
        "Transaction.TransactionTimedOut",
        N_("the transaction took longer than it may; is another one holding a lock? See SHOW TRANSACTIONS"),
    ),
    ("Transaction.LockClientStopped", N_("the transaction took longer than it may; is another one holding a lock? See SHOW TRANSACTIONS")),
    ("Transaction.Terminated", N_("the server ended the transaction; took it too long, or was it ended by hand?")),
    ("Transaction.LockAcquisitionTimeout", N_("a lock was not free in time; is another transaction holding it? See SHOW TRANSACTIONS")),
    ("MemoryPoolOutOfMemory", N_("the server has no memory left for this transaction; raise dbms.memory.transaction.total.max")),
    ("Transaction.DeadlockDetected", N_("another transaction was in the way again and again; see SHOW TRANSACTIONS")),
    ("Schema.ConstraintValidationFailed", N_("something that was put in by hand has an id that is to be written")),
)


def _is_away(error: Exception) -> bool:
    """Whether nobody answers, or a database that is not started yet: later the same call may go well."""
    gone = exceptions.ServiceUnavailable | exceptions.SessionExpired | OSError
    return isinstance(error, gone) or "DatabaseUnavailable" in str(getattr(error, "code", None))


def _in_words(error: Exception, address: Address) -> str:
    code = str(getattr(error, "code", None) or "")
    detail = " ".join(str(getattr(error, "message", None) or error).split())[:300]
    for part, words in _SAID:
        if part in code:
            return f"{_(words, database=address.database)} ({code})"
    if isinstance(error, exceptions.AuthError | exceptions.ConfigurationError):
        return _("set NEO4J_USER and NEO4J_PASSWORD; the server asks for them ({detail})", detail=detail)
    if _is_away(error):
        return _("the server does not answer; is it running, and is the address right? ({detail})", detail=detail)
    return f"{detail} ({code or type(error).__name__})"


def rows(tx: Transaction, statement: str, **given: Any) -> list[list[Any]]:
    """The rows of a statement; values come in as parameters only."""
    return tx.run(statement, given).values()
