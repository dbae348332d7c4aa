"""Runs one direction of one Alembic revision on a connection that another program holds.

The project's own `env.py` and revision run as they are. Where they ask SQLAlchemy for an engine, it is one whose connections
say each statement to that program, and hear its answer: a line of JSON each, docs/reference/bridge.md has the format. The
lines go through what were standard input and output when this began; whatever else is printed goes to standard error.
"""

import datetime
import decimal
import functools
import json
import os
import re
import sys
import threading
import uuid

VERSION = 1
LONGEST = 64 << 20


class Refused(Exception):
    """Something without which the revision cannot be run."""

    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind


# The pipe


class Wire:
    def __init__(self):
        self.out = os.fdopen(os.dup(1), "wb")
        self.into = os.fdopen(os.dup(0), "rb")
        os.dup2(2, 1)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        self.one_at_a_time = threading.RLock()
        # The revision and the environment; whether the revision's function has returned, and whether what it did was rolled
        # back after that.
        self.files = ()
        self.is_through = False
        self.is_lost = False

    def say(self, message):
        line = json.dumps(message).encode("ascii") + b"\n"
        if len(line) > LONGEST:
            raise Refused("too-large", "a statement with its values has %d bytes" % len(line))
        self.out.write(line)
        self.out.flush()

    def hear(self):
        line = self.into.readline()
        if not line:
            # Whoever holds the connection is gone, and the transaction with it.
            os._exit(1)
        return json.loads(line)

    def ask(self, message):
        """An answer may come in several lines; what they have in common is in the last."""
        with self.one_at_a_time:
            self.say(message)
            rows = []
            while True:
                answer = self.hear()
                rows.extend(answer.get("rows", ()))
                if not answer.get("more"):
                    answer["rows"] = rows
                    return answer


def sent(value):
    """A value as the pipe has it."""
    if value is None or isinstance(value, (bool, int, str)):
        return int(value) if isinstance(value, bool) else value
    if isinstance(value, float):
        return {"real": repr(value)}
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"bytes": bytes(value).hex()}
    raise TypeError("a value of the type %r cannot be bound" % type(value).__name__)


def received(value):
    if isinstance(value, dict):
        return float(value["real"]) if "real" in value else bytes.fromhex(value["bytes"])
    return value


# What PEP 249 wants


class Module:
    """A driver, as SQLAlchemy sees one."""

    apilevel = "2.0"
    threadsafety = 1

    def __init__(self, wire, driver):
        self.wire = wire
        self.driver = driver
        for name in EXCEPTIONS:
            setattr(self, name, getattr(driver, name, globals()[name]))

    def __getattr__(self, name):
        return getattr(self.__dict__["driver"], name)

    def connect(self, *_, **__):
        return Connection(self)


class Error(Exception):
    pass


class Warning(Exception):
    pass


class InterfaceError(Error):
    pass


class DatabaseError(Error):
    pass


class DataError(DatabaseError):
    pass


class OperationalError(DatabaseError):
    pass


class IntegrityError(DatabaseError):
    pass


class InternalError(DatabaseError):
    pass


class ProgrammingError(DatabaseError):
    pass


class NotSupportedError(DatabaseError):
    pass


EXCEPTIONS = (
    "Warning",
    "Error",
    "InterfaceError",
    "DatabaseError",
    "DataError",
    "OperationalError",
    "IntegrityError",
    "InternalError",
    "ProgrammingError",
    "NotSupportedError",
)

WORD = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/|\()*([a-z]+)", re.I | re.S)
READS = {"select", "show", "values", "explain", "table", "pragma", "fetch"}


def first_word(sql):
    found = WORD.match(sql)
    return found.group(1).lower() if found else ""


