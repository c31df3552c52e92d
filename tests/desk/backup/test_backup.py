"""Backups: whole while others write, restored byte for byte or not at all, with contact book and files; and what is refused."""

from __future__ import annotations

import io
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from desk.backup.manifest import NAME, STORE, Manifest, read
from desk.backup.restore import restore
from desk.backup.save import save
from desk.journal.heads import Head
from desk.people.contacts import Contacts, Reached
from desk.people.files import Files
from desk.people.keys import Keys
from desk.people.secret_files import CONTACTS, files_folder, key_file
from desk.people.streams import signed_head, verified
from desk.process.principals import Actor, Role
from graph import Batch, Store, connect
from graph.documents import Document, DocumentKind
from graph.errors import FeedTruncated, InvalidInput, NotFound, StoreError
from graph.sqlite.store import SqliteStore
from tests.conftest import ROOT
from tests.graph.samples import achievement, institution, owns

FIRM = Actor(id="key:firm", role=Role.ENTERPRISE, institution="ins-firm")
OPERATOR = Actor(id="shell", role=Role.OPERATOR)
REACHED = Reached(name="程以沫", phones=("138 0000 0000",))
GROUND = {"purpose": "introductions", "consent": "signed form 2026-17", "date": "2026-02-01"}
DRAWINGS = [b"%PDF-1.7\n" + bytes([n]) * 3000 for n in range(3)]
VICTIM = """
import sys
from pathlib import Path
from desk.backup.save import save
from graph import connect
print("ready", flush=True)
save(connect(sys.argv[1]), Path(sys.argv[2]))
"""


@pytest.fixture
def busy(tmp_path: Path) -> Iterator[Store]:
    """A store with a graph, a journal, a contact book, files and keys."""
    with closing(connect(f"sqlite:///{tmp_path}/source/centre.db")) as store:
        store.write(Batch(nodes=[institution("ins-firm"), achievement("ach-1")], edges=[owns("edg-1", "ins-firm", "ach-1")]))
        store.set_meta("scale", b"\x00measures")
        _book(store).keep(FIRM, "ins-firm", REACHED, **GROUND)
        for n, content in enumerate(DRAWINGS):
            _files(store).attach(FIRM, "ach-1", f"{n}.pdf", io.BytesIO(content), purpose="drawing")
        Keys(store).create(OPERATOR, Role.BROKER, "顾闻笛", institution="ins-firm")
        yield store


def _book(store: Store) -> Contacts:
    return Contacts(store, key_file(store, CONTACTS))


def _files(store: Store) -> Files:
    return Files(store, files_folder(store))


def _contents(store: Store) -> tuple[object, ...]:
    """Everything a store holds, without its epoch."""
    documents = [(one.id, one.kind, one.content, one.version) for one in store.documents_since(0)]
    return store.count(), store.check(deep=True), store.cursor().revision, store.sequence(), store.meta("scale"), documents


def test_what_is_restored_is_what_was_backed_up_with_contact_book_and_files(busy: Store, tmp_path: Path) -> None:
    made = save(busy, tmp_path / "backup", keys=tmp_path / "vault")
    assert (made.revision, made.files, made.lost, sorted(made.keys)) == (1, 3, (), ["contacts", "signing"])
    assert sorted(one.name for one in (tmp_path / "vault").iterdir()) == ["contacts.key", "signing.key"]
    kept = [one for one in (tmp_path / "backup").rglob("*") if one.is_file()]
    secrets = [one.read_bytes().strip() for one in (tmp_path / "vault").iterdir()]
    assert not any(secret in one.read_bytes() for one in kept for secret in secrets)
    assert {one.stat().st_mode & 0o777 for one in kept} == {0o600}
    assert {one.stat().st_mode & 0o777 for one in (tmp_path / "vault").iterdir()} == {0o600}

    done = restore(tmp_path / "backup", f"sqlite:///{tmp_path}/target/other.db", keys=tmp_path / "vault")
    assert done.missing_keys == {}
    with closing(connect(done.url, create=False)) as restored:
        assert _contents(restored) == _contents(busy)
        assert restored.cursor().epoch == done.epoch != busy.cursor().epoch
        with pytest.raises(FeedTruncated):
            restored.changes(busy.cursor())
        (contact,) = _book(restored).listed(OPERATOR)
        assert _book(restored).reveal(FIRM, contact.id, "a call") == REACHED
        taken = [_files(restored).take(FIRM, one.id)[1].read_bytes() for one in _files(restored).listed(OPERATOR)]
        assert sorted(taken) == DRAWINGS
        assert made.head and verified(restored, made.head)[1] == []
        assert signed_head(restored).key == made.head.key
        _files(restored).attach(FIRM, "ach-1", "new.txt", io.BytesIO(b"goes on"), purpose="other")


