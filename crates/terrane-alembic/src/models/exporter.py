"""Prints what SQLAlchemy models say, as one line of JSON: docs/reference/models-in-python.md has its format.

Its one argument says what is wanted, as JSON. The line goes to where standard output was when this began; whatever else is
printed meanwhile goes to standard error. No database is opened: an `env.py` is run as for a script without a database, and
left as soon as it says which metadata it has.
"""

import json
import os
import sys

VERSION = 1


class Refused(Exception):
    """Something that the models cannot be read without."""

    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind


class Enough(BaseException):
    """Leaves an `env.py`, which may catch any Exception."""


# Where the models are


def from_environment(wanted):
    """The metadata that an `env.py` gives to `context.configure`, and the options beside it."""
    try:
        from alembic.config import Config
        from alembic.runtime.environment import EnvironmentContext
        from alembic.script import ScriptDirectory
    except ImportError as error:
        raise Refused("no-alembic", str(error))

    said = {}

    def configure(*_, **options):
        said.update(options)
        raise Enough()

    if wanted["toml"]:
        config = Config(None, toml_file=wanted["config"])
    else:
        config = Config(wanted["config"], ini_section=wanted["section"])
    config.cmd_opts = options_of_a_command()
    scripts = ScriptDirectory.from_config(config)
    path = os.path.join(scripts.dir, "env.py")
    module = None
    environment = EnvironmentContext(config, scripts, as_sql=True, fn=lambda *_: [])
    environment.configure = configure
    with environment:
        try:
            module = run(path)
        except Enough:
            pass
        except BaseException:
            # One that is made for a database only has said all the same which metadata it has.
            module = sys.modules.get("env_py")
            if getattr(module, "target_metadata", None) is None:
                raise
    target = said.get("target_metadata", getattr(module, "target_metadata", None))
    return target, said.get("include_object")


def options_of_a_command():
    import argparse

    return argparse.Namespace(autogenerate=True, x=None, name="alembic", raiseerr=True, sql=False)


