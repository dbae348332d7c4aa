//! The naming convention of a project's metadata, found where `env.py` says which metadata it has.

use super::Modules;
use super::eval::{Eval, OWN};
use super::modules::Module;
use super::value::{Made, Value};
use crate::naming::Naming;
use crate::python::Python;
use ruff_python_ast::Expr;
use std::rc::Rc;
use terrane_core::text::SourceFile;

/// How deep classes may continue one another.
const DEEPEST: usize = 20;

/// The naming convention of what an expression of `env.py` stands for; of the metadata of `Base` in the module `model`,
/// where that expression is known to Python alone and the app says by its configuration what it is.
pub(crate) fn naming(modules: &Modules<'_>, env: (&SourceFile, Python), target: &Expr, model: Option<&str>) -> Naming {
    let (source, python) = env;
    let own = Rc::new(Module {
        source: source.clone(),
        python,
        is_package: false,
    });
    let mut eval = Eval::looking(modules, own);
    let value = eval.expression(target).ok();
    if let Some(naming) = value.and_then(|value| of_metadata(&value)) {
        return naming;
    }
    let base = model.and_then(|model| eval.member(&model.into(), "Base"));
    base.and_then(|base| of_base(&base, 0)).unwrap_or(Naming::Unknown)
}

/// That of a `MetaData(…)`, or of the `metadata` of a base class.
fn of_metadata(value: &Value) -> Option<Naming> {
    match value {
        Value::None => Some(Naming::usual()),
        Value::Made(made) if made.kind() == "MetaData" => of_arguments(made),
        Value::Attribute(attribute) if attribute.1 == "metadata" => of_base(&attribute.0, 0),
        Value::List(values) => match values.borrow().as_slice() {
            [only] => of_metadata(only),
            _ => None,
        },
        _ => None,
    }
}

fn of_arguments(made: &Made) -> Option<Naming> {
    if made
        .keywords
        .iter()
        .any(|(_, value)| matches!(value, Value::Unknown(_)))
    {
        return None;
    }
    let Some(convention) = made.keyword("naming_convention") else {
        return Some(Naming::usual());
    };
    let Value::Dict(pairs) = convention else { return None };
    let pairs = pairs.borrow();
    let templates = pairs.iter().map(|(key, value)| {
        // A key may be a class of SQLAlchemy's, as the documentation has it.
        let kind = match key {
            Value::Path(path) => match path.rsplit('.').next() {
                Some("Index") => "ix",
                Some("UniqueConstraint") => "uq",
                Some("CheckConstraint") => "ck",
                Some("ForeignKeyConstraint") => "fk",
                Some("PrimaryKeyConstraint") => "pk",
                _ => return None,
            },
            other => other.text()?,
        };
        Some((kind.to_owned(), value.text()?.to_owned()))
    });
    let templates: Option<Vec<(String, String)>> = templates.collect();
    templates.map(Naming::of)
}

/// That of the metadata of a base class: what it was made with, or has as an attribute, or has from the class that it
/// continues.
fn of_base(base: &Value, depth: usize) -> Option<Naming> {
    match base {
        Value::Made(made) if made.kind() == "declarative_base" => match made.keyword("metadata") {
            Some(metadata) => of_metadata(metadata),
            None => Some(Naming::usual()),
        },
        Value::Class(class) if depth < DEEPEST => {
            let own = class.attributes.iter().rev().find(|(name, _)| name == "metadata");
            match own {
                Some((_, value)) => of_metadata(value),
                None => class.bases.iter().find_map(|base| of_base(base, depth + 1)),
            }
        }
        Value::Path(path) if path.ends_with(".DeclarativeBase") || path.ends_with(".DeclarativeBaseNoMeta") => {
            Some(Naming::usual())
        }
        _ => None,
    }
}

impl<'p> Eval<'p> {
    /// To look at values only: nothing is said to any server.
    fn looking(modules: &'p Modules<'p>, own: Rc<Module>) -> Eval<'p> {
        let host = super::directives::Host::new(
            super::types::Server::Postgresql,
            &Naming::Unknown,
            None,
            terrane_core::sql::Lexing::PORTABLE,
        );
        let eval = Eval::new(modules, own, host);
        debug_assert_eq!(&*eval.place.0, OWN);
        eval
    }
}

#[cfg(test)]
mod tests {
    use crate::environment::{SearchPath, Surroundings};
    use crate::envpy::EnvPy;
    use crate::naming::Naming;
    use std::fs;
    use std::path::Path;

    fn found(files: &[(&str, &str)]) -> Naming {
        let root = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let packages = SearchPath::of(&Surroundings::default(), Path::new("/"), &[root.path().to_owned()]);
        EnvPy::read(&root.path().join("env.py")).naming(&packages, |_| None)
    }

    fn pk(template: &str) -> Naming {
        Naming::of([("pk".to_owned(), template.to_owned())])
    }

    #[test]
    fn the_convention_is_found_where_the_metadata_is_made() {
        const ENV: &str = "from alembic import context\nfrom app.models import Base\ntarget_metadata = Base.metadata\n\
                           def run():\n    context.configure(url='x', target_metadata=target_metadata)\n";
        let own = "import sqlalchemy as sa\nfrom sqlalchemy.orm import DeclarativeBase\nfrom .names import NAMES\n\
                   class Base(DeclarativeBase):\n    metadata = sa.MetaData(naming_convention=NAMES)\n";
        let old = "from sqlalchemy import MetaData\nfrom sqlalchemy.orm import declarative_base\nfrom .names import *\n\
                   Base = declarative_base(metadata=MetaData(naming_convention=NAMES))\n";
        let names = ("app/names.py", "NAMES = {'pk': 'pk_%(table_name)s'}\n");
        for models in [own, old] {
            let files = [
                ("env.py", ENV),
                ("app/__init__.py", ""),
                ("app/models.py", models),
                names,
            ];
            assert_eq!(found(&files), pk("pk_%(table_name)s"), "{models}");
        }
        let plain = "from sqlalchemy.orm import DeclarativeBase\nclass Base(DeclarativeBase):\n    pass\n";
        let files = [("env.py", ENV), ("app/__init__.py", ""), ("app/models.py", plain)];
        assert_eq!(found(&files), Naming::usual());
    }

    #[test]
    fn what_python_decides_is_not_known() {
        for env in [
            "from alembic import context\ncontext.configure(target_metadata=get_metadata())\n",
            "from alembic import context\ncontext.configure(**options)\n",
            "from alembic import context\nfrom app import db\ncontext.configure(target_metadata=db.metadata)\n",
        ] {
            assert_eq!(found(&[("env.py", env)]), Naming::Unknown, "{env}");
        }
        let none =
            "from alembic import context\ntarget_metadata = None\ncontext.configure(target_metadata=target_metadata)\n";
        assert_eq!(found(&[("env.py", none)]), Naming::usual());
    }
}
