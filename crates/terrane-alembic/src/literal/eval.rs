//! Python's expressions, evaluated as far as that can be done without running Python.

use super::modules::{Module, Modules};
use super::python_text::{item, percent, shown};
use super::scope::BUILTINS;
use super::value::{Body, Frame, Function, Made, Refusal, Value};
use crate::python::span_of;
use ruff_python_ast::visitor::{Visitor, walk_expr};
use ruff_python_ast::{
    Arguments, CmpOp, Expr, ExprCall, ExprCompare, FStringPart, InterpolatedStringElement, Number, Operator, UnaryOp,
};
use ruff_text_size::Ranged;
use std::collections::BTreeMap;
use std::rc::Rc;
use terrane_core::text::{SourceFile, Span};

/// A value, or why there is none.
pub(crate) type Outcome<T> = Result<T, Refusal>;

/// The arguments of a call: by place, and by name.
type Given = (Vec<Value>, Vec<(String, Value)>);

/// How many expressions and statements are evaluated at most: a loop that needs more is no list of literals.
const MOST_STEPS: usize = 400_000;

/// How deep calls may nest.
const DEEPEST: usize = 60;

/// The name of the revision's own module.
pub(super) const OWN: &str = "";

/// What is evaluated, and where it stands.
pub(crate) struct Eval<'p> {
    pub(super) modules: &'p Modules<'p>,
    pub(super) own: Rc<Module>,
    pub(super) globals: BTreeMap<(Rc<str>, String), Option<Value>>,
    /// The module whose code is evaluated, and its file.
    pub(super) place: (Rc<str>, SourceFile),
    /// The local names of the functions that are being called, the innermost last.
    pub(super) frames: Vec<Rc<Frame>>,
    pub(super) host: super::directives::Host<'p>,
    steps: usize,
}

