//! What a revision in Python does, as statements, where its Python can be read.
//!
//! A revision is followed from `upgrade()` or `downgrade()` on: literals, constants, functions, loops and branches whose
//! values are known, `op.*` and what SQLAlchemy offers to say it with. Each statement is the one that Alembic would send.
//! What is not known stays unknown until something depends on it, and then the whole direction is refused, with the place;
//! nothing of it runs.

mod ddl;
mod directives;
mod eval;
mod metadata;
mod methods;
mod modules;
mod names;
mod python_text;
mod run;
mod scope;
mod sql;
mod table;
mod types;
mod value;

pub(crate) use metadata::naming;
pub(crate) use modules::Modules;

use crate::environment::SearchPath;
use crate::naming::Naming;
use crate::python::{Python, span_of};
use crate::scripts::Script;
use directives::Host;
use eval::Eval;
use modules::Module;
use ruff_python_ast::{Stmt, StmtFunctionDef};
use std::rc::Rc;
use terrane_core::diagnostic::Diagnostic;
use terrane_core::revision::{Action, Section, Step, Target, Way};
use terrane_core::sql::Lexing;
use types::Server;
use value::{Refusal, Value};

/// What was read of a revision.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Read {
    /// For which server its statements are written: portable, where a server has no statement for what it does.
    pub dialect: Target,
    /// What it does on the server, in each direction that could be read.
    pub sections: Vec<Section>,
    /// What could not be read, by direction.
    pub unread: Vec<(Way, Diagnostic)>,
}

/// The functions of a revision, and the directions that they are.
const WAYS: [(&str, Way); 2] = [("upgrade", Way::Upgrade), ("downgrade", Way::Downgrade)];

/// Reads revisions as statements for one server.
#[derive(Debug)]
pub struct Reader<'p> {
    modules: Modules<'p>,
    naming: &'p Naming,
    server: Option<Server>,
    dialect: String,
    sqlalchemy: Option<(u32, u32)>,
}

impl<'p> Reader<'p> {
    /// A reader for the server of a dialect. What revisions import is looked for in `path`.
    pub fn new(path: &'p SearchPath, naming: &'p Naming, dialect: &str) -> Reader<'p> {
        Reader {
            modules: Modules::new(path),
            naming,
            server: Server::of(dialect),
            dialect: dialect.to_owned(),
            sqlalchemy: path.version("SQLAlchemy"),
        }
    }

    /// What a revision does.
    pub fn statements(&self, script: &Script) -> Read {
        let mut read = Read {
            dialect: Target::Named(self.dialect.clone()),
            sections: Vec::new(),
            unread: Vec::new(),
        };
        let python = match Python::parse(&script.source) {
            Ok(python) => python,
            Err(diagnostic) => {
                read.unread
                    .extend(WAYS.iter().map(|(_, way)| (*way, (*diagnostic).clone())));
                return read;
            }
        };
        let module = Rc::new(Module {
            source: script.source.clone(),
            python,
            is_package: false,
        });
        let mut is_batch = false;
        for (name, way) in WAYS {
            match self.followed(&module, name) {
                Ok((steps, batch)) => {
                    is_batch |= batch;
                    read.sections.push(Section {
                        way,
                        dialect: None,
                        steps,
                    });
                }
                Err(refusal) => read.unread.push((way, refusal.diagnostic(way.word()))),
            }
        }
        if is_batch {
            read.dialect = Target::Any;
        }
        read
    }

    fn followed(&self, module: &Rc<Module>, name: &str) -> Result<(Vec<Step>, bool), Refusal> {
        let Some(function) = function(&module.python, name) else {
            return Ok((Vec::new(), false));
        };
        if !function.decorator_list.is_empty() {
            return Err(Refusal {
                message: format!("`{name}` is what a decorator makes of it"),
                source: module.source.clone(),
                span: span_of(function),
            });
        }
        let Some(server) = self.server else {
            return Err(Refusal {
                message: format!("its statements for `{}` are known to Python alone", self.dialect),
                source: module.source.clone(),
                span: span_of(function),
            });
        };
        let lexing = match server {
            Server::Postgresql => Lexing::POSTGRESQL,
            Server::Sqlite => Lexing::SQLITE,
        };
        let host = Host::new(server, self.naming, self.sqlalchemy, lexing);
        let mut eval = Eval::new(&self.modules, Rc::clone(module), host);
        let called = Value::Function(Rc::new(scope::defined(function, &eval::OWN.into(), None)));
        eval.called(called, Vec::new(), Vec::new(), span_of(function))?;
        let steps = eval.host.statements.into_iter().map(|(sql, span)| Step {
            comments: Vec::new(),
            action: Action::Sql(sql),
            span,
        });
        Ok((steps.collect(), eval.host.is_batch))
    }
}