def test_without_its_keys_it_says_what_is_missing_and_takes_them_later(busy: Store, tmp_path: Path) -> None:
    save(busy, tmp_path / "backup", keys=tmp_path / "vault")
    done = restore(tmp_path / "backup", f"sqlite:///{tmp_path}/other.db")
    place = tmp_path / "other.db.contacts.key"
    assert done.missing_keys == {"contacts": str(place), "signing": str(tmp_path / "other.db.signing.key")}
    with closing(connect(done.url, create=False)) as restored:
        (contact,) = _book(restored).listed(OPERATOR)
        with pytest.raises(StoreError, match=r"contacts\.key"):
            _book(restored).reveal(FIRM, contact.id, "a call")
        with pytest.raises(StoreError, match="take it from a backup"):
            _book(restored).keep(FIRM, "ins-firm", REACHED, **GROUND)
        place.write_bytes((tmp_path / "vault" / "contacts.key").read_bytes())
        assert _book(restored).reveal(FIRM, contact.id, "a call") == REACHED


def test_what_was_erased_or_deleted_is_not_in_it(busy: Store, tmp_path: Path) -> None:
    assert isinstance(busy, SqliteStore)
    with busy._file.lend() as db:
        db.execute("PRAGMA secure_delete=OFF")  # which some builds of SQLite have on
    gone = [f"Li Min of {'x' * 50} {n}".encode() for n in range(50)]
    busy.write(Batch(documents=[Document(f"personal:{n}", DocumentKind.PERSONAL, text) for n, text in enumerate(gone)]))
    held = busy.documents([f"personal:{n}" for n in range(50)])
    busy.write(Batch(documents=[Document(one.id, one.kind, b"", one.version) for one in held.values()]))
    with busy._file.lend() as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert any(text in (tmp_path / "source" / "centre.db").read_bytes() for text in gone)
    save(busy, tmp_path / "backup")
    assert not any(text in (tmp_path / "backup" / STORE).read_bytes() for text in gone)


@pytest.mark.parametrize("member", [NAME, STORE, "files", "contacts.key"])
def test_a_flipped_byte_is_found_wherever_it_is(busy: Store, tmp_path: Path, member: str) -> None:
    made = save(busy, tmp_path / "backup", keys=tmp_path / "vault")
    named = {"files": next(name for name in made.members if name.startswith("files/"))}.get(member, member)
    file = tmp_path / ("vault" if member.endswith(".key") else "backup") / named
    whole, chance = file.read_bytes(), random.Random(7)
    for at in {0, len(whole) - 1, *(chance.randrange(len(whole)) for _ in range(30))}:
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << chance.randrange(8)]) + whole[at + 1 :])
        with pytest.raises((StoreError, InvalidInput), match=file.name):
            restore(tmp_path / "backup", f"sqlite:///{tmp_path}/target/r.db", keys=tmp_path / "vault")
        assert not list((tmp_path / "target").glob("*")) if (tmp_path / "target").exists() else True
    file.unlink()
    with pytest.raises((StoreError, InvalidInput, NotFound), match=file.name if file.name != NAME else "no whole backup"):
        restore(tmp_path / "backup", f"sqlite:///{tmp_path}/target/r.db", keys=tmp_path / "vault")
    file.write_bytes(whole)
    restore(tmp_path / "backup", f"sqlite:///{tmp_path}/target/r.db", keys=tmp_path / "vault")


