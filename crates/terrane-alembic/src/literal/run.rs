//! Python's statements, followed as far as they can be without running Python.

use super::eval::{Eval, Outcome, place};
use super::scope::defined;
use super::value::Value;
use ruff_python_ast::{Expr, Stmt, StmtIf, StmtWith};
use std::rc::Rc;
use terrane_core::text::Span;

/// How a statement ended.
#[derive(Debug)]
pub(super) enum Flow {
    /// The next one follows.
    Next,
    Returned(Value),
    Broke,
    Continued,
}

impl Eval<'_> {
    /// Follows statements one after the other.
    pub(super) fn statements(&mut self, statements: &[Stmt]) -> Outcome<Flow> {
        for statement in statements {
            match self.statement(statement)? {
                Flow::Next => {}
                other => return Ok(other),
            }
        }
        Ok(Flow::Next)
    }

    fn statement(&mut self, statement: &Stmt) -> Outcome<Flow> {
        let span = place(statement);
        self.count(span)?;
        match statement {
            Stmt::Pass(_) => {}
            Stmt::Expr(expression) => {
                // A result that nobody looks at may be unknown.
                if !expression.value.is_string_literal_expr() {
                    let value = self.expression(&expression.value)?;
                    // It was called for what it does, and nothing of that is known.
                    if let Value::Made(made) = value
                        && made.kind() != "Table"
                    {
                        return self.refuse(span, format!("what `{}` does is known to Python alone", made.kind()));
                    }
                }
            }
            Stmt::Assign(assign) => {
                // What cannot be known matters where it is used, unless a statement was to run for it.
                let value = match &*assign.value {
                    Expr::Call(_) => self.expression(&assign.value)?,
                    other => self.or_unknown(other)?,
                };
                for target in &assign.targets {
                    self.assign(target, value.clone())?;
                }
            }
            Stmt::AnnAssign(assign) => {
                if let Some(value) = &assign.value {
                    let value = self.expression(value)?;
                    self.assign(&assign.target, value)?;
                }
            }
            Stmt::Return(returned) => {
                let value = match &returned.value {
                    Some(value) => self.expression(value)?,
                    None => Value::None,
                };
                return Ok(Flow::Returned(value));
            }
            Stmt::If(test) => return self.branch(test),
            Stmt::For(each) => {
                let all = self.expression(&each.iter)?;
                for value in self.iterated(&all, place(&*each.iter))? {
                    self.assign(&each.target, value)?;
                    match self.statements(&each.body)? {
                        Flow::Next | Flow::Continued => {}
                        Flow::Broke => return Ok(Flow::Next),
                        returned => return Ok(returned),
                    }
                }
                return self.statements(&each.orelse);
            }
            Stmt::With(with) => return self.with(with),
            Stmt::Break(_) => return Ok(Flow::Broke),
            Stmt::Continue(_) => return Ok(Flow::Continued),
            Stmt::FunctionDef(function) if function.decorator_list.is_empty() => {
                let around = self.frames.last().cloned();
                let value = Value::Function(Rc::new(defined(function, &self.place.0.clone(), around)));
                self.set(function.name.as_str(), value);
            }
            Stmt::Import(_) | Stmt::ImportFrom(_) => return self.import(statement, span),
            _ => return self.refuse(span, what_it_is(statement)),
        }
        Ok(Flow::Next)
    }

    fn branch(&mut self, test: &StmtIf) -> Outcome<Flow> {
        let value = self.expression(&test.test)?;
        if self.truth(&value, place(&*test.test))? {
            return self.statements(&test.body);
        }
        for clause in &test.elif_else_clauses {
            let holds = match &clause.test {
                Some(test) => {
                    let value = self.expression(test)?;
                    self.truth(&value, place(test))?
                }
                None => true,
            };
            if holds {
                return self.statements(&clause.body);
            }
        }
        Ok(Flow::Next)
    }

    fn with(&mut self, with: &StmtWith) -> Outcome<Flow> {
        let mut opened = 0;
        for item in &with.items {
            let value = self.expression(&item.context_expr)?;
            if !self.host.enter(&value) {
                return self.refuse(
                    place(&item.context_expr),
                    "what this `with` does is known to Python alone",
                );
            }
            opened += 1;
            if let Some(name) = &item.optional_vars {
                self.assign(name, value)?;
            }
        }
        let flow = self.statements(&with.body)?;
        for _ in 0..opened {
            self.leave()?;
        }
        Ok(flow)
    }

    fn import(&mut self, statement: &Stmt, span: Span) -> Outcome<Flow> {
        let names: Vec<(String, Value)> = match statement {
            Stmt::Import(import) => {
                let names = import.names.iter().map(|alias| match &alias.asname {
                    Some(name) => (name.to_string(), alias.name.to_string()),
                    None => {
                        let root = alias.name.split('.').next().unwrap_or_default().to_owned();
                        (root.clone(), root)
                    }
                });
                let names: Vec<(String, String)> = names.collect();
                names
                    .into_iter()
                    .map(|(name, path)| (name, self.module_value(&path)))
                    .collect()
            }
            Stmt::ImportFrom(import) if import.level == 0 => {
                let from = import.module.as_ref().map(|name| name.to_string()).unwrap_or_default();
                let module = self.module_value(&from);
                let names = import
                    .names
                    .iter()
                    .map(|alias| (alias.asname.as_ref().unwrap_or(&alias.name), &alias.name));
                let names: Vec<(String, String)> = names
                    .map(|(name, member)| (name.to_string(), member.to_string()))
                    .collect();
                let mut found = Vec::new();
                for (name, member) in names {
                    let value = match &module {
                        Value::Module(module) => self.member(module, &member),
                        other => Some(Value::path(&format!("{other}.{member}"))),
                    };
                    match value {
                        Some(value) => found.push((name, value)),
                        None => return self.refuse(span, format!("there is no `{member}` in `{from}`")),
                    }
                }
                found
            }
            _ => return self.refuse(span, "what is imported here is known to Python alone"),
        };
        names.into_iter().for_each(|(name, value)| self.set(&name, value));
        Ok(Flow::Next)
    }

    fn set(&mut self, name: &str, value: Value) {
        if let Some(frame) = self.frames.last() {
            frame.set(name, value);
        }
    }

    /// Gives a name a value, or several names those of a list.
    pub(super) fn assign(&mut self, target: &Expr, value: Value) -> Outcome<()> {
        let targets = match target {
            Expr::Name(name) => {
                self.set(name.id.as_str(), value);
                return Ok(());
            }
            Expr::Tuple(tuple) => &tuple.elts,
            Expr::List(list) => &list.elts,
            _ => return self.refuse(place(target), "what is set here is known to Python alone"),
        };
        let values = self.iterated(&value, place(target))?;
        if values.len() != targets.len() {
            return self.refuse(place(target), "there are not as many values as names");
        }
        for (target, value) in targets.iter().zip(values) {
            self.assign(target, value)?;
        }
        Ok(())
    }
}

fn what_it_is(statement: &Stmt) -> &'static str {
    match statement {
        Stmt::Try(_) => "what a `try` does is known to Python alone",
        Stmt::While(_) => "how often a `while` runs is known to Python alone",
        Stmt::Raise(_) => "it raises an error",
        _ => "a statement of that kind is known to Python alone",
    }
}