class Connection:
    """One of the connections that the project opens; all of them are the one that the other program has."""

    encoding = "UTF8"
    status = 1
    readonly = None
    deferrable = None
    isolation_level = ""
    row_factory = None

    def __init__(self, module):
        self.module = module
        self.closed = 0
        self.notices = []
        self.autocommit = False
        self.is_begun = False
        self.has_written = False

    def cursor(self, *_, **__):
        return self.module.cursor(self)

    def execute(self, sql, parameters=()):
        cursor = self.cursor()
        cursor.execute(sql, parameters)
        return cursor

    def commits_by_itself(self):
        return self.autocommit or self.isolation_level is None

    def begins(self, sql):
        self.is_begun = True
        self.has_written |= self.module.is_written(first_word(sql))

    def commit(self):
        if self.is_begun:
            self.settle("commit")

    def rollback(self):
        if self.is_begun:
            if self.has_written and self.module.wire.is_through:
                self.module.wire.is_lost = True
            # What only looked has nothing to take back, and leaves alone what others wrote.
            self.settle("rollback" if self.has_written or self.module.is_broken else "commit")

    def settle(self, how):
        self.is_begun = self.has_written = False
        self.module.raised(self.module.wire.ask({how: {}}))
        self.module.is_broken = False

    def close(self):
        if not self.closed:
            self.rollback()
            self.closed = 1

    def passed_over(self, *_, **__):
        """What a driver registers with its own connection is none of the server's."""

    create_function = create_aggregate = create_collation = set_client_encoding = set_session = passed_over
    set_trace_callback = enable_load_extension = passed_over

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.commit() if kind is None else self.rollback()

    # SQLite has these on its connections.
    @property
    def in_transaction(self):
        return self.is_begun


for _name in EXCEPTIONS:
    setattr(Connection, _name, property(lambda self, name=_name: getattr(self.module, name)))