fn function<'p>(python: &'p Python, name: &str) -> Option<&'p StmtFunctionDef> {
    python.body().iter().rev().find_map(|statement| match statement {
        Stmt::FunctionDef(function) if function.name.as_str() == name => Some(function),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scripts::scripts;

    /// What a revision with that `upgrade()` says to PostgreSQL; or why it cannot be read.
    fn said(upgrade: &str) -> Result<Vec<String>, String> {
        let folder = tempfile::tempdir().unwrap();
        let text = format!(
            "from alembic import op\nimport sqlalchemy as sa\nrevision = 'a1'\ndown_revision = None\nTABLES = ['a', 'b']\n\n\
             def upgrade():\n{}\n",
            upgrade.lines().map(|line| format!("    {line}\n")).collect::<String>()
        );
        std::fs::write(folder.path().join("a1.py"), text).unwrap();
        let script = scripts(folder.path(), crate::Reach::default()).unwrap().remove(0);
        let (path, naming) = (SearchPath::default(), Naming::usual());
        let read = Reader::new(&path, &naming, "postgresql").statements(&script);
        if let Some((_, why)) = read.unread.first() {
            return Err(why.message.clone());
        }
        let steps = read
            .sections
            .into_iter()
            .filter(|section| section.way == Way::Upgrade)
            .flat_map(|section| section.steps);
        Ok(steps.map(|step| step.action.sql().to_owned()).collect())
    }

    #[test]
    fn loops_branches_and_functions_are_followed() {
        for (upgrade, sql) in [
            (
                "for table in TABLES:\n    op.drop_table(table)",
                &["DROP TABLE a", "DROP TABLE b"][..],
            ),
            ("[op.drop_table(t) for t in TABLES if t != 'a']", &["DROP TABLE b"]),
            (
                "if op.get_bind().dialect.name == 'sqlite':\n    raise ValueError\nop.drop_table('c')",
                &["DROP TABLE c"],
            ),
            (
                "def drop(name, suffix='_x'):\n    op.drop_table(f'{name}{suffix}')\ndrop('a')",
                &["DROP TABLE a_x"],
            ),
            // A name means what it means when the function is called.
            ("n = 'a'\nf = lambda: op.drop_table(n)\nn = 'b'\nf()", &["DROP TABLE b"]),
            (
                "n = 'a'\nnames = [n for n in TABLES]\nop.drop_table(n)",
                &["DROP TABLE a"],
            ),
            (
                "op.execute('UPDATE a SET b = 1; DELETE FROM a')",
                &["UPDATE a SET b = 1", "DELETE FROM a"],
            ),
            (
                "t = sa.table('t', sa.column('c'))\nop.execute(t.update().where(t.c.c.is_(None)).values(c='x'))",
                &["UPDATE t SET c = 'x' WHERE t.c IS NULL"],
            ),
        ] {
            assert_eq!(said(upgrade).unwrap(), sql, "{upgrade}");
        }
    }

    #[test]
    fn what_is_not_known_is_refused_and_never_passed_over() {
        for upgrade in [
            "op.add_column('t', sa.Column('c', sa.Integer(), unique=unknown()))",
            "op.create_index('i', 't', ['c'], postgresql_tablespace='fast')",
            "sa.Enum('a', name='e').create(op.get_bind(), checkfirst=True)",
            "sa.MetaData().create_all(op.get_bind())",
            "sa.event.listen(op, 'x', print)",
            "op.execute('SELECT :value')",
            "while True:\n    op.drop_table('t')",
            "try:\n    op.drop_table('t')\nexcept Exception:\n    pass",
            "global TABLES\nTABLES = []",
            "op.run_something('t')",
            "done = [op.drop_table(t) for t in unknown()]",
            "print(op.drop_table(unknown()))",
            "print([op.drop_table(t) for t in unknown()])",
        ] {
            let why = said(upgrade).unwrap_err();
            assert!(why.starts_with("the upgrade cannot be read: "), "{why}");
        }
    }
}
