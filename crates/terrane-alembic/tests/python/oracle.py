"""Prints what Alembic itself says in each revision of a project, offline: a line of JSON for each direction of each."""

import importlib
import json
import sys

import sqlalchemy as sa
from alembic.config import Config
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory


def metadata(spec):
    module, name = spec.split(":")
    return getattr(importlib.import_module(module), name).metadata


def literal(value):
    """A value without a type, as psycopg2 puts it into a statement."""
    if value is None or isinstance(value, bool):
        return {None: "NULL", True: "true", False: "false"}[value]
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else repr(value)


def main(path, dialect, spec):
    sa.types.NullType.literal_processor = lambda self, dialect: literal
    scripts = ScriptDirectory.from_config(Config(path))
    target = metadata(spec) if spec else None
    for script in scripts.walk_revisions():
        for way in ("upgrade", "downgrade"):
            said = []
            context = MigrationContext.configure(
                dialect_name=dialect, opts={"as_sql": True, "literal_binds": True, "target_metadata": target}
            )
            context.impl.static_output = said.append
            error = None
            try:
                with Operations.context(context):
                    getattr(script.module, way)()
            except Exception as fault:  # a revision that asks the database has nobody to ask
                error = f"{type(fault).__name__}: {fault}"
            print(json.dumps({"revision": script.revision, "way": way, "said": said, "error": error}))


main(*sys.argv[1:])
