//! A revision of an Alembic project, written in Python: directives where Alembic has them, else the server's statements.
//!
//! Nothing is written that is not read back as the very same ops: each directive is read as if it stood in a file, and held
//! against the op that it is written for. Where they differ, the statement itself is written.

use crate::alembic::PythonRevisions;
use crate::autogenerate::{Ways, about, costs, internal};
use crate::error::{Error, Result};
use crate::models::ops_of;
use std::path::PathBuf;
use terrane_alembic::write::{Line, Values, body, directive, execute, file_name, fill, imports, needs_batch};
use terrane_alembic::{Naming, Reader, Script};
use terrane_core::diagnostic::{Diagnostic, codes};
use terrane_core::dialect::{Dialect, Statement};
use terrane_core::name::Ident;
use terrane_core::op::{ColumnChange, Effect, Op, RawSql};
use terrane_core::revision::{Revision, Timestamp, Way};
use terrane_core::schema::{Key, Schema, Sequence, TypeName};
use terrane_core::sql::quote_identifier;
use terrane_core::text::SourceFile;

#[cfg(test)]
mod tests;

/// What a revision in Python does, in both directions.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct PythonBody {
    upgrade: Vec<Line>,
    downgrade: Vec<Line>,
}

/// A revision in Python, ready to be written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct PythonFile {
    /// The name of the file.
    pub(crate) name: PathBuf,
    /// The text.
    pub(crate) text: String,
    /// What there is to say about it.
    pub(crate) warnings: Vec<Diagnostic>,
}

impl PythonBody {
    /// The text of one function after the other, for whoever wants to see it only.
    pub(crate) fn shown(&self) -> String {
        let function = |name: &str, lines: &[Line]| {
            let body = if lines.is_empty() {
                "pass".to_owned()
            } else {
                body(lines)
            };
            format!("def {name}():\n    {body}\n")
        };
        let (upgrade, downgrade) = (
            function("upgrade", &self.upgrade),
            function("downgrade", &self.downgrade),
        );
        format!("{upgrade}\n\n{downgrade}")
    }
}

impl PythonRevisions {
    /// A body without anything in it.
    pub(crate) fn empty(&self) -> PythonBody {
        PythonBody::default()
    }

    /// The same ops as SQLAlchemy has words for them: a key that counts up by itself is one word there, and to PostgreSQL a
    /// sequence, a default and an owner of the sequence.
    pub(crate) fn in_its_words(&self, ops: &[Op], dialect: &dyn Dialect) -> Vec<Op> {
        if needs_batch(dialect.name()) {
            return ops.to_vec();
        }
        let mut worded = ops.to_vec();
        for made in ops {
            if let Op::CreateSequence(sequence) = made {
                count_by_itself(&mut worded, sequence);
            }
        }
        worded
    }

    /// The body that goes those ways.
    pub(crate) fn candidate(&self, ways: &Ways, dialect: &dyn Dialect) -> Result<PythonBody> {
        let project = self.project();
        let writing = Writing {
            reader: Reader::new(&project.packages, &project.naming, dialect.name()),
            naming: &project.naming,
            dialect,
        };
        Ok(PythonBody {
            upgrade: writing.lines(&ways.there, &ways.before)?,
            downgrade: writing.lines(&ways.back, &ways.after)?,
        })
    }

    /// The file of a revision, by the project's templates.
    ///
    /// # Errors
    /// The message, or the template, makes another revision of it.
    pub(crate) fn file(&self, revision: &Revision, content: &PythonBody) -> Result<PythonFile> {
        let project = self.project();
        let created = revision.created.unwrap_or(Timestamp(0));
        let (upgrades, downgrades) = (body(&content.upgrade), body(&content.downgrade));
        let ids = revision.down_revisions.iter().map(ToString::to_string);
        let values = Values {
            message: revision.message.clone(),
            id: revision.id.to_string(),
            down_revisions: ids.collect(),
            branch_labels: revision.branch_labels.clone(),
            depends_on: revision.depends_on.clone(),
            created: created.to_string(),
            imports: imports(&upgrades, &downgrades).to_owned(),
            upgrades,
            downgrades,
        };
        let template = project.script_location.join("script.py.mako");
        let template = std::fs::read_to_string(&template).ok();
        let filled = fill(template.as_deref(), &values);
        let mut warnings: Vec<Diagnostic> = filled.not_read.iter().map(|what| self.unread(what)).collect();
        let name = file_name(project.file_template.as_deref(), &values.id, revision.title(), created);
        let name = name.unwrap_or_else(|| {
            let message = "`file_template` asks for something that Alembic does not give it";
            warnings
                .push(Diagnostic::warning(codes::UNREAD_TEMPLATE, message).help("The file has Alembic's usual name."));
            file_name(None, &values.id, revision.title(), created).unwrap_or_default()
        });
        is_read_as(revision, &filled.text)?;
        Ok(PythonFile {
            name: PathBuf::from(name),
            text: filled.text,
            warnings,
        })
    }

