//! The template of a project's revisions: `script.py.mako`, as far as it puts values in places, and `file_template`.
//!
//! Of Mako (docs.makotemplates.org, "Syntax") the forms are read that Alembic's own templates have. A template that does
//! more than that is not guessed at.

use super::text;
use terrane_core::revision::Timestamp;

/// What a revision is called and says; the values that Alembic gives to its template.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Values {
    /// What it is for.
    pub message: String,
    /// Its id.
    pub id: String,
    /// What it follows.
    pub down_revisions: Vec<String>,
    /// The labels of the branch that begins with it.
    pub branch_labels: Vec<String>,
    /// What has to be there before it.
    pub depends_on: Vec<String>,
    /// When it was written.
    pub created: String,
    /// Further lines of imports.
    pub imports: String,
    /// The body of `upgrade()`.
    pub upgrades: String,
    /// The body of `downgrade()`.
    pub downgrades: String,
}

/// A revision as text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Filled {
    /// The text.
    pub text: String,
    /// What of the project's template was not understood, so that the text is in Alembic's usual form.
    pub not_read: Option<String>,
}

/// What a revision of Alembic's looks like where a project says nothing of it.
const USUAL: &str = r#""""${message}

Revision ID: ${up_revision}
Revises: ${down_revision | comma,n}
Create Date: ${create_date}