class Cursor:
    arraysize = 1
    itersize = 2000

    def __init__(self, connection):
        self.connection = connection
        self.module = connection.module
        self.description = None
        self.rowcount = -1
        self.lastrowid = None
        self.rows = []
        self.at = 0
        self.name = None

    def run(self, sql, parameters):
        self.rows, self.at, self.description, self.rowcount = [], 0, None, -1
        if self.connection.closed:
            raise self.module.InterfaceError("connection already closed")
        self.connection.begins(sql)
        answer = self.module.wire.ask({"execute": {"sql": sql, "parameters": parameters}})
        self.module.raised(answer)
        if self.connection.commits_by_itself():
            self.connection.settle("commit")
        columns = answer["columns"]
        if columns is not None:
            kinds = [column["type"] for column in columns]
            self.description = [(column["name"], column["type"], None, None, None, None, None) for column in columns]
            self.rows = [self.module.row(row, kinds) for row in answer["rows"]]
        self.rowcount = answer["count"]
        if answer["last"] is not None:
            self.lastrowid = answer["last"]

    def execute(self, sql, parameters=None):
        if isinstance(sql, bytes):
            sql = sql.decode()
        sql, parameters = self.module.bound(sql, parameters)
        self.run(sql, parameters)
        return self

    def executemany(self, sql, all_parameters):
        count = 0
        for parameters in all_parameters:
            self.execute(sql, parameters)
            count += max(self.rowcount, 0)
        self.rowcount = count
        return self

    def executescript(self, script):
        raise self.module.NotSupportedError("a script of several statements is not run; execute them one by one")

    def mogrify(self, sql, parameters=None):
        return self.module.bound(sql if isinstance(sql, str) else sql.decode(), parameters)[0].encode()

    def fetchone(self):
        if self.description is None and self.module.name == "postgresql":
            raise self.module.ProgrammingError("no results to fetch")
        if self.at >= len(self.rows):
            return None
        self.at += 1
        return self.rows[self.at - 1]

    def fetchmany(self, size=None):
        first = self.at
        self.at = min(len(self.rows), first + (size or self.arraysize))
        return self.rows[first : self.at]

    def fetchall(self):
        if self.description is None and self.module.name == "postgresql":
            raise self.module.ProgrammingError("no results to fetch")
        first, self.at = self.at, len(self.rows)
        return self.rows[first:]

    def __iter__(self):
        return iter(self.fetchone, None)

    def setinputsizes(self, *_):
        pass

    def setoutputsize(self, *_):
        pass

    def close(self):
        self.rows = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Sqlite(Module):
    name = "sqlite"
    paramstyle = "qmark"
    cursor = Cursor
    is_broken = False

    @functools.cached_property
    def sqlite_version(self):
        return self.wire.ask({"execute": {"sql": "SELECT sqlite_version()", "parameters": []}})["rows"][0][0]

    @property
    def sqlite_version_info(self):
        return tuple(int(part) for part in self.sqlite_version.split("."))

    def is_written(self, word):
        # Its driver opens a transaction for rows, and none for what changes the schema.
        return word in ("insert", "update", "delete", "replace")

    def row(self, values, _):
        return tuple(received(value) for value in values)

    def bound(self, sql, parameters):
        if isinstance(parameters, dict):
            names = []

            def place(found):
                if found.group(1) is None:
                    return found.group(0)
                names.append(found.group(1))
                return "?"

            sql = re.sub(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|[:@$](\w+)", place, sql)
            parameters = [parameters[name] for name in names]
        try:
            return sql, [sent(self.adapted(value)) for value in parameters or ()]
        except TypeError as error:
            raise self.InterfaceError("Error binding parameter: %s" % error)

    def adapted(self, value):
        """What the driver makes of a value that is none of SQLite's own."""
        if isinstance(value, datetime.datetime):
            return value.isoformat(" ")
        if isinstance(value, datetime.date):
            return value.isoformat()
        conform = getattr(value, "__conform__", None)
        return value if conform is None else conform(None)

    def raised(self, answer):
        error = answer.get("error")
        if error is None:
            return
        kinds = {19: self.IntegrityError, 20: self.IntegrityError, 25: self.InterfaceError, 13: self.DataError}
        code = int(error["code"]) if error["code"] else 1
        raise kinds.get(code & 0xFF, self.OperationalError)(error["message"])


# PostgreSQL sends and takes text. A value is put into its statement here, as psycopg2 does it: what the server is to make of
# it hangs on the type that Python gave it, which nobody behind the pipe can know.


class Postgres(Module):
    name = "postgresql"
    paramstyle = "pyformat"
    cursor = Cursor
    Binary = staticmethod(bytes)
    loads = staticmethod(json.loads)

    def __init__(self, wire, driver):
        super().__init__(wire, driver)
        self.is_broken = False

    def is_written(self, word):
        return word not in READS

    def bound(self, sql, parameters):
        if parameters is None:
            return sql, None
        if isinstance(parameters, dict):
            return sql % Quoting(self, parameters), None
        if not parameters and "%" not in sql:
            return sql, None
        return sql % tuple(self.quoted(value) for value in parameters), None

    def quoted(self, value):
        if value is None:
            return "NULL"
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int):
            return str(int(value)) if value >= 0 else " %d" % value
        if isinstance(value, str):
            return text(self, value)
        for kind, quote in self.KINDS:
            if isinstance(value, kind):
                return quote(self, value)
        return self.by_driver(value)

    def real(self, value):
        if value != value or value in (float("inf"), float("-inf")):
            word = "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
            return "'%s'::float" % word
        return repr(value) if value >= 0 else " " + repr(value)

    def number(self, value):
        if not value.is_finite():
            return "'NaN'::numeric"
        return str(value) if value >= 0 else " " + str(value)

    def interval(self, value):
        return "'%d days %d.%06d seconds'::interval" % (value.days, value.seconds, value.microseconds)

    def time(self, value):
        return "'%s'::%s" % (value.isoformat(), "timetz" if value.tzinfo else "time")

    def timestamp(self, value):
        return "'%s'::%s" % (value.isoformat(), "timestamptz" if value.tzinfo else "timestamp")

    def array(self, values):
        if not values:
            return "'{}'"
        if all(isinstance(value, list) and not value for value in values):
            return "'{}'"
        return "ARRAY[%s]" % ", ".join(self.quoted(value) for value in values)

    def tuples(self, values):
        return "(%s)" % ", ".join(self.quoted(value) for value in values) if values else "(NULL)"

    KINDS = (
        (float, real),
        (decimal.Decimal, number),
        ((bytes, bytearray, memoryview), lambda self, value: "'\\x%s'::bytea" % bytes(value).hex()),
        (datetime.datetime, timestamp),
        (datetime.date, lambda self, value: "'%s'::date" % value.isoformat()),
        (datetime.time, time),
        (datetime.timedelta, interval),
        (uuid.UUID, lambda self, value: "'%s'::uuid" % value),
        (list, array),
        (tuple, tuples),
    )

    def by_driver(self, value):
        """What the driver, or who registered something with it, makes of another value."""
        dumps = getattr(value, "dumps", None)
        if dumps is not None and hasattr(value, "adapted"):
            return text(self, dumps(value.adapted))
        if not hasattr(value, "getquoted"):
            try:
                from psycopg2.extensions import adapt
            except ImportError:
                raise self.ProgrammingError("can't adapt type %r" % type(value).__name__)
            value = adapt(value)
        # Without a connection of its own the driver does not know how the server reads a backslash.
        inner = getattr(value, "adapted", None)
        if type(value).__name__ == "QuotedString":
            return text(self, inner)
        if type(value).__name__ == "Binary" or isinstance(inner, list):
            return self.quoted(inner)
        found = value.getquoted()
        return found.decode() if isinstance(found, bytes) else found

    def row(self, values, kinds):
        return tuple(None if value is None else self.value(value, kind) for value, kind in zip(values, kinds))

    def value(self, value, kind):
        read = READ.get(kind)
        if read is not None:
            return read(self, value)
        item = ARRAYS.get(kind)
        if item is not None:
            return array(value, lambda one: self.value(one, item))
        return value

    def raised(self, answer):
        error = answer.get("error")
        if error is None:
            return
        self.is_broken = True
        state, message = error["code"] or "", error["message"] + "\n"
        found = self.kind(state)(message)
        try:
            found.__setstate__({"pgcode": state, "pgerror": "ERROR:  " + message})
        except (AttributeError, TypeError):
            found.pgcode = state
        raise found

    def kind(self, state):
        try:
            from psycopg2 import errors

            return errors.lookup(state)
        except (ImportError, KeyError):
            pass
        kinds = {
            "0A": self.NotSupportedError,
            "21": self.ProgrammingError,
            "22": self.DataError,
            "23": self.IntegrityError,
            "24": self.InternalError,
            "25": self.InternalError,
            "40": self.OperationalError,
            "42": self.ProgrammingError,
            "53": self.OperationalError,
            "54": self.OperationalError,
            "55": self.OperationalError,
            "57": self.OperationalError,
            "XX": self.InternalError,
        }
        return kinds.get(state[:2], self.DatabaseError)