def _with_other(folder: Path, made: Manifest, **changed: object) -> None:
    """A manifest that was altered by somebody who knows how it is made."""
    (folder / NAME).write_bytes(msgspec.structs.replace(made, **changed).to_bytes())


def test_a_manifest_of_another_journal_content_or_place_is_refused(busy: Store, tmp_path: Path) -> None:
    early = signed_head(busy)
    Keys(busy).create(OPERATOR, Role.BROKER, "陆遥", institution="ins-firm")
    made = save(busy, tmp_path / "backup")
    members = made.members
    outside = {STORE: members[STORE], "../../outside": members[STORE]}
    for changed in ({"head": early}, {"head": None}, {"content": "0" * 64}, {"revision": 9}, {"counts": {}}, {"members": outside}):
        _with_other(tmp_path / "backup", made, **changed)
        with pytest.raises(StoreError, match=r"damaged|not what was written"):
            restore(tmp_path / "backup", f"sqlite:///{tmp_path}/r.db")
    forged = Head(entries=early.entries + 1, root=early.root, at=early.at, key=early.key, signature=early.signature)
    _with_other(tmp_path / "backup", made, head=forged)
    with pytest.raises(InvalidInput, match="signature"):
        restore(tmp_path / "backup", f"sqlite:///{tmp_path}/r.db")
    _with_other(tmp_path / "backup", made, members={STORE: members[STORE]})
    with pytest.raises(StoreError, match="attached file"):
        restore(tmp_path / "backup", f"sqlite:///{tmp_path}/r.db")
    assert not (tmp_path / "r.db").exists()


def test_nothing_is_overwritten(busy: Store, tmp_path: Path) -> None:
    save(busy, tmp_path / "backup", keys=tmp_path / "vault")
    for arguments in ({"folder": tmp_path / "backup"}, {"folder": tmp_path / "new", "keys": tmp_path / "vault"}):
        with pytest.raises(InvalidInput, match="is there already"):
            save(busy, **arguments)
    with pytest.raises(InvalidInput, match="kept apart"):
        save(busy, tmp_path / "new", keys=tmp_path / "new" / "keys")
    assert not (tmp_path / "new").exists()
    for name in ("r.db", "r.db-wal", "r.db.files", "r.db.contacts.key"):
        there = tmp_path / name
        there.write_bytes(b"somebody's")
        with pytest.raises(InvalidInput, match=f"nothing is overwritten.*{name}"):
            restore(tmp_path / "backup", f"sqlite:///{tmp_path}/r.db", keys=tmp_path / "vault")
        assert there.read_bytes() == b"somebody's"
        there.unlink()
    assert not list(tmp_path.glob("r.db*"))
    (tmp_path / "r.db.contacts.key").write_bytes((tmp_path / "vault" / "contacts.key").read_bytes())
    assert restore(tmp_path / "backup", f"sqlite:///{tmp_path}/r.db").missing_keys.keys() == {"signing"}


def test_files_that_are_lost_already_are_named_and_the_rest_is_backed_up(busy: Store, tmp_path: Path) -> None:
    damaged, gone, _whole = sorted(one for one in files_folder(busy).rglob("*") if one.is_file())
    damaged.write_bytes(b"%PDF-other")
    gone.unlink()
    made = save(busy, tmp_path / "backup")
    assert made.lost == tuple(one.parent.name + one.name for one in (damaged, gone))
    assert made.files == 1
    assert restore(tmp_path / "backup", f"sqlite:///{tmp_path}/r.db").manifest.lost == made.lost


