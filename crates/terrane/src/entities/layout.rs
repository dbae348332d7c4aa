//! Rust as rustfmt leaves it, at a width of 120: attributes, and calls one after the other.

/// Where a line ends.
const WIDTH: usize = 120;

/// How wide the arguments of an attribute may be in one line, of a call, and the elements of an array.
const ATTRIBUTE: usize = 84;
const CALL: usize = 72;

/// A call of a method: its name, and its arguments as they are in one line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Call {
    pub(super) method: String,
    pub(super) arguments: Vec<Argument>,
}

/// An argument of a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Argument {
    /// What stands in one line.
    Plain(String),
    /// An array.
    Array(Vec<String>),
    /// A value, and calls of its methods.
    Chain(String, Vec<Call>),
}

impl Argument {
    /// A text as an argument.
    pub(super) fn text(text: &str) -> Argument {
        Argument::Plain(literal(text))
    }

    pub(super) fn in_one_line(&self) -> String {
        match self {
            Argument::Plain(text) => text.clone(),
            Argument::Array(elements) => format!("[{}]", elements.join(", ")),
            Argument::Chain(value, calls) => {
                let calls: String = calls.iter().map(Call::in_one_line).collect();
                format!("{value}{calls}")
            }
        }
    }

    /// The argument on lines of its own.
    fn lines(&self, indent: usize) -> String {
        let line = self.in_one_line();
        let is_wide = line.len() > CALL || indent + line.len() > WIDTH;
        match self {
            Argument::Array(elements) if is_wide => {
                let inner: String = elements
                    .iter()
                    .map(|element| format!("{}{element},\n", spaces(indent + 4)))
                    .collect();
                format!("[\n{inner}{}]", spaces(indent))
            }
            Argument::Chain(value, calls) if is_wide => {
                let calls = calls.iter();
                let calls: String = calls
                    .map(|call| format!("\n{}{}", spaces(indent + 4), call.lines(indent + 4)))
                    .collect();
                format!("{value}{calls}")
            }
            _ => line,
        }
    }
}

impl Call {
    pub(super) fn new(method: impl Into<String>, arguments: impl IntoIterator<Item = Argument>) -> Call {
        Call {
            method: method.into(),
            arguments: arguments.into_iter().collect(),
        }
    }

    fn in_one_line(&self) -> String {
        let arguments: Vec<String> = self.arguments.iter().map(Argument::in_one_line).collect();
        format!(".{}({})", self.method, arguments.join(", "))
    }

    fn lines(&self, indent: usize) -> String {
        let line = self.in_one_line();
        let arguments = line.len() - self.method.len() - 3;
        if arguments <= CALL && indent + line.len() <= WIDTH {
            return line;
        }
        let inner: Vec<String> = self
            .arguments
            .iter()
            .map(|argument| format!("{}{}", spaces(indent + 4), argument.lines(indent + 4)))
            .collect();
        format!(".{}(\n{}\n{})", self.method, inner.join(",\n"), spaces(indent))
    }
}

/// `table!(Entity)` with those calls.
pub(super) fn declaration(calls: &[Call]) -> String {
    const OPEN: &str = "terrane_sea_orm::table!(Entity";
    if calls.is_empty() {
        return format!("{OPEN});\n");
    }
    let chain: String = calls.iter().map(Call::in_one_line).collect();
    if "Entity, |table| table".len() + chain.len() <= CALL {
        return format!("{OPEN}, |table| table{chain});\n");
    }
    let chain: String = calls.iter().map(|call| format!("\n    {}", call.lines(4))).collect();
    format!("{OPEN}, |table| table{chain});\n")
}

/// `#[sea_orm(…)]` with its line end; nothing, where there is nothing to say.
pub(super) fn attribute(arguments: &[String], indent: usize) -> String {
    let margin = spaces(indent);
    let inner = arguments.join(", ");
    match arguments {
        [] => String::new(),
        _ if inner.len() <= ATTRIBUTE && margin.len() + inner.len() + 12 <= WIDTH => {
            format!("{margin}#[sea_orm({inner})]\n")
        }
        [only] if margin.len() + only.len() + 12 <= WIDTH => format!("{margin}#[sea_orm({only})]\n"),
        _ => {
            let inner: Vec<String> = arguments
                .iter()
                .map(|argument| format!("{margin}    {argument}"))
                .collect();
            format!("{margin}#[sea_orm(\n{}\n{margin})]\n", inner.join(",\n"))
        }
    }
}

fn spaces(count: usize) -> String {
    " ".repeat(count)
}

/// A text as a literal of Rust: a raw one where quotes would be escaped.
pub(super) fn literal(text: &str) -> String {
    let is_simple = !text.contains("\"#") && !text.chars().any(char::is_control);
    if is_simple && text.contains(['"', '\\']) {
        return format!("r#\"{text}\"#");
    }
    format!("{text:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_a_literal() {
        assert_eq!(literal("it's"), "\"it's\"");
        assert_eq!(literal("\"a\" > 0"), "r#\"\"a\" > 0\"#");
        assert_eq!(literal("\"#"), "\"\\\"#\"");
        assert_eq!(literal("a\nb"), "\"a\\nb\"");
    }
}