class Quoting(dict):
    def __init__(self, module, values):
        super().__init__(values)
        self.module = module

    def __getitem__(self, name):
        return self.module.quoted(super().__getitem__(name))


def text(module, value):
    """The transaction has `standard_conforming_strings` on, so that a backslash is one."""
    if "\0" in value:
        raise ValueError("A string literal cannot contain NUL (0x00) characters.")
    return "'%s'" % value.replace("'", "''")


def moment(value):
    """Digits of a second come without zeros at their end, an offset without minutes."""
    if value.endswith("BC") or value in ("infinity", "-infinity"):
        raise ValueError("%s is no date of Python's" % value)
    found = re.fullmatch(r"([^.]*?:\d\d)(?:\.(\d+))?([+-]\d\d(?::\d\d(?::\d\d)?)?)?", value)
    if found is None:
        return value
    head, digits, offset = found.groups()
    offset = "" if offset is None else offset if ":" in offset else offset + ":00"
    return head + ("." + digits.ljust(6, "0") if digits else "") + offset


def interval(value):
    parts = {name: int(number) for number, name in re.findall(r"([+-]?\d+) (year|mon|day)s?", value)}
    days = parts.get("year", 0) * 365 + parts.get("mon", 0) * 30 + parts.get("day", 0)
    clock = re.search(r"([+-]?)(\d+):(\d\d):(\d\d)(?:\.(\d+))?$", value)
    if clock is None:
        return datetime.timedelta(days)
    sign, hours, minutes, seconds, digits = clock.groups()
    micro = int((digits or "").ljust(6, "0") or 0)
    since = datetime.timedelta(hours=int(hours), minutes=int(minutes), seconds=int(seconds), microseconds=micro)
    return datetime.timedelta(days) + (-since if sign == "-" else since)


def array(value, item):
    """An array as the server writes it: braces, commas, quotes where need be."""
    if value.startswith("["):
        value = value[value.index("=") + 1 :]
    found, at = items(value, 1, item)
    return found


