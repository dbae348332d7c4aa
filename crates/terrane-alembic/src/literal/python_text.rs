//! What Python's methods and operators of texts give, for those that revisions use.

use super::value::Value;

/// `template % values`, as far as `%s`, `%d`, `%(name)s` and `%%` go.
pub(crate) fn percent(template: &str, values: &Value) -> Option<String> {
    let mut entries = match values {
        Value::Dict(_) => Vec::new(),
        other => other.entries(),
    }
    .into_iter();
    let mut made = String::new();
    let mut rest = template;
    while let Some(at) = rest.find('%') {
        made.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let value = if let Some(after) = rest.strip_prefix('%') {
            made.push('%');
            rest = after;
            continue;
        } else if let Some(named) = rest.strip_prefix('(') {
            let (name, after) = named.split_once(')')?;
            rest = after;
            item(values, &Value::Text(name.to_owned()))?
        } else {
            entries.next()?
        };
        rest = match rest.chars().next()? {
            's' => {
                made.push_str(&shown(&value)?);
                &rest[1..]
            }
            'd' | 'i' if matches!(value, Value::Int(_)) => {
                made.push_str(&shown(&value)?);
                &rest[1..]
            }
            _ => return None,
        };
    }
    made.push_str(rest);
    entries.next().is_none().then_some(made)
}

/// `template.format(…)`, without format specifications.
pub(crate) fn format(template: &str, arguments: &[Value], keywords: &[(String, Value)]) -> Option<String> {
    let mut made = String::new();
    let mut rest = template;
    let mut next = 0;
    while let Some(at) = rest.find(['{', '}']) {
        made.push_str(&rest[..at]);
        let (brace, after) = rest[at..].split_at(1);
        if let Some(after) = after.strip_prefix(brace) {
            made.push_str(brace);
            rest = after;
            continue;
        }
        let (field, after) = after.split_once('}').filter(|_| brace == "{")?;
        let value = if field.is_empty() {
            next += 1;
            arguments.get(next - 1)?
        } else if let Ok(number) = field.parse::<usize>() {
            arguments.get(number)?
        } else {
            &keywords.iter().find(|(name, _)| name == field)?.1
        };
        made.push_str(&shown(value)?);
        rest = after;
    }
    made.push_str(rest);
    Some(made)
}

/// `str(value)`, of what has one that is known.
pub(crate) fn shown(value: &Value) -> Option<String> {
    match value {
        Value::None | Value::Bool(_) | Value::Int(_) | Value::Text(_) | Value::ExactName(_) | Value::Number(_) => {
            Some(value.to_string())
        }
        _ => None,
    }
}

/// `value[key]`.
pub(crate) fn item(value: &Value, key: &Value) -> Option<Value> {
    match (value, key) {
        (Value::Dict(pairs), key) => {
            let pairs = pairs.borrow();
            let found = pairs.iter().find(|(other, _)| other.equals(key) == Some(true));
            found.map(|(_, value)| value.clone())
        }
        (Value::List(values), Value::Int(at)) => {
            let values = values.borrow();
            let at = if *at < 0 { values.len() as i64 + at } else { *at };
            values.get(usize::try_from(at).ok()?).cloned()
        }
        (Value::Text(text), Value::Int(at)) => {
            let characters: Vec<char> = text.chars().collect();
            let at = if *at < 0 { characters.len() as i64 + at } else { *at };
            characters
                .get(usize::try_from(at).ok()?)
                .map(|c| Value::Text(c.to_string()))
        }
        _ => None,
    }
}

/// A method of a text.
pub(crate) fn method(text: &str, name: &str, arguments: &[Value], keywords: &[(String, Value)]) -> Option<Value> {
    let given = |at: usize| arguments.get(at).and_then(Value::text);
    let made = match (name, arguments.len()) {
        ("format", _) => return format(text, arguments, keywords).map(Value::Text),
        ("lower", 0) => text.to_lowercase(),
        ("upper", 0) => text.to_uppercase(),
        ("strip", 0) => text.trim().to_owned(),
        ("rstrip", 0) => text.trim_end().to_owned(),
        ("lstrip", 0) => text.trim_start().to_owned(),
        ("replace", 2) => text.replace(given(0)?, given(1)?),
        ("join", 1) => arguments[0].texts()?.join(text),
        ("startswith", 1) => return Some(Value::Bool(text.starts_with(given(0)?))),
        ("endswith", 1) => return Some(Value::Bool(text.ends_with(given(0)?))),
        ("split", 0) => {
            let parts = text.split_whitespace().map(|part| Value::Text(part.to_owned()));
            return Some(Value::list(parts.collect()));
        }
        ("split", 1) => {
            let parts = text.split(given(0)?).map(|part| Value::Text(part.to_owned()));
            return Some(Value::list(parts.collect()));
        }
        _ => return None,
    };
    Some(Value::Text(made))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    #[test]
    fn texts_are_made_as_python_makes_them() {
        let pair = Value::list(vec![text("a"), Value::Int(3)]);
        assert_eq!(percent("%s_%d%%", &pair).unwrap(), "a_3%");
        assert_eq!(percent("%s", &text("a")).unwrap(), "a");
        let named = Value::dict(vec![(text("t"), text("x"))]);
        assert_eq!(percent("%(t)s_pk", &named).unwrap(), "x_pk");
        assert_eq!(percent("%s %s", &text("a")), None);
        assert_eq!(percent("%5.2f", &Value::Int(1)), None);
        assert_eq!(
            format("{}_{{}}_{n}", &[text("a")], &[("n".to_owned(), Value::None)]).unwrap(),
            "a_{}_None"
        );
        assert_eq!(format("{:>3}", &[text("a")], &[]), None);
    }
}