def test_a_damaged_store_is_not_backed_up(busy: Store, tmp_path: Path) -> None:
    assert isinstance(busy, SqliteStore)
    with busy._file.lend() as db:
        db.execute("UPDATE node SET content = replace(content, 'ins-firm', 'ins-fork') WHERE id = 'ins-firm'")
    with pytest.raises(StoreError, match="is damaged"):
        save(busy, tmp_path / "backup")
    assert not [one for one in tmp_path.iterdir() if "backup" in one.name]


ROWS = 40


def test_it_is_whole_while_others_write_attach_and_remove(busy: Store, tmp_path: Path) -> None:
    done, failed, batches = threading.Event(), list[BaseException](), 0

    def write(number: int) -> None:
        nonlocal batches
        try:
            with closing(connect(busy.url, create=False)) as store:
                turn = 0
                while not done.is_set():
                    turn += 1
                    works = [achievement(f"ach-{number}-{turn}-{row}", abstract="word " * 50) for row in range(ROWS)]
                    store.write(Batch(nodes=works, documents=[Document(f"use:{number}-{turn}", DocumentKind.USE, b"x" * ROWS)]))
                    made = _files(store).attach(FIRM, "ach-1", "n.txt", io.BytesIO(f"{number} {turn}".encode()), purpose="other")
                    if turn % 2:
                        _files(store).remove(FIRM, made.id)
                    batches += 1
        except BaseException as error:
            failed.append(error)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(2)]
    for one in writers:
        one.start()
    try:
        seen = []
        for turn in range(6):
            before = batches
            made = save(busy, tmp_path / f"backup-{turn}")
            seen.append(batches - before)
            assert made.lost == ()
            (tmp_path / f"r{turn}").mkdir()
            done_one = restore(tmp_path / f"backup-{turn}", f"sqlite:///{tmp_path}/r{turn}/r.db")
            with closing(connect(done_one.url, create=False)) as restored:
                uses = [one.id.removeprefix("use:") for one in restored.documents_since(0, [DocumentKind.USE])]
                assert restored.count()["Achievement"] == 1 + ROWS * len(uses)
                for one in _files(restored).listed(OPERATOR):
                    if one.value["state"] == "attached":
                        _files(restored).take(FIRM, one.id)
    finally:
        done.set()
        for one in writers:
            one.join()
    assert not failed
    assert sum(seen) > 0, "nobody wrote meanwhile"