def items(value, at, item):
    found = []
    while value[at] != "}":
        if value[at] == "{":
            one, at = items(value, at + 1, item)
        elif value[at] == '"':
            end, letters = at + 1, []
            while value[end] != '"':
                end += value[end] == "\\"
                letters.append(value[end])
                end += 1
            one, at = item("".join(letters)), end + 1
        else:
            end = at
            while value[end] not in ",}":
                end += 1
            word, at = value[at:end], end
            one = None if word == "NULL" else item(word)
        found.append(one)
        at += value[at] == ","
    return found, at + 1


def of_json(module, value):
    return module.loads(value)


def plain(read):
    return lambda _, value: read(value)


READ = {
    16: plain(lambda value: value == "t"),
    17: plain(lambda value: memoryview(bytes.fromhex(value[2:]))),
    20: plain(int),
    21: plain(int),
    23: plain(int),
    26: plain(int),
    114: of_json,
    700: plain(float),
    701: plain(float),
    1082: plain(lambda value: datetime.date.fromisoformat(moment(value))),
    1083: plain(lambda value: datetime.time.fromisoformat(moment(value))),
    1114: plain(lambda value: datetime.datetime.fromisoformat(moment(value))),
    1184: plain(lambda value: datetime.datetime.fromisoformat(moment(value))),
    1186: plain(interval),
    1266: plain(lambda value: datetime.time.fromisoformat(moment(value))),
    1700: plain(decimal.Decimal),
    2950: plain(uuid.UUID),
    3802: of_json,
}

ARRAYS = {
    1000: 16,
    1001: 17,
    1005: 21,
    1007: 23,
    1009: 25,
    1014: 1042,
    1015: 1043,
    1016: 20,
    1021: 700,
    1022: 701,
    1028: 26,
    1115: 1114,
    1182: 1082,
    1183: 1083,
    1185: 1184,
    1187: 1186,
    1231: 1700,
    2951: 2950,
    199: 114,
    3807: 3802,
}


# What SQLAlchemy is given


POOLING = ("pool", "poolclass", "creator", "async_creator", "connect_args", "module", "isolation_level", "max_overflow")


def patched(wire, name):
    """From here on, every engine for a server of that kind has connections of ours."""
    from sqlalchemy.engine import create
    from sqlalchemy.engine.url import make_url
    from sqlalchemy.pool import NullPool

    module = module_of(wire, name)
    original = create.create_engine

    @functools.wraps(original)
    def create_engine(url, **options):
        found = make_url(url)
        if found.get_backend_name() != name:
            return original(url, **options)
        is_async = options.pop("_is_async", False) or found.get_driver_name() in ASYNCHRONOUS
        driver = "postgresql+psycopg2" if name == "postgresql" else "sqlite"
        found = found.set(drivername=driver) if hasattr(found, "set") else found
        for key in list(options):
            if key in POOLING or key.startswith("pool_"):
                del options[key]
        prefix = "sqlalchemy." if options.get("_coerce_config") else ""
        options.pop(prefix + "url", None)
        if name == "postgresql":
            options.setdefault("use_native_hstore", False)
        loads = options.get("json_deserializer")
        if loads is not None:
            module.loads = loads
        engine = original(found, module=module, poolclass=NullPool, **options)
        engine.dialect.is_async = is_async
        return engine

    import sqlalchemy
    import sqlalchemy.engine

    for place in (create, sqlalchemy.engine, sqlalchemy):
        place.create_engine = create_engine
    dialect_of(name)
    return module


ASYNCHRONOUS = ("asyncpg", "aiosqlite", "psycopg_async")


def module_of(wire, name):
    if name == "sqlite":
        import sqlite3

        return Sqlite(wire, sqlite3)
    try:
        import psycopg2
    except ImportError:
        psycopg2 = None
    return Postgres(wire, psycopg2)


def dialect_of(name):
    """What a dialect does to a driver's connection is nothing that ours needs."""
    if name == "sqlite":
        from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite as dialect
    else:
        from sqlalchemy.dialects.postgresql.psycopg2 import PGDialect_psycopg2 as dialect

    def set_isolation_level(self, connection, level):
        connection = getattr(connection, "driver_connection", connection)
        connection.autocommit = level.replace("_", " ") == "AUTOCOMMIT"

    def on_connect(self):
        return None

    dialect.set_isolation_level = set_isolation_level
    dialect.on_connect = on_connect
    dialect.do_ping = lambda self, connection: True


