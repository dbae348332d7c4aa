"""Prints what Alembic itself says in each revision of a project, offline: a line of JSON for each direction of each."""

import importlib
import json
import sys

import sqlalchemy as sa
from alembic.config import Config
from alembic.operations import Operations
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory


def metadata(spec):
    module, name = spec.split(":")
    return getattr(importlib.import_module(module), name).metadata


def literal(value):
    """A value without a type, as psycopg2 puts it into a statement."""
    if value is None or isinstance(value, bool):
        return {None: "NULL", True: "true", False: "false"}[value]
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else repr(value)


def said(scripts, config, dialect, target, act):
    """The statements of one direction, or why they cannot be said without a database."""
    statements = []
    with EnvironmentContext(config, scripts, as_sql=True) as environment:
        environment.configure(dialect_name=dialect, literal_binds=True, target_metadata=target)
        context = environment.get_context()
        context.impl.static_output = statements.append
        try:
            with Operations.context(context):
                act()
        except Exception as fault:  # a revision that asks the database has nobody to ask
            return statements, f"{type(fault).__name__}: {fault}"
    return statements, None


def main(path, dialect, spec):
    sa.types.NullType.literal_processor = lambda self, dialect: literal
    config = Config(path)
    scripts = ScriptDirectory.from_config(config)
    target = metadata(spec)
    for script in scripts.walk_revisions():
        for way in ("upgrade", "downgrade"):
            statements, error = said(scripts, config, dialect, target, getattr(script.module, way))
            print(json.dumps({"revision": script.revision, "way": way, "said": statements, "error": error}))


main(*sys.argv[1:])