def test_kill_9_leaves_nothing_that_looks_whole_and_the_same_command_goes_well(busy: Store, tmp_path: Path) -> None:
    busy.write(Batch(nodes=[achievement(f"ach-{n}", abstract="word " * 100) for n in range(4000)]))
    for n in range(100):
        _files(busy).attach(FIRM, "ach-1", "n.txt", io.BytesIO(b"%d " % n * 30_000), purpose="other")
    began = time.monotonic()
    save(busy, tmp_path / "first")
    takes = time.monotonic() - began
    target, chance, killed = tmp_path / "backups" / "b", random.Random(3), 0
    for turn in range(12):
        victim = subprocess.Popen([sys.executable, "-c", VICTIM, busy.url, str(target)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert victim.stdout and victim.stdout.readline() == "ready\n"
        time.sleep(chance.random() * takes * 1.1)
        victim.send_signal(signal.SIGKILL)
        killed += victim.wait() == -signal.SIGKILL
        victim.stdout.close()
        if target.exists():
            read(target)
            target.rename(tmp_path / "backups" / f"whole-{turn}")
        else:
            with pytest.raises(NotFound):
                restore(target, f"sqlite:///{tmp_path}/r.db")
    assert killed >= 3
    save(busy, target)
    assert [one.name for one in (tmp_path / "backups").iterdir() if one.name.startswith(".")] == []
    for n, whole in enumerate((target, *(tmp_path / "backups").glob("whole-*"))):
        assert restore(whole, f"sqlite:///{tmp_path}/r{n}.db").manifest.files == 103


def test_it_has_its_name_only_when_all_of_it_is_there(busy: Store, tmp_path: Path) -> None:
    for n in range(60):
        _files(busy).attach(FIRM, "ach-1", "n.txt", io.BytesIO(b"%d " % n * 30_000), purpose="other")
    target = tmp_path / "backup"
    saving = threading.Thread(target=save, args=(busy, target))
    saving.start()
    while not target.exists():
        assert saving.is_alive() or target.exists()
    there = {one.relative_to(target).as_posix() for one in target.rglob("*") if one.is_file()}
    assert there == {NAME, *read(target).members}
    saving.join()


def test_two_at_once_to_one_place_do_not_mix(busy: Store, tmp_path: Path) -> None:
    import fcntl

    work = tmp_path / ".b.partial"
    work.mkdir()
    held = os.open(work, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    with pytest.raises(InvalidInput, match="another process is at work"):
        save(busy, tmp_path / "b")
    os.close(held)
    save(busy, tmp_path / "b")


SMALL = """
import resource, signal, sys
from pathlib import Path
from desk.backup.restore import restore
from desk.backup.save import save
from graph import connect
from graph.errors import DovetailError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
try:
    if sys.argv[2] == "save":
        save(connect(sys.argv[3]), Path(sys.argv[4]))
    else:
        restore(Path(sys.argv[4]), sys.argv[3])
except DovetailError as error:
    print(error)
"""


@pytest.mark.parametrize("work", ["save", "restore"])
def test_a_disk_that_is_full_is_told_and_leaves_nothing(busy: Store, tmp_path: Path, work: str) -> None:
    """As far as a limit of the size of files shows it: writing fails in the middle."""
    busy.write(Batch(nodes=[achievement(f"ach-{n}", abstract="word " * 100) for n in range(400)]))
    url = busy.url
    if work == "restore":
        save(busy, tmp_path / "b")
        url = f"sqlite:///{tmp_path}/r/r.db"
    run = [sys.executable, "-c", SMALL, "100000", work, url, str(tmp_path / "b")]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=True)
    assert ("no room" in done.stdout) or ("full" in done.stdout) or ("disk I/O error" in done.stdout), done
    assert done.stdout.count("\n") == 1
    assert not (tmp_path / ("b" if work == "save" else "r/r.db")).exists()
    assert not list(tmp_path.rglob("*.partial"))


def test_a_disk_that_is_too_small_is_told_before_anything_is_written(tmp_path: Path) -> None:
    import shutil

    from desk.backup.scratch import check_room

    free = shutil.disk_usage(tmp_path).free
    check_room(tmp_path / "not" / "there", 1000, "FOLDER")
    with pytest.raises(InvalidInput, match=r"FOLDER: .* MB are needed, .* are free"):
        check_room(tmp_path / "not" / "there", free * 2, "FOLDER")


@pytest.mark.neo4j
def test_a_store_on_a_server_is_refused_with_what_to_do(neo4j_url: str, tmp_path: Path, busy: Store) -> None:
    with closing(connect(neo4j_url)) as store, pytest.raises(InvalidInput, match="neo4j-admin") as told:
        save(store, tmp_path / "b")
    assert all(word in str(told.value) for word in ("files", "contacts.key", "mail.key", "signing.key"))
    save(busy, tmp_path / "b")
    with pytest.raises(InvalidInput, match="dovetail copy"):
        restore(tmp_path / "b", neo4j_url)


def test_a_backup_of_another_layout_is_refused_as_such(busy: Store, tmp_path: Path) -> None:
    save(busy, tmp_path / "b")
    (tmp_path / "b" / NAME).write_text(json.dumps({"layout": 99}))
    with pytest.raises(StoreError, match="another version"):
        restore(tmp_path / "b", f"sqlite:///{tmp_path}/r.db")