    fn unread(&self, what: &str) -> Diagnostic {
        let template = self.project().script_location.join("script.py.mako");
        let message = format!("`{}` does more than put values in places: `{what}`", template.display());
        Diagnostic::warning(codes::UNREAD_TEMPLATE, message)
            .help("The revision has the header of Alembic's own template; see that it is what the project needs.")
    }
}

/// The whole numbers, and the words for those that count up by themselves.
const SERIALS: [(&str, &str); 3] = [
    ("bigint", "bigserial"),
    ("integer", "serial"),
    ("smallint", "smallserial"),
];

/// Says a sequence as the type of the column whose numbers it gives, where it is the one that such a type would make.
fn count_by_itself(ops: &mut Vec<Op>, sequence: &Sequence) {
    let tables = ops.iter_mut().filter_map(|op| match op {
        Op::CreateTable(table) => Some(&mut **table),
        _ => None,
    });
    let mut done = false;
    for table in tables.filter(|table| table.name.schema == sequence.name.schema) {
        let key: Vec<Ident> = table.primary_key().into_iter().flat_map(Key::names).cloned().collect();
        let of = table.name.name.clone();
        for column in table.columns.iter_mut().filter(|column| key.contains(&column.name)) {
            let is_usual = sequence.name.name.as_str() == format!("{of}_{}_seq", column.name);
            let numbers = column
                .default
                .as_ref()
                .is_some_and(|default| numbers_by(default.as_str(), sequence));
            let serial = SERIALS.iter().find(|(whole, _)| column.ty.canonical() == *whole);
            let is_plain = is_plain(sequence, column.ty.canonical());
            if let Some((_, serial)) = serial.filter(|_| is_usual && numbers && is_plain) {
                column.ty = TypeName::new(*serial);
                column.default = None;
                done = true;
            }
        }
    }
    if done {
        ops.retain(|op| !matches!(op, Op::CreateSequence(other) if other.name == sequence.name));
    }
}

/// Whether a default is the next number of that sequence.
fn numbers_by(default: &str, sequence: &Sequence) -> bool {
    let name = quote_identifier(sequence.name.name.as_str());
    let name = match &sequence.name.schema {
        Some(schema) => format!("{}.{name}", quote_identifier(schema.as_str())),
        None => name.into_owned(),
    };
    default == format!("nextval('{name}'::regclass)")
}

/// Whether a sequence is a column's, and as the server makes one for a column of that type.
fn is_plain(sequence: &Sequence, whole: &str) -> bool {
    let options = sequence.options.as_str().split_once("OWNED BY ");
    let options = options.map(|(options, _)| options.trim());
    options.is_some_and(|options| options.is_empty() || options.eq_ignore_ascii_case(&format!("AS {whole}")))
}

/// Whether the text says of itself what it should. Otherwise there would be a file that stops every command.
fn is_read_as(revision: &Revision, text: &str) -> Result<()> {
    let read = Script::parse(SourceFile::new("", text), PathBuf::from("revision.py"));
    let is_same = read.is_ok_and(|script| {
        let read = script.revision;
        read.id == revision.id
            && read.down_revisions == revision.down_revisions
            && read.depends_on == revision.depends_on
            && read.branch_labels == revision.branch_labels
            && read.message.trim() == revision.message.trim()
    });
    match is_same {
        true => Ok(()),
        false => Err(Error::new(
            codes::BAD_HEADER,
            "the message, or `script.py.mako`, would make another revision of it",
        )
        .help("Put the message in other words, without quotes and backslashes.")
        .help("See that the template sets `revision`, `down_revision`, `branch_labels` and `depends_on`.")),
    }
}

/// Writes ops for one server.
struct Writing<'a> {
    reader: Reader<'a>,
    naming: &'a Naming,
    dialect: &'a dyn Dialect,
}