impl<'p> Eval<'p> {
    pub(crate) fn new(modules: &'p Modules<'p>, own: Rc<Module>, host: super::directives::Host<'p>) -> Eval<'p> {
        Eval {
            modules,
            place: (OWN.into(), own.source.clone()),
            own,
            globals: BTreeMap::new(),
            frames: Vec::new(),
            host,
            steps: 0,
        }
    }

    pub(super) fn module(&self, name: &str) -> Option<Rc<Module>> {
        if name == OWN {
            Some(Rc::clone(&self.own))
        } else {
            self.modules.get(name)
        }
    }

    pub(super) fn refuse<T>(&self, span: Span, message: impl Into<String>) -> Outcome<T> {
        Err(Refusal {
            message: message.into(),
            source: self.place.1.clone(),
            span,
        })
    }

    pub(super) fn count(&mut self, span: Span) -> Outcome<()> {
        self.steps += 1;
        if self.steps > MOST_STEPS {
            return self.refuse(span, "it does more than a list of literals needs");
        }
        Ok(())
    }

    /// The value of an expression; where it has none that is known, that. What may have been meant to do something is not
    /// passed over.
    ///
    /// # Errors
    /// There is no value, and what there is calls something that may act on the database.
    pub(super) fn or_unknown(&mut self, expression: &Expr) -> Outcome<Value> {
        match self.expression(expression) {
            Err(refusal) if self.may_act(expression) => Err(refusal),
            evaluated => Ok(evaluated.unwrap_or_else(|refusal| Value::Unknown(Rc::new(refusal)))),
        }
    }

    /// Whether an expression repeats something, or calls what is not known to make a value and nothing else.
    fn may_act(&mut self, expression: &Expr) -> bool {
        let mut calls = Calls::default();
        calls.visit_expr(expression);
        calls.repeats
            || calls
                .roots
                .iter()
                .any(|root| match self.name(root, span_of(expression)) {
                    Ok(Value::Path(path)) => !path.starts_with("sqlalchemy"),
                    Ok(Value::Module(_) | Value::Class(_)) | Err(_) => false,
                    Ok(_) => true,
                })
    }

    /// The value of an expression.
    pub(crate) fn expression(&mut self, expression: &Expr) -> Outcome<Value> {
        let span = span_of(expression);
        self.count(span)?;
        Ok(match expression {
            Expr::NoneLiteral(_) => Value::None,
            Expr::BooleanLiteral(literal) => Value::Bool(literal.value),
            Expr::StringLiteral(literal) => Value::Text(literal.value.to_str().to_owned()),
            Expr::NumberLiteral(literal) => match &literal.value {
                Number::Int(number) => match number.as_i64() {
                    Some(number) => Value::Int(number),
                    None => return self.refuse(span, "the number is too large"),
                },
                Number::Float(number) => Value::Number(number_text(*number)),
                Number::Complex { .. } => return self.refuse(span, "the number is complex"),
            },
            Expr::Name(name) => return self.name(name.id.as_str(), span),
            Expr::List(list) => return self.list(&list.elts),
            Expr::Tuple(tuple) => return self.list(&tuple.elts),
            Expr::Set(set) => return self.list(&set.elts),
            Expr::Dict(dict) => {
                let mut pairs = Vec::new();
                for item in &dict.items {
                    match &item.key {
                        Some(key) => pairs.push((self.expression(key)?, self.expression(&item.value)?)),
                        None => match self.expression(&item.value)? {
                            Value::Dict(others) => pairs.extend(others.borrow().iter().cloned()),
                            _ => return self.refuse(span_of(&item.value), "what is unpacked here is no dictionary"),
                        },
                    }
                }
                Value::dict(pairs)
            }
            Expr::Attribute(attribute) => {
                let value = self.expression(&attribute.value)?;
                return self.attribute(value, attribute.attr.as_str(), span);
            }
            Expr::Subscript(subscript) => {
                let (value, key) = (self.expression(&subscript.value)?, self.expression(&subscript.slice)?);
                // `table.c["name"]` is `table.c.name`.
                if let (Value::Attribute(_), Some(name)) = (&value, key.text()) {
                    return self.attribute(value.clone(), name, span);
                }
                match item(&value, &key) {
                    Some(value) => value,
                    None => return self.refuse(span, format!("there is no such item in `{value}`")),
                }
            }
            Expr::Call(call) => return self.call(call),
            Expr::BinOp(operation) => {
                let (left, right) = (self.expression(&operation.left)?, self.expression(&operation.right)?);
                return self.binary(&left, operation.op, &right, span);
            }
            Expr::UnaryOp(operation) => {
                let value = self.expression(&operation.operand)?;
                return self.unary(operation.op, value, span);
            }
            Expr::BoolOp(operation) => {
                let mut last = Value::None;
                for value in &operation.values {
                    last = self.expression(value)?;
                    let truth = self.truth(&last, span_of(value))?;
                    if truth != operation.op.is_and() {
                        break;
                    }
                }
                last
            }
            Expr::Compare(comparison) => return self.comparison(comparison),
            Expr::If(test) => {
                let value = self.expression(&test.test)?;
                match self.truth(&value, span_of(&*test.test))? {
                    true => return self.expression(&test.body),
                    false => return self.expression(&test.orelse),
                }
            }
            Expr::FString(text) => return self.f_string(text.value.as_slice(), span),
            Expr::Lambda(lambda) => Value::Function(Rc::new(Function {
                name: "a lambda".to_owned(),
                module: self.place.0.clone(),
                parameters: lambda.parameters.clone(),
                body: Body::Expression(lambda.body.clone()),
                around: self.frames.last().cloned(),
            })),
            Expr::ListComp(list) => Value::list(self.comprehension(&list.generators, &list.elt)?),
            Expr::SetComp(set) => Value::list(self.comprehension(&set.generators, &set.elt)?),
            Expr::Generator(generator) => Value::list(self.comprehension(&generator.generators, &generator.elt)?),
            _ => return self.refuse(span, "an expression of that kind is known to Python alone"),
        })
    }

    fn name(&mut self, name: &str, span: Span) -> Outcome<Value> {
        if let Some(value) = self.frames.last().and_then(|frame| frame.get(name)) {
            return Ok(value);
        }
        let module = self.place.0.clone();
        match self.global(&module, name) {
            Some(Value::Unknown(refusal)) => Err((*refusal).clone()),
            Some(value) => Ok(value),
            None if BUILTINS.contains(&name) => Ok(Value::path(name)),
            None => self.refuse(span, format!("`{name}` is not known here")),
        }
    }

    fn list(&mut self, entries: &[Expr]) -> Outcome<Value> {
        let mut values = Vec::new();
        for entry in entries {
            match entry {
                Expr::Starred(starred) => {
                    let value = self.expression(&starred.value)?;
                    values.extend(self.iterated(&value, span_of(entry))?);
                }
                other => values.push(self.expression(other)?),
            }
        }
        Ok(Value::list(values))
    }

    /// What a loop over a value goes through.
    pub(super) fn iterated(&self, value: &Value, span: Span) -> Outcome<Vec<Value>> {
        match value {
            Value::List(values) => Ok(values.borrow().clone()),
            Value::Dict(pairs) => Ok(pairs.borrow().iter().map(|(key, _)| key.clone()).collect()),
            Value::Text(text) => Ok(text.chars().map(|c| Value::Text(c.to_string())).collect()),
            Value::Unknown(refusal) => Err((**refusal).clone()),
            _ => self.refuse(span, format!("what `{value}` holds is known to Python alone")),
        }
    }

    pub(super) fn truth(&self, value: &Value, span: Span) -> Outcome<bool> {
        match value {
            Value::Unknown(refusal) => Err((**refusal).clone()),
            _ => match value.truth() {
                Some(truth) => Ok(truth),
                None => self.refuse(span, "whether this holds is known to Python alone"),
            },
        }
    }

    fn attribute(&mut self, value: Value, name: &str, span: Span) -> Outcome<Value> {
        match &value {
            Value::Path(path) => Ok(self.host.path_attribute(path, name)),
            Value::Module(module) => match self.member(&module.clone(), name) {
                Some(Value::Unknown(refusal)) => Err((*refusal).clone()),
                Some(value) => Ok(value),
                None => self.refuse(span, format!("there is no `{name}` in `{module}`")),
            },
            Value::Class(class) => match class.attributes.iter().rev().find(|(known, _)| known == name) {
                Some((_, Value::Unknown(refusal))) => Err((**refusal).clone()),
                Some((_, value)) => Ok(value.clone()),
                None => Ok(Value::Attribute(Rc::new((value.clone(), name.to_owned())))),
            },
            Value::Unknown(refusal) => Err((**refusal).clone()),
            _ => Ok(Value::Attribute(Rc::new((value, name.to_owned())))),
        }
    }

    fn binary(&self, left: &Value, operator: Operator, right: &Value, span: Span) -> Outcome<Value> {
        if left.is_sql() || right.is_sql() {
            return Ok(made(operator.as_str(), vec![left.clone(), right.clone()], span));
        }
        let computed = match (left, operator, right) {
            (Value::Int(a), Operator::Add, Value::Int(b)) => a.checked_add(*b).map(Value::Int),
            (Value::Int(a), Operator::Sub, Value::Int(b)) => a.checked_sub(*b).map(Value::Int),
            (Value::Int(a), Operator::Mult, Value::Int(b)) => a.checked_mul(*b).map(Value::Int),
            (Value::List(a), Operator::Add, Value::List(b)) => Some(Value::list(
                a.borrow().iter().chain(b.borrow().iter()).cloned().collect(),
            )),
            (Value::Text(template), Operator::Mod, values) => percent(template, values).map(Value::Text),
            (a, Operator::Add, b) => a.text().zip(b.text()).map(|(a, b)| Value::Text(format!("{a}{b}"))),
            _ => None,
        };
        match computed {
            Some(value) => Ok(value),
            None => self.refuse(
                span,
                format!("what `{}` gives here is known to Python alone", operator.as_str()),
            ),
        }
    }

    fn unary(&self, operator: UnaryOp, value: Value, span: Span) -> Outcome<Value> {
        match (operator, &value) {
            (UnaryOp::Not, _) => Ok(Value::Bool(!self.truth(&value, span)?)),
            (UnaryOp::USub, Value::Int(number)) => Ok(Value::Int(-number)),
            (UnaryOp::USub, Value::Number(number)) => Ok(Value::Number(format!("-{number}"))),
            (UnaryOp::UAdd, Value::Int(_) | Value::Number(_)) => Ok(value),
            (UnaryOp::Invert, sql) if sql.is_sql() => Ok(made("~", vec![value], span)),
            _ => self.refuse(span, "what this gives is known to Python alone"),
        }
    }

    fn comparison(&mut self, comparison: &ExprCompare) -> Outcome<Value> {
        let span = span_of(comparison);
        let mut left = self.expression(&comparison.left)?;
        let mut holds = true;
        for (operator, right) in comparison.ops.iter().zip(&comparison.comparators) {
            let right = self.expression(right)?;
            let is_python = matches!(operator, CmpOp::Is | CmpOp::IsNot | CmpOp::In | CmpOp::NotIn);
            if (left.is_sql() || right.is_sql()) && !is_python {
                return Ok(made(operator.as_str(), vec![left, right], span));
            }
            let Some(is_so) = compared(&left, *operator, &right) else {
                return self.refuse(span, "whether this holds is known to Python alone");
            };
            holds &= is_so;
            left = right;
        }
        Ok(Value::Bool(holds))
    }

    fn f_string(&mut self, parts: &[FStringPart], span: Span) -> Outcome<Value> {
        let mut text = String::new();
        for part in parts {
            let elements = match part {
                FStringPart::Literal(literal) => {
                    text.push_str(literal.as_str());
                    continue;
                }
                FStringPart::FString(inner) => &inner.elements,
            };
            for element in elements {
                match element {
                    InterpolatedStringElement::Literal(literal) => text.push_str(&literal.value),
                    InterpolatedStringElement::Interpolation(element) => {
                        let value = self.expression(&element.expression)?;
                        let is_plain = element.format_spec.is_none() && element.conversion.is_none();
                        match shown(&value).filter(|_| is_plain) {
                            Some(shown) => text.push_str(&shown),
                            None => return self.refuse(span, "what stands in this text is known to Python alone"),
                        }
                    }
                }
            }
        }
        Ok(Value::Text(text))
    }

    fn call(&mut self, call: &ExprCall) -> Outcome<Value> {
        let span = span_of(call);
        let function = self.expression(&call.func)?;
        let (arguments, keywords) = self.arguments(&call.arguments)?;
        self.called(function, arguments, keywords, span)
    }

    /// The arguments of a call. One that only Python knows is refused where it is needed.
    fn arguments(&mut self, arguments: &Arguments) -> Outcome<Given> {
        let (mut values, mut keywords) = (Vec::new(), Vec::new());
        for argument in &arguments.args {
            match argument {
                Expr::Starred(starred) => {
                    let value = self.expression(&starred.value)?;
                    values.extend(self.iterated(&value, span_of(starred))?);
                }
                other => values.push(self.or_unknown(other)?),
            }
        }
        for keyword in &arguments.keywords {
            match &keyword.arg {
                Some(name) => keywords.push((name.to_string(), self.or_unknown(&keyword.value)?)),
                None => match self.expression(&keyword.value)? {
                    Value::Dict(pairs) => {
                        let pairs = pairs.borrow();
                        let named = pairs
                            .iter()
                            .filter_map(|(key, value)| Some((key.text()?.to_owned(), value.clone())));
                        keywords.extend(named);
                    }
                    _ => return self.refuse(span_of(keyword), "what is unpacked here is known to Python alone"),
                },
            }
        }
        Ok((values, keywords))
    }

    /// Calls a value.
    pub(super) fn called(
        &mut self,
        function: Value,
        arguments: Vec<Value>,
        keywords: Vec<(String, Value)>,
        span: Span,
    ) -> Outcome<Value> {
        match &function {
            Value::Function(called) => self.function(&called.clone(), arguments, keywords, span),
            Value::Path(path) if BUILTINS.contains(&&**path) => self.builtin(&path.clone(), &arguments, span),
            Value::Attribute(attribute) if !attribute.0.is_sql() || super::methods::is_of_python(&attribute.0) => {
                let (receiver, name) = (attribute.0.clone(), attribute.1.clone());
                self.method(&receiver, &name, &arguments, &keywords, span)
            }
            Value::Path(_) | Value::Class(_) | Value::Attribute(_) => {
                let made = Made {
                    of: function,
                    arguments,
                    keywords,
                    span,
                };
                self.construct(made)
            }
            Value::Unknown(refusal) => Err((**refusal).clone()),
            other => self.refuse(span, format!("`{other}` cannot be called")),
        }
    }

    fn function(
        &mut self,
        function: &Rc<Function>,
        arguments: Vec<Value>,
        keywords: Vec<(String, Value)>,
        span: Span,
    ) -> Outcome<Value> {
        if self.frames.len() >= DEEPEST {
            return self.refuse(span, format!("`{}` calls itself too often", function.name));
        }
        let Some(module) = self.module(&function.module) else {
            return self.refuse(span, format!("`{}` is not known here", function.name));
        };
        let place = (function.module.clone(), module.source.clone());
        let frame = self.frame(function, arguments, keywords, span, &place)?;
        let outside = std::mem::replace(&mut self.place, place);
        self.frames.push(Rc::new(frame));
        let done = match &function.body {
            Body::Expression(expression) => self.expression(expression),
            Body::Statements(statements) => self.statements(statements).map(|flow| match flow {
                super::run::Flow::Returned(value) => value,
                _ => Value::None,
            }),
        };
        self.frames.pop();
        self.place = outside;
        done
    }

    /// The local names of a call, as its arguments set them.
    fn frame(
        &mut self,
        function: &Function,
        arguments: Vec<Value>,
        mut keywords: Vec<(String, Value)>,
        span: Span,
        place: &(Rc<str>, SourceFile),
    ) -> Outcome<Frame> {
        let frame = Frame::new(function.around.clone());
        let Some(parameters) = &function.parameters else {
            return Ok(frame);
        };
        let mut arguments = arguments.into_iter();
        let positional = parameters
            .posonlyargs
            .iter()
            .chain(&parameters.args)
            .map(|parameter| (parameter, true));
        let named = parameters.kwonlyargs.iter().map(|parameter| (parameter, false));
        for (parameter, takes_next) in positional.chain(named) {
            let name = parameter.name().as_str();
            let given = if takes_next { arguments.next() } else { None };
            let by_name = keywords.iter().position(|(key, _)| key == name);
            let by_name = by_name.map(|at| keywords.remove(at).1);
            let value = match (given.or(by_name), parameter.default()) {
                (Some(value), _) => value,
                (None, Some(default)) => {
                    let outside = std::mem::replace(&mut self.place, place.clone());
                    let frames = std::mem::take(&mut self.frames);
                    let value = self.or_unknown(default);
                    self.frames = frames;
                    self.place = outside;
                    value?
                }
                (None, None) => return self.refuse(span, format!("`{}` is called without `{name}`", function.name)),
            };
            frame.set(name, value);
        }
        if let Some(rest) = &parameters.vararg {
            frame.set(rest.name.as_str(), Value::list(arguments.by_ref().collect()));
        }
        if let Some(rest) = &parameters.kwarg {
            let pairs = keywords
                .drain(..)
                .map(|(key, value)| (Value::Text(key), value))
                .collect();
            frame.set(rest.name.as_str(), Value::dict(pairs));
        }
        match (arguments.next(), keywords.first()) {
            (None, None) => Ok(frame),
            _ => self.refuse(span, format!("`{}` is called with too many arguments", function.name)),
        }
    }
}

/// What an expression calls, by the names from which it is reached.
#[derive(Default)]
struct Calls {
    roots: Vec<String>,
    /// It has a comprehension, of which nobody knows how often it runs.
    repeats: bool,
}

impl<'e> Visitor<'e> for Calls {
    fn visit_expr(&mut self, expression: &'e Expr) {
        match expression {
            Expr::Call(call) => {
                let mut root = &*call.func;
                loop {
                    root = match root {
                        Expr::Attribute(attribute) => &attribute.value,
                        Expr::Call(inner) => &inner.func,
                        Expr::Name(name) => {
                            self.roots.push(name.id.to_string());
                            break;
                        }
                        _ => break,
                    };
                }
            }
            Expr::ListComp(_) | Expr::SetComp(_) | Expr::DictComp(_) | Expr::Generator(_) => self.repeats = true,
            _ => {}
        }
        walk_expr(self, expression);
    }
}

/// What SQLAlchemy makes of an operator.
fn made(operator: &str, arguments: Vec<Value>, span: Span) -> Value {
    Value::Made(Rc::new(Made {
        of: Value::path(&format!("operator.{operator}")),
        arguments,
        keywords: Vec::new(),
        span,
    }))
}

fn compared(left: &Value, operator: CmpOp, right: &Value) -> Option<bool> {
    Some(match operator {
        CmpOp::Eq => left.equals(right)?,
        CmpOp::NotEq => !left.equals(right)?,
        CmpOp::Is => is(left, right)?,
        CmpOp::IsNot => !is(left, right)?,
        CmpOp::In => contains(right, left)?,
        CmpOp::NotIn => !contains(right, left)?,
        CmpOp::Lt => order(left, right)?.is_lt(),
        CmpOp::LtE => order(left, right)?.is_le(),
        CmpOp::Gt => order(left, right)?.is_gt(),
        CmpOp::GtE => order(left, right)?.is_ge(),
    })
}

/// `a is b`, of what there is one of.
fn is(left: &Value, right: &Value) -> Option<bool> {
    match (left, right) {
        (Value::None, Value::Unknown(_)) | (Value::Unknown(_), Value::None) => None,
        (Value::None, other) | (other, Value::None) => Some(matches!(other, Value::None)),
        (Value::Bool(a), Value::Bool(b)) => Some(a == b),
        _ => None,
    }
}

fn contains(all: &Value, one: &Value) -> Option<bool> {
    match all {
        Value::List(values) => values
            .borrow()
            .iter()
            .try_fold(false, |found, value| Some(found || value.equals(one)?)),
        Value::Dict(pairs) => pairs
            .borrow()
            .iter()
            .try_fold(false, |found, (key, _)| Some(found || key.equals(one)?)),
        Value::Text(text) => Some(text.contains(one.text()?)),
        _ => None,
    }
}

fn order(left: &Value, right: &Value) -> Option<std::cmp::Ordering> {
    match (left, right) {
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

/// A number as `repr()` writes it, as far as SQL takes it: never in powers of ten.
fn number_text(number: f64) -> String {
    let text = format!("{number}");
    if text.contains('.') { text } else { format!("{text}.0") }
}

/// Where a node of any kind stands.
pub(super) fn place(node: &impl Ranged) -> Span {
    span_of(node)
}