"""
from alembic import op
import sqlalchemy as sa
${imports if imports else ""}

# revision identifiers, used by Alembic.
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade():
    ${upgrades if upgrades else "pass"}


def downgrade():
    ${downgrades if downgrades else "pass"}
"#;

/// Fills a project's template; where it has none, or one that is not understood, the usual one.
pub fn fill(template: Option<&str>, values: &Values) -> Filled {
    let not_read = match template.map(|template| filled(template, values)) {
        Some(Ok(text)) => return Filled { text, not_read: None },
        Some(Err(what)) => Some(what),
        None => None,
    };
    let text = filled(USUAL, values).unwrap_or_default();
    Filled { text, not_read }
}

/// A value as Python has it.
enum Value<'v> {
    Text(&'v str),
    /// None, one text, or a tuple of several.
    OneOrMore(&'v [String]),
    /// None, or a tuple.
    Tuple(&'v [String]),
}

impl Values {
    fn get(&self, name: &str) -> Option<Value<'_>> {
        Some(match name {
            "message" => Value::Text(&self.message),
            "up_revision" => Value::Text(&self.id),
            "create_date" => Value::Text(&self.created),
            "imports" => Value::Text(&self.imports),
            "upgrades" => Value::Text(&self.upgrades),
            "downgrades" => Value::Text(&self.downgrades),
            "down_revision" => Value::OneOrMore(&self.down_revisions),
            "depends_on" => Value::OneOrMore(&self.depends_on),
            "branch_labels" => Value::Tuple(&self.branch_labels),
            _ => return None,
        })
    }
}

impl Value<'_> {
    fn is_true(&self) -> bool {
        match self {
            Value::Text(text) => !text.is_empty(),
            Value::OneOrMore(texts) | Value::Tuple(texts) => !texts.is_empty(),
        }
    }

    fn repr(&self) -> String {
        match self {
            Value::Text(one) => text(one),
            Value::OneOrMore([]) | Value::Tuple([]) => "None".to_owned(),
            Value::OneOrMore([one]) => text(one),
            Value::Tuple([one]) => format!("({},)", text(one)),
            Value::OneOrMore(all) | Value::Tuple(all) => {
                let all: Vec<String> = all.iter().map(|one| text(one)).collect();
                format!("({})", all.join(", "))
            }
        }
    }

    fn shown(&self) -> String {
        match self {
            Value::Text(one) => (*one).to_owned(),
            Value::OneOrMore([one]) => one.clone(),
            other => other.repr(),
        }
    }

    fn joined(&self) -> String {
        match self {
            Value::Text(one) => (*one).to_owned(),
            Value::OneOrMore(all) | Value::Tuple(all) => all.join(", "),
        }
    }
}

fn filled(template: &str, values: &Values) -> Result<String, String> {
    let mut out = String::with_capacity(template.len());
    for line in template.split_inclusive('\n') {
        let start = line.trim_start();
        if start.starts_with("##") {
            continue;
        }
        if start.starts_with('%') && !start.starts_with("%%") || line.contains("<%") || line.contains("</%") {
            return Err(start.trim_end().to_owned());
        }
        // Two of them are one that means nothing.
        let line = match start.strip_prefix("%%") {
            Some(rest) => format!("{}%{rest}", &line[..line.len() - start.len()]),
            None => line.to_owned(),
        };
        let mut rest = line.as_str();
        while let Some(at) = rest.find("${") {
            out.push_str(&rest[..at]);
            let inside = &rest[at + 2..];
            let end = end_of_expression(inside).ok_or_else(|| rest[at..].trim_end().to_owned())?;
            let expression = &inside[..end];
            out.push_str(&value_of(expression, values).ok_or_else(|| format!("${{{expression}}}"))?);
            rest = &inside[end + 1..];
        }
        out.push_str(rest);
    }
    Ok(out)
}

/// The brace that ends an expression, none of those within its texts.
fn end_of_expression(inside: &str) -> Option<usize> {
    let mut quote = None;
    inside.char_indices().find_map(|(at, c)| {
        match (quote, c) {
            (None, '}') => return Some(at),
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            _ => {}
        }
        None
    })
}

/// The value of `name`, `name | comma,n`, `repr(name)`, `str(name)` or `name if name else "text"`.
fn value_of(expression: &str, values: &Values) -> Option<String> {
    let expression = expression.trim();
    if let Some((condition, otherwise)) = expression.split_once(" else ") {
        let (then, condition) = condition.split_once(" if ")?;
        return match values.get(condition.trim())?.is_true() {
            true => value_of(then, values),
            false => value_of(otherwise, values),
        };
    }
    if let Some(literal) = literal(expression) {
        return Some(literal.to_owned());
    }
    if let Some((name, filters)) = expression.split_once('|') {
        let value = values.get(name.trim())?;
        let filters: Vec<&str> = filters.split(',').map(str::trim).collect();
        return match filters.as_slice() {
            ["comma"] | ["comma", "n"] | ["n", "comma"] => Some(value.joined()),
            ["n" | "str"] => Some(value.shown()),
            _ => None,
        };
    }
    let inside = |function: &str| expression.strip_prefix(function)?.strip_prefix('(')?.strip_suffix(')');
    if let Some(name) = inside("repr") {
        return values.get(name.trim()).map(|value| value.repr());
    }
    let name = inside("str").unwrap_or(expression);
    values.get(name.trim()).map(|value| value.shown())
}

fn literal(expression: &str) -> Option<&str> {
    let quote = expression.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let inside = expression.strip_prefix(quote)?.strip_suffix(quote)?;
    (!inside.contains([quote, '\\'])).then_some(inside)
}

/// How long the words of a file's name are, as Alembic has it where nothing else is said.
const SLUG: usize = 40;

/// How files are called where nothing else is said.
const NAME: &str = "%(rev)s_%(slug)s";

/// The name of a new file by `file_template`; none, where that asks for something else than Alembic gives it.
pub fn file_name(template: Option<&str>, id: &str, message: &str, created: Timestamp) -> Option<String> {
    let date = created.to_string();
    let part = |range: std::ops::Range<usize>| date.get(range)?.parse::<i64>().ok();
    let mut name = String::new();
    let mut rest = template.filter(|template| !template.is_empty()).unwrap_or(NAME);
    while let Some(at) = rest.find('%') {
        name.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            name.push('%');
            rest = after;
            continue;
        }
        let (token, after) = rest.strip_prefix('(')?.split_once(')')?;
        let (width, after) = match after.strip_prefix('.').or_else(|| after.strip_prefix('0')) {
            Some(digits) => {
                let end = digits.find(|c: char| !c.is_ascii_digit())?;
                (digits[..end].parse::<usize>().ok()?, &digits[end..])
            }
            None => (0, after),
        };
        let number = match token {
            "year" => Some(part(0..4)?),
            "month" => Some(part(5..7)?),
            "day" => Some(part(8..10)?),
            "hour" => Some(part(11..13)?),
            "minute" => Some(part(14..16)?),
            "second" => Some(part(17..19)?),
            "epoch" => Some(created.0),
            _ => None,
        };
        match (token, number, after.chars().next()?) {
            (_, Some(number), 'd' | 's' | 'i') => name.push_str(&format!("{number:0width$}")),
            ("rev", None, 's') => name.push_str(id),
            ("slug", None, 's') => name.push_str(&slug(message)),
            _ => return None,
        }
        rest = &after[1..];
    }
    name.push_str(rest);
    Some(format!("{name}.py"))
}

/// The words of a message, joined by underscores; what is too long is cut at a word.
fn slug(message: &str) -> String {
    let words = message.split(|c: char| !(c.is_alphanumeric() || c == '_'));
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let slug = words.join("_").to_lowercase();
    if slug.chars().count() <= SLUG {
        return slug;
    }
    let cut: String = slug.chars().take(SLUG).collect();
    let whole = cut.rsplit_once('_').map_or(cut.as_str(), |(whole, _)| whole);
    format!("{whole}_")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> Values {
        Values {
            message: "describe it".to_owned(),
            id: "a1".to_owned(),
            branch_labels: vec!["poser".to_owned()],
            created: "2026-11-28 12:00:00+00:00".to_owned(),
            ..Values::default()
        }
    }

    #[test]
    fn the_forms_of_alembics_templates_are_filled() {
        let template = "## not this\n\"\"\"${message}\n\nRevises: ${down_revision | comma,n}\n\"\"\"\n\
                        ${imports if imports else \"\"}\ndown: Union[str, None] = ${repr(down_revision)}\n\
                        labels = ${repr(branch_labels)}\n    ${upgrades if upgrades else \"pass\"}\n";
        let filled = |values: &Values| fill(Some(template), values).text;
        assert_eq!(
            filled(&values()),
            "\"\"\"describe it\n\nRevises: \n\"\"\"\n\ndown: Union[str, None] = None\nlabels = ('poser',)\n    pass\n"
        );
        let merged = Values {
            down_revisions: vec!["b2".to_owned(), "c3".to_owned()],
            upgrades: "op.drop_table('t')".to_owned(),
            ..values()
        };
        assert_eq!(
            filled(&merged),
            "\"\"\"describe it\n\nRevises: b2, c3\n\"\"\"\n\ndown: Union[str, None] = ('b2', 'c3')\nlabels = ('poser',)\n    \
             op.drop_table('t')\n"
        );
    }

    #[test]
    fn a_template_that_does_more_is_not_guessed_at() {
        for template in [
            "% for name in names:\n",
            "<%! import re %>\n",
            "${context.get('x')}\n",
            "${message | u}\n",
            "${message",
        ] {
            let filled = fill(Some(template), &values());
            assert!(filled.not_read.is_some(), "{template}");
            assert!(filled.text.contains("revision = 'a1'"), "{}", filled.text);
        }
    }

    #[test]
    fn files_are_called_as_the_template_says() {
        let called = |template, message| file_name(template, "a1", message, Timestamp(0));
        assert_eq!(called(None, "Add a Widget!").as_deref(), Some("a1_add_a_widget.py"));
        let dated = Some("%(year)d_%(month).2d_%(day).2d_%(hour).2d%(minute).2d-%(rev)s_%(slug)s");
        assert_eq!(called(dated, "x").as_deref(), Some("1970_01_01_0000-a1_x.py"));
        let long = "one two three four five six seven eight nine ten";
        assert_eq!(
            called(None, long).as_deref(),
            Some("a1_one_two_three_four_five_six_seven_eight_.py")
        );
        assert_eq!(called(Some("%(what)s"), "x"), None);
    }
}
