//! Enumerated types: values added where they belong, or a new type in the place of the old one.

use super::say::object;
use super::{Done, Lowering};
use terrane_core::ddl::print;
use terrane_core::op::Op;
use terrane_core::schema::{EnumType, ObjectIdentity};
use terrane_core::sql::quote_string;

impl Lowering<'_> {
    pub(super) fn create_enum(&mut self, enum_type: &EnumType) {
        let values: Vec<String> = enum_type.values.iter().map(|value| quote_string(value)).collect();
        self.push(format!(
            "CREATE TYPE {} AS ENUM ({})",
            object(&enum_type.name),
            values.join(", ")
        ));
        self.take_default_rights_of_type(&enum_type.name);
    }

    /// A value can be added between others, but none taken away or moved; and one that was added cannot be used in the
    /// same transaction (`ALTER TYPE` in the manual).
    pub(super) fn alter_enum(&mut self, wish: &EnumType) -> Done {
        let old = self
            .work
            .enums
            .get(&wish.name)
            .map(|old| old.values.clone())
            .unwrap_or_default();
        if is_replaced(&old, &wish.values) || uses_new_value(&old, wish, self.coming().map(|(_, op)| op)) {
            return self.rebuild(&ObjectIdentity::Enum(wish.name.clone()));
        }
        let mut there = old;
        for (at, value) in wish.values.iter().enumerate() {
            if there.contains(value) {
                continue;
            }
            let place = match (at.checked_sub(1), there.get(at)) {
                (Some(before), None) if before + 1 == there.len() => String::new(),
                (Some(before), _) => format!(" AFTER {}", quote_string(&wish.values[before])),
                (None, Some(next)) => format!(" BEFORE {}", quote_string(next)),
                (None, None) => String::new(),
            };
            self.push(format!(
                "ALTER TYPE {} ADD VALUE {}{place}",
                object(&wish.name),
                quote_string(value)
            ));
            there.insert(at, value.clone());
        }
        Ok(())
    }
}

/// Whether one of these ops, which come later, says a value that the type gets.
pub(super) fn uses_new_value<'o>(old: &[String], wish: &EnumType, mut coming: impl Iterator<Item = &'o Op>) -> bool {
    let new: Vec<String> = wish
        .values
        .iter()
        .filter(|value| !old.contains(value))
        .map(|v| quote_string(v))
        .collect();
    let uses = |text: &String| new.iter().any(|value| text.contains(value.as_str()));
    coming.any(|op| print(op).iter().any(uses))
}

/// Whether a value goes, or changes its place among the others.
pub(super) fn is_replaced(old: &[String], new: &[String]) -> bool {
    let kept: Vec<&String> = new.iter().filter(|value| old.contains(value)).collect();
    kept.len() != old.len() || kept.into_iter().ne(old.iter())
}