# What is run


def run(task, wire):
    try:
        import sqlalchemy
    except ImportError as error:
        raise Refused("no-sqlalchemy", str(error))
    try:
        import alembic
        from alembic.config import Config
        from alembic.runtime import migration
        from alembic.runtime.environment import EnvironmentContext
        from alembic.script import ScriptDirectory
    except ImportError as error:
        raise Refused("no-alembic", str(error))
    wire.say({"hello": {"terrane_bridge": VERSION, "sqlalchemy": sqlalchemy.__version__, "alembic": alembic.__version__}})
    module = patched(wire, task["dialect"])
    rows_are_answered(migration.HeadMaintainer)

    if task["toml"]:
        config = Config(None, toml_file=task["config"])
    else:
        config = Config(task["config"], ini_section=task["section"])
    config.cmd_opts = options_of_a_command(task)
    scripts = ScriptDirectory.from_config(config)
    script = scripts.get_revision(task["revision"])
    wire.files = (script.path, os.path.join(scripts.dir, "env.py"))
    make = migration.MigrationStep.upgrade_from_script if task["up"] else migration.MigrationStep.downgrade_from_script
    times = []

    def steps(*_):
        if times:
            raise Refused("twice", "`env.py` runs migrations more than once")
        times.append(1)
        step = make(scripts.revision_map, script)
        function = step.migration_fn

        @functools.wraps(function)
        def through(*arguments, **options):
            function(*arguments, **options)
            wire.is_through = True

        step.migration_fn = through
        return [step]

    environment = EnvironmentContext(
        config,
        scripts,
        fn=steps,
        as_sql=False,
        starting_rev=None,
        destination_rev=task["revision"],
        dont_mutate=True,
    )
    with environment:
        scripts.run_env()
    if not wire.is_through:
        raise Refused("not-run", "`env.py` ended without running the revision")
    if wire.is_lost:
        raise Refused("not-committed", "`env.py` rolled back what the revision did, or left it open")
    return module


def rows_are_answered(maintainer):
    """The version rows are written by who holds the connection, with the rest of its books."""

    def insert(self, version):
        self.heads.add(version)

    def delete(self, version):
        self.heads.discard(version)

    def update(self, one, other):
        self.heads.discard(one)
        self.heads.add(other)

    maintainer._insert_version = insert
    maintainer._delete_version = delete
    maintainer._update_version = update


def options_of_a_command(task):
    import argparse

    return argparse.Namespace(x=None, name="alembic", raiseerr=True, sql=False, tag=None, revision=task["revision"])


def raised(error, wire):
    """What went wrong, and where: the last place that is no package's, or the revision's or the environment's own."""
    import sysconfig
    import traceback

    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if os.path.isfile(frame.filename)]
    packages = (sysconfig.get_path("stdlib"), sysconfig.get_path("purelib"), sysconfig.get_path("platlib"))
    own = [frame for frame in frames if frame.filename in wire.files or not frame.filename.startswith(packages)] or frames
    place = {"file": own[-1].filename, "line": own[-1].lineno} if own else None
    if isinstance(error, SyntaxError) and error.filename:
        place = {"file": error.filename, "line": error.lineno or 1}
    text = " ".join(str(error).split())
    name = type(error).__name__
    return {"kind": "raised", "message": "%s: %s" % (name, text) if text else name, "place": place}


def main():
    wire = Wire()
    task = wire.hear()
    sys.argv[:] = ["alembic"]
    sys.path[:] = [folder for folder in sys.path if folder]
    try:
        run(task, wire)
        told = {"done": {}}
    except Refused as refused:
        told = {"failed": {"kind": refused.kind, "message": str(refused), "place": None}}
    except BaseException as error:
        told = {"failed": raised(error, wire)}
    sys.stdout.flush()
    wire.say(told)
    wire.out.close()
    # Threads that the project left behind have nothing to say any more.
    os._exit(0)


main()