def run(path):
    import importlib.util

    spec = importlib.util.spec_from_file_location("env_py", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["env_py"] = module
    spec.loader.exec_module(module)
    return module


def from_name(spec):
    """What `package.module:name` stands for: a class with metadata, or metadata."""
    import importlib

    module, _, name = spec.partition(":")
    value = importlib.import_module(module)
    for part in name.split(".") if name else ["Base"]:
        value = getattr(value, part)
    return getattr(value, "metadata", value), None


# What they say


class Reader:
    def __init__(self, dialect):
        import importlib

        package = importlib.import_module("sqlalchemy.dialects." + dialect)
        self.dialect = package.dialect()
        self.preparer = self.dialect.identifier_preparer
        self.compiler = self.dialect.ddl_compiler(self.dialect, None)
        self.enums = {}
        self.sequences = {}

    def table(self, table):
        # What a column says of itself is the column's.
        said = [*table.constraints, *(one for column in table.columns for one in column.constraints)]
        constraints = [self.constraint(one) for one in dict.fromkeys(said) if self.is_made(one)]
        return {
            "schema": table.schema,
            "name": table.name,
            "comment": table.comment,
            "renamed_from": table.info.get("renamed_from"),
            "columns": [self.column(column) for column in table.columns],
            "constraints": sorted(filter(None, constraints), key=lambda one: (one["kind"], one["name"] or "", one["sql"])),
            "indexes": sorted(map(self.index, table.indexes), key=lambda one: one["name"]),
            "options": options(table, self.dialect.name),
        }

    def column(self, column):
        from sqlalchemy import Sequence

        rest = self.compiler.get_column_specification(column)[len(self.preparer.format_column(column)) + 1 :]
        self.note_enums(column.type, column.table)
        if isinstance(column.default, Sequence):
            self.note_sequence(column.default, column.table)
        return {
            "name": column.name,
            "type": column.type.compile(dialect=self.dialect),
            "nullable": bool(column.nullable),
            "default": self.default(column),
            "computed": self.part(column.computed),
            "identity": self.part(column.identity) if self.dialect.supports_identity_columns else None,
            "counts": rest.split(None, 1)[0].upper() in ("SERIAL", "BIGSERIAL", "SMALLSERIAL") or "AUTOINCREMENT" in rest,
            "comment": column.comment,
            "renamed_from": column.info.get("renamed_from"),
        }

    def part(self, part):
        return None if part is None else self.compiler.process(part)

    def default(self, column):
        from sqlalchemy.sql import ColumnElement

        sql = self.compiler.get_column_default_string(column)
        # SQLite takes an expression in parentheses only.
        is_bare = sql is not None and isinstance(column.server_default.arg, ColumnElement)
        return "(%s)" % sql if is_bare and self.dialect.name == "sqlite" else sql

    def is_made(self, constraint):
        rule = getattr(constraint, "_create_rule", None)
        return rule is None or rule(self.compiler)

    def constraint(self, constraint):
        from sqlalchemy import CheckConstraint, ForeignKeyConstraint, PrimaryKeyConstraint, UniqueConstraint

        kinds = (
            (PrimaryKeyConstraint, "primary key"),
            (UniqueConstraint, "unique"),
            (ForeignKeyConstraint, "foreign key"),
            (CheckConstraint, "check"),
        )
        kind = next((kind for of, kind in kinds if isinstance(constraint, of)), "other")
        if kind == "primary key" and not list(constraint.columns):
            return None
        sql = self.compiler.process(constraint)
        # A key that a server wants beside its column is said there.
        if sql is None:
            return None
        name, sql = self.name(constraint, False), sql.strip()
        if name is not None:
            sql = sql[len("CONSTRAINT %s " % self.name(constraint, True)) :]
        return {"kind": kind, "name": name, "sql": sql}

    def name(self, item, quoted):
        if item.name is None:
            return None
        name = self.preparer.format_constraint(item, _alembic_quote=quoted)
        return None if name is None else str(name)

    def index(self, index):
        from sqlalchemy.schema import CreateIndex

        sql = str(CreateIndex(index).compile(dialect=self.dialect)).strip()
        return {"name": self.name(index, False), "sql": sql}

    def note_enums(self, type_, table):
        if self.dialect.name != "postgresql":
            return
        from sqlalchemy.dialects.postgresql import ENUM

        for kind in unwrapped(type_, self.dialect):
            if isinstance(kind, ENUM):
                known = self.enums.setdefault(
                    (kind.schema or "", kind.name),
                    {"schema": kind.schema, "name": kind.name, "values": list(kind.enums), "tables": []},
                )
                known["tables"].append({"schema": table.schema, "name": table.name})

    def note_sequence(self, sequence, table):
        from sqlalchemy.schema import CreateSequence

        if not self.dialect.supports_sequences or sequence.optional:
            return
        known = self.sequences.setdefault(
            (sequence.schema or "", sequence.name),
            {
                "schema": sequence.schema,
                "name": sequence.name,
                "sql": str(CreateSequence(sequence).compile(dialect=self.dialect)).strip(),
                "tables": [],
            },
        )
        if table is not None:
            known["tables"].append({"schema": table.schema, "name": table.name})


def unwrapped(type_, dialect):
    """The types that a server keeps values of that one in."""
    from sqlalchemy.types import TypeDecorator

    while isinstance(type_, TypeDecorator):
        type_ = type_.load_dialect_impl(dialect)
    found = type_.dialect_impl(dialect)
    if isinstance(found, TypeDecorator):
        found = found.impl
    item = getattr(found, "item_type", None)
    return [found] if item is None else unwrapped(item, dialect)


def options(table, dialect):
    """The options of a table that only that server has, without its name."""
    prefix = dialect + "_"
    return {key[len(prefix) :]: str(value) for key, value in sorted(table.kwargs.items()) if key.startswith(prefix)}


# Whose they are


def mappers():
    """Every mapper there is, whichever base its class has."""
    from sqlalchemy.orm import mapper as module

    try:
        registries = module._all_registries()
    except AttributeError:
        from sqlalchemy.orm import mapperlib

        registries = mapperlib._all_registries()
    for registry in registries:
        yield from registry.mappers


def classes():
    """The classes of each table: those whose own table it is."""
    found = {}
    for mapper in mappers():
        table = mapper.local_table
        is_own = mapper.inherits is None or mapper.inherits.local_table is not table
        if is_own:
            kind = written(mapper.class_)
            place = getattr(sys.modules.get(kind.__module__), "__file__", None)
            found.setdefault(id(table), []).append({"module": kind.__module__, "name": kind.__qualname__, "file": place})
    return found


def written(kind):
    """The class that somebody wrote, where Continuum made that one of it."""
    manager = getattr(kind, "__versioning_manager__", None)
    return getattr(manager, "parent_class_map", {}).get(kind, kind)


def variables(tables):
    """The modules in which a table without a class stands as a variable."""
    wanted, found = {id(table) for table in tables}, {}
    for name, module in list(sys.modules.items()):
        for value in list(getattr(module, "__dict__", {}).values()):
            if id(value) in wanted:
                found.setdefault(id(value), set()).add(name)
    return found


def loaded(packages):
    """The files of those packages that were imported."""
    modules = [(name, getattr(module, "__file__", None)) for name, module in list(sys.modules.items())]
    return sorted(file for name, file in modules if file and name.partition(".")[0] in packages)


def exported(wanted):
    try:
        import sqlalchemy
        from sqlalchemy import orm
    except ImportError as error:
        raise Refused("no-sqlalchemy", str(error))
    sys.path[:0] = wanted["path"]
    if wanted["models"] is not None:
        target, includes = from_name(wanted["models"])
    else:
        target, includes = from_environment(wanted)
    all_metadata = list(target) if isinstance(target, (list, tuple)) else [target]
    if target is None or not all(isinstance(one, sqlalchemy.MetaData) for one in all_metadata):
        raise Refused("no-metadata", "there is no metadata, but `%s`" % type(target).__name__)
    orm.configure_mappers()
    reader = Reader(wanted["dialect"])
    tables = [table for metadata in all_metadata for table in metadata.tables.values()]
    if includes is not None:
        tables = [table for table in tables if includes(table, table.name, "table", False, None)]
    of_class = classes()
    stands = variables([table for table in tables if id(table) not in of_class])
    told = []
    for table in tables:
        one = reader.table(table)
        one["classes"] = of_class.get(id(table), [])
        one["modules"] = sorted(stands.get(id(table), ()))
        told.append(one)
    for metadata in all_metadata:
        for sequence in getattr(metadata, "_sequences", {}).values():
            reader.note_sequence(sequence, None)
    return {
        "dialect": wanted["dialect"],
        "sqlalchemy": sqlalchemy.__version__,
        "naming_convention": convention(all_metadata[0]),
        "tables": told,
        "enums": [reader.enums[key] for key in sorted(reader.enums)],
        "sequences": [reader.sequences[key] for key in sorted(reader.sequences)],
        "files": loaded(set(wanted["packages"])),
    }


def convention(metadata):
    """The templates that are text; one that is a function is Python's to apply, and was applied."""
    kinds = {
        "Index": "ix",
        "UniqueConstraint": "uq",
        "CheckConstraint": "ck",
        "ForeignKeyConstraint": "fk",
        "PrimaryKeyConstraint": "pk",
    }
    named = {kinds.get(getattr(key, "__name__", key), key): value for key, value in metadata.naming_convention.items()}
    return {key: value for key, value in named.items() if isinstance(key, str) and isinstance(value, str)}


def raised(error):
    """What went wrong, and where in the project's own files: the last place that is no package's and not this one."""
    import traceback

    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if os.path.isfile(frame.filename)]
    own = [frame for frame in frames if "site-packages" not in frame.filename] or frames
    place = {"file": own[-1].filename, "line": own[-1].lineno} if own else None
    if isinstance(error, SyntaxError) and error.filename:
        place = {"file": error.filename, "line": error.lineno or 1}
    text = " ".join(str(error).split())
    name = type(error).__name__
    return {"kind": "raised", "message": "%s: %s" % (name, text) if text else name, "place": place}


def main():
    answer = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    # What is run has neither this program's arguments nor its folder.
    wanted = json.loads(sys.argv[1])
    sys.argv[:] = ["alembic"]
    sys.path[:] = [folder for folder in sys.path if folder]
    try:
        told = exported(wanted)
    except Refused as refused:
        told = {"error": {"kind": refused.kind, "message": str(refused), "place": None}}
    except BaseException as error:
        told = {"error": raised(error)}
    told["terrane_models"] = VERSION
    json.dump(told, answer, sort_keys=True)
    answer.write("\n")
    answer.close()


main()