impl Writing<'_> {
    /// A line for each op where the server is told of it by itself; what the server is told around several of them, a view
    /// that makes room for a column's type, is written as it is.
    fn lines(&self, ops: &[Op], before: &Schema) -> Result<Vec<Line>> {
        let states = states(ops, before)?;
        if needs_batch(self.dialect.name()) {
            return self.in_batches(ops, &states);
        }
        let whole = self.lowered(ops, before)?;
        let mut lines = Vec::new();
        let mut rest = whole.as_slice();
        while let Some(first) = rest.first() {
            let end = rest.iter().position(|other| other.ops != first.ops);
            let (group, after) = rest.split_at(end.unwrap_or(rest.len()));
            rest = after;
            lines.extend(match first.ops.as_slice() {
                [one] => self.line(&ops[*one], &states[*one], group)?,
                _ => group.iter().map(|statement| execute(&statement.sql)).collect(),
            });
        }
        Ok(lines)
    }

    /// Where Alembic makes a table anew, the ops themselves are all that there is to say.
    fn in_batches(&self, ops: &[Op], states: &[Schema]) -> Result<Vec<Line>> {
        let mut lines = Vec::new();
        for (op, state) in ops.iter().zip(states) {
            let statements = self.lowered(std::slice::from_ref(op), state)?;
            let said = self.line(op, state, &statements)?;
            if said.len() > 1 {
                let message = format!("Alembic has no directive to {}", op.describe());
                let help = "Write this change by hand, in a revision of its own.";
                return Err(Error::new(codes::UNSUPPORTED, message).help(help));
            }
            lines.extend(said);
        }
        Ok(lines)
    }

    fn lowered(&self, ops: &[Op], before: &Schema) -> Result<Vec<Statement>> {
        Ok(self.dialect.lower(ops, before)?)
    }

    /// The directive of an op, where those statements are all that the server is told of it and the directive is read as it;
    /// else the statements. What it costs stands above the first.
    fn line(&self, op: &Op, before: &Schema, statements: &[Statement]) -> Result<Vec<Line>> {
        let alone = self.lowered(std::slice::from_ref(op), before)?;
        let texts = |statements: &[Statement]| statements.iter().map(|one| one.sql.clone()).collect::<Vec<_>>();
        let is_all = texts(&alone) == texts(statements);
        let using = statements
            .iter()
            .find_map(|one| one.sql.rsplit_once(" USING "))
            .map(|(_, using)| using);
        let using = using.filter(|_| {
            matches!(
                op,
                Op::AlterColumn {
                    change: ColumnChange::Type { .. },
                    ..
                }
            )
        });
        let said = directive(op, before, self.dialect.name(), self.naming, using);
        let said = said.filter(|line| is_all && self.is_read_as(op, line, before));
        let mut lines = match said {
            Some(line) => vec![line],
            None => statements.iter().map(|statement| execute(&statement.sql)).collect(),
        };
        if let Some(first) = lines.first_mut() {
            first.comments = costs(op, before, self.dialect);
        }
        Ok(lines)
    }

    /// Whether a directive is read as that op: what it makes of the schema is the same.
    fn is_read_as(&self, op: &Op, line: &Line, before: &Schema) -> bool {
        let Some(read) = self.read(line) else { return false };
        let is_untold = |op: &Op| matches!(op, Op::Sql(RawSql { effect, .. }) if *effect != Effect::Nothing);
        if read.iter().any(is_untold) {
            return false;
        }
        let made = |ops: &[Op]| {
            let mut schema = about(op, before);
            ops.iter().try_for_each(|op| op.apply(&mut schema)).ok()?;
            self.dialect.normalize(&mut schema);
            Some(schema)
        };
        let wanted = made(std::slice::from_ref(op));
        wanted.is_some() && made(&read) == wanted
    }

    /// The ops that are read of a directive, as if it stood in a file.
    fn read(&self, line: &Line) -> Option<Vec<Op>> {
        let text = format!(
            "from alembic import op\nimport sqlalchemy as sa\nfrom sqlalchemy.dialects import postgresql\n\nrevision = \
             'a'\ndown_revision = None\n\n\ndef upgrade():\n    {}\n",
            body(std::slice::from_ref(line))
        );
        let script = Script::parse(SourceFile::new("", text), PathBuf::from("a.py")).ok()?;
        let read = self.reader.statements(&script);
        let section = read.sections.iter().find(|section| section.way == Way::Upgrade)?;
        let mut ops = Vec::new();
        for step in &section.steps {
            ops.extend(ops_of(step.action.sql(), self.dialect.flavor()).ok()?);
        }
        Some(ops)
    }
}

/// What there is before each of the ops.
fn states(ops: &[Op], before: &Schema) -> Result<Vec<Schema>> {
    let mut work = before.clone();
    let mut states = Vec::new();
    for op in ops {
        states.push(work.clone());
        op.apply(&mut work).map_err(|why| internal(op, &why.to_string()))?;
    }
    Ok(states)
}
