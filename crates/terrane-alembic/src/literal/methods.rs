//! Python's own functions, and the methods of its lists, dictionaries and texts.

use super::eval::{Eval, Outcome};
use super::python_text;
use super::value::{Frame, Value};
use ruff_python_ast::{Comprehension, Expr};
use std::rc::Rc;
use terrane_core::text::Span;

/// Whether the methods of a value are Python's own.
pub(super) fn is_of_python(value: &Value) -> bool {
    matches!(
        value,
        Value::Text(_)
            | Value::ExactName(_)
            | Value::List(_)
            | Value::Dict(_)
            | Value::Int(_)
            | Value::Bool(_)
            | Value::None
    )
}

/// The longest list that `range` gives.
const LONGEST: i64 = 100_000;

impl Eval<'_> {
    /// Calls one of Python's own functions.
    pub(super) fn builtin(&mut self, name: &str, arguments: &[Value], span: Span) -> Outcome<Value> {
        let value = match (name, arguments) {
            ("print", _) => Some(Value::None),
            ("len", [Value::Text(text)]) => Some(Value::Int(text.chars().count() as i64)),
            ("len", [value]) => Some(Value::Int(self.iterated(value, span)?.len() as i64)),
            ("list" | "tuple" | "set" | "frozenset", []) => Some(Value::list(Vec::new())),
            ("list" | "tuple", [value]) => Some(Value::list(self.iterated(value, span)?)),
            ("reversed", [value]) => Some(Value::list(self.iterated(value, span)?.into_iter().rev().collect())),
            ("dict", []) => Some(Value::dict(Vec::new())),
            ("str", [value]) => python_text::shown(value).map(Value::Text),
            ("int", [Value::Text(text)]) => text.trim().parse().ok().map(Value::Int),
            ("int", [Value::Int(number)]) => Some(Value::Int(*number)),
            ("bool", [value]) => value.truth().map(Value::Bool),
            ("enumerate", [value]) => {
                let values = self.iterated(value, span)?.into_iter().enumerate();
                let pairs = values.map(|(at, value)| Value::list(vec![Value::Int(at as i64), value]));
                Some(Value::list(pairs.collect()))
            }
            ("zip", [first, second]) => {
                let pairs = self
                    .iterated(first, span)?
                    .into_iter()
                    .zip(self.iterated(second, span)?);
                Some(Value::list(pairs.map(|(a, b)| Value::list(vec![a, b])).collect()))
            }
            ("range", [Value::Int(end)]) => range(0, *end),
            ("range", [Value::Int(start), Value::Int(end)]) => range(*start, *end),
            ("sorted", [value]) => sorted(self.iterated(value, span)?),
            _ => None,
        };
        match value {
            Some(value) => Ok(value),
            None => self.refuse(span, format!("what `{name}` gives here is known to Python alone")),
        }
    }

    /// Calls a method of a value of Python's own.
    pub(super) fn method(
        &mut self,
        receiver: &Value,
        name: &str,
        arguments: &[Value],
        keywords: &[(String, Value)],
        span: Span,
    ) -> Outcome<Value> {
        let value = match (receiver, name, arguments) {
            (Value::Text(text) | Value::ExactName(text), ..) => python_text::method(text, name, arguments, keywords),
            (Value::List(values), "append", [value]) => {
                values.borrow_mut().push(value.clone());
                Some(Value::None)
            }
            (Value::List(values), "extend", [other]) => {
                let other = self.iterated(other, span)?;
                values.borrow_mut().extend(other);
                Some(Value::None)
            }
            (Value::List(values), "copy", []) => Some(Value::list(values.borrow().clone())),
            (Value::Dict(pairs), "items", []) => {
                let pairs = pairs.borrow();
                let pairs = pairs
                    .iter()
                    .map(|(key, value)| Value::list(vec![key.clone(), value.clone()]));
                Some(Value::list(pairs.collect()))
            }
            (Value::Dict(pairs), "keys", []) => {
                Some(Value::list(pairs.borrow().iter().map(|(key, _)| key.clone()).collect()))
            }
            (Value::Dict(pairs), "values", []) => Some(Value::list(
                pairs.borrow().iter().map(|(_, value)| value.clone()).collect(),
            )),
            (Value::Dict(_), "get", [key, rest @ ..]) => {
                let usual = rest.first().cloned().unwrap_or(Value::None);
                Some(python_text::item(receiver, key).unwrap_or(usual))
            }
            _ => None,
        };
        match value {
            Some(value) => Ok(value),
            None => self.refuse(span, format!("what `{name}` gives here is known to Python alone")),
        }
    }

    /// The values of a comprehension.
    pub(super) fn comprehension(&mut self, generators: &[Comprehension], element: &Expr) -> Outcome<Vec<Value>> {
        let frame = Frame::new(self.frames.last().cloned());
        self.frames.push(Rc::new(frame));
        let mut values = Vec::new();
        let done = self.generate(generators, element, &mut values);
        self.frames.pop();
        done.map(|()| values)
    }

    fn generate(&mut self, generators: &[Comprehension], element: &Expr, values: &mut Vec<Value>) -> Outcome<()> {
        let Some((generator, rest)) = generators.split_first() else {
            values.push(self.expression(element)?);
            return Ok(());
        };
        let all = self.expression(&generator.iter)?;
        for value in self.iterated(&all, super::eval::place(&generator.iter))? {
            self.assign(&generator.target, value)?;
            let mut is_kept = true;
            for test in &generator.ifs {
                let value = self.expression(test)?;
                is_kept &= self.truth(&value, super::eval::place(test))?;
            }
            if is_kept {
                self.generate(rest, element, values)?;
            }
        }
        Ok(())
    }
}

fn range(start: i64, end: i64) -> Option<Value> {
    (end.saturating_sub(start) <= LONGEST).then(|| Value::list((start..end).map(Value::Int).collect()))
}

fn sorted(values: Vec<Value>) -> Option<Value> {
    let mut texts = Value::list(values.clone())
        .texts()
        .filter(|_| values.iter().all(|value| matches!(value, Value::Text(_))))?;
    texts.sort();
    Some(Value::list(texts.into_iter().map(Value::Text).collect()))
}
