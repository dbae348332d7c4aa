//! What values lose when a column gets another type, by the pair of types.
//!
//! Every pair that the server casts by itself, or that is cast on demand, is one of these rows; a pair that is not among
//! them keeps its values, or is refused by the server. Chapters 8 and 4.2.9 of the manual; `pg_cast`.

use crate::types::{canonical, casts_by_itself};
use terrane_core::schema::TypeName;

/// What becomes of some values.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Effect {
    /// They become other values, without a word from the server.
    Loses(&'static str),
    /// The server refuses the statement where there are such.
    Fails(&'static str),
}

use Effect::{Fails, Loses};

/// The comments for a change of type: first what is lost, then what the server refuses.
pub(crate) fn comments(from: &TypeName, to: &TypeName) -> Vec<String> {
    let (from, to) = (canonical(from), canonical(to));
    let is_by_itself = casts_by_itself(&from, &to);
    let (Some(old), Some(new)) = (Kind::of(&from), Kind::of(&to)) else {
        return Vec::new();
    };
    if old.is_array != new.is_array {
        return Vec::new();
    }
    let mut effects = new.effects_of(&old);
    if !is_by_itself {
        // A cast that is asked for cuts what is too long; one that happens by itself refuses it.
        for effect in &mut effects {
            if *effect == Fails(TOO_LONG) {
                *effect = Loses(CUT);
            }
        }
    }
    effects.sort_by_key(|effect| matches!(effect, Fails(_)));
    let comment = |effect| match effect {
        Loses(what) => format!("Loses {what}."),
        Fails(when) => format!("Fails where {when}."),
    };
    effects.into_iter().map(comment).collect()
}

const TOO_LONG: &str = "a value is longer than the new type allows";
const CUT: &str = "what is longer than the new type allows";
const OUT_OF_RANGE: &str = "a value is out of the range of the new type";
const FRACTION: &str = "digits behind the point: values are rounded";
const DIGITS: &str = "digits: values are rounded to what the new type holds";
const TIME_OF_DAY: &str = "the time of day";
const ZONE: &str = "the time zone: each value becomes what the session's `TimeZone` makes of it";
const SECONDS: &str = "fractions of seconds: values are rounded";

/// A type as far as this asks.
struct Kind {
    words: String,
    arguments: Vec<u32>,
    is_array: bool,
}

impl Kind {
    /// Nothing, where the arguments are no numbers: those of an interval, or of somebody's own type.
    fn of(ty: &TypeName) -> Option<Kind> {
        let text = ty.canonical();
        let element = TypeName::new(text.trim_end_matches("[]"));
        let arguments: Option<Vec<u32>> = element.arguments().iter().map(|one| one.trim().parse().ok()).collect();
        Some(Kind {
            words: element.words(),
            arguments: arguments?,
            is_array: text.ends_with("[]"),
        })
    }

    fn is(&self, words: &[&str]) -> bool {
        words.contains(&self.words.as_str())
    }

    /// How many decimal digits an integer can have before the point.
    fn integer_digits(&self) -> Option<u32> {
        match self.words.as_str() {
            "smallint" => Some(5),
            "integer" => Some(10),
            "bigint" => Some(19),
            _ => None,
        }
    }

    /// How many digits of precision a binary number has.
    fn binary_digits(&self) -> Option<u32> {
        match self.words.as_str() {
            "real" => Some(6),
            "double precision" => Some(15),
            _ => None,
        }
    }

    /// Digits before the point and behind it, where they are limited.
    fn decimal(&self) -> Option<(u32, u32)> {
        match (self.words.as_str(), self.arguments.as_slice()) {
            ("numeric", [precision, scale]) => Some((precision.saturating_sub(*scale), *scale)),
            _ => None,
        }
    }

    fn is_number(&self) -> bool {
        self.integer_digits().is_some() || self.binary_digits().is_some() || self.is(&["numeric", "money"])
    }

    fn is_text(&self) -> bool {
        self.is(&["text", "character varying", "character", "bpchar", "name", "citext"])
    }

    fn is_time(&self) -> bool {
        self.words.starts_with("time") || self.is(&["date"])
    }

    fn has_zone(&self) -> bool {
        self.words.ends_with("with time zone")
    }

    /// What becomes of values of `old`, which are to be of this type.
    fn effects_of(&self, old: &Kind) -> Vec<Effect> {
        if old.is_number() && self.is_number() {
            return self.of_number(old);
        }
        if old.is_time() && self.is_time() {
            return self.of_time(old);
        }
        if self.is_text() {
            return self.of_text(old);
        }
        if old.is_text() {
            return vec![Fails("a value is none of the new type")];
        }
        match (old.words.as_str(), self.words.as_str()) {
            ("json", "jsonb") => vec![Loses("the order of keys, repeated keys and blanks")],
            ("inet", "cidr") => vec![Loses("the bits right of the netmask")],
            ("macaddr8", "macaddr") => vec![Fails("a value has more than six bytes")],
            ("bit" | "bit varying", "bit" | "bit varying") if self.is_shorter(old) => vec![Fails(TOO_LONG)],
            ("integer" | "bigint" | "smallint", "boolean") => vec![Loses("which number it was: all but 0 become true")],
            ("interval", words) if words.starts_with("time ") => vec![Loses("the days, months and years")],
            ("interval", "interval") if self.arguments != old.arguments && !self.arguments.is_empty() => {
                vec![Loses(SECONDS)]
            }
            _ => Vec::new(),
        }
    }

    fn of_number(&self, old: &Kind) -> Vec<Effect> {
        if self.words == old.words && self.arguments == old.arguments {
            return Vec::new();
        }
        let mut effects = Vec::new();
        let has_fraction = old.integer_digits().is_none() && old.decimal().is_none_or(|(_, scale)| scale > 0);
        let digits_before = old.integer_digits().or(old.decimal().map(|(before, _)| before));
        if let Some(digits) = self.integer_digits() {
            effects.extend(has_fraction.then_some(Loses(FRACTION)));
            let fits = match old.integer_digits() {
                Some(before) => before <= digits,
                // A number of as many digits may be greater than the greatest.
                None => old.decimal().is_some_and(|(before, _)| before < digits),
            };
            effects.extend((!fits).then_some(Fails(OUT_OF_RANGE)));
        } else if let Some(digits) = self.binary_digits() {
            let whole = match (old.binary_digits(), old.decimal()) {
                (Some(before), _) => before <= digits,
                (None, Some((before, behind))) => before + behind <= digits,
                (None, None) => old.integer_digits().is_some_and(|before| before <= digits),
            };
            effects.extend((!whole).then_some(Loses(DIGITS)));
            effects.extend((old.is(&["double precision"]) && digits == 6).then_some(Fails(OUT_OF_RANGE)));
        } else if self.is(&["money"]) {
            effects.extend(has_fraction.then_some(Loses(FRACTION)));
            effects.push(Fails(OUT_OF_RANGE));
        } else {
            effects.extend(self.of_decimal(old, has_fraction, digits_before));
        }
        effects
    }

    fn of_decimal(&self, old: &Kind, has_fraction: bool, digits_before: Option<u32>) -> Vec<Effect> {
        // The server writes a binary number with the digits that it is sure of, and no more.
        let mut effects: Vec<Effect> = old.binary_digits().map(|_| Loses(DIGITS)).into_iter().collect();
        if let Some((before, behind)) = self.decimal() {
            let scale = old.decimal().map(|(_, scale)| scale);
            let is_cut = has_fraction && scale.is_none_or(|scale| scale > behind);
            if is_cut && effects.is_empty() {
                effects.push(Loses(FRACTION));
            }
            let fits = digits_before.is_some_and(|digits| digits <= before);
            effects.extend((!fits).then_some(Fails(OUT_OF_RANGE)));
        }
        effects
    }

    fn of_time(&self, old: &Kind) -> Vec<Effect> {
        let is_stamp = |kind: &Kind| kind.words.starts_with("timestamp");
        let mut effects = Vec::new();
        if self.is(&["date"]) {
            effects.extend((!old.is(&["date"])).then_some(Loses(TIME_OF_DAY)));
        } else if is_stamp(old) && !is_stamp(self) {
            effects.push(Loses("the date"));
        } else if self.precision() < old.precision() && !old.is(&["date"]) {
            effects.push(Loses(SECONDS));
        }
        let zone_matters = old.has_zone() != self.has_zone();
        effects.extend(zone_matters.then_some(Loses(ZONE)));
        effects
    }

    /// How many digits of a second it has.
    fn precision(&self) -> u32 {
        self.arguments.first().copied().unwrap_or(6)
    }

    fn of_text(&self, old: &Kind) -> Vec<Effect> {
        let mut effects = Vec::new();
        if old.is(&["character"]) && !self.is(&["character"]) {
            effects.push(Loses("blanks at the end"));
        }
        if self.is(&["name"]) && !old.is(&["name"]) {
            effects.push(Loses("what is longer than 63 bytes"));
        } else if self.is_shorter(old) {
            effects.push(Fails(TOO_LONG));
        }
        effects
    }

    /// Whether its length is limited, and that of the other is not, or less so.
    fn is_shorter(&self, old: &Kind) -> bool {
        let Some(length) = self.arguments.first() else {
            return false;
        };
        let same_measure = old.is_text() == self.is_text();
        !same_measure || old.arguments.first().is_none_or(|before| before > length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a3_each_pair_says_what_it_loses() {
        for (from, to, expected) in [
            (
                "double precision",
                "real",
                "Loses digits: values are rounded to what the new type holds. Fails where a value is out of the range of the new type.",
            ),
            (
                "numeric(12,3)",
                "numeric(10,2)",
                "Loses digits behind the point: values are rounded. Fails where a value is out of the range of the new type.",
            ),
            (
                "numeric(12,3)",
                "numeric(11,2)",
                "Loses digits behind the point: values are rounded.",
            ),
            (
                "numeric",
                "numeric(10,2)",
                "Loses digits behind the point: values are rounded. Fails where a value is out of the range of the new type.",
            ),
            (
                "numeric(10,2)",
                "integer",
                "Loses digits behind the point: values are rounded.",
            ),
            (
                "numeric(12,2)",
                "integer",
                "Loses digits behind the point: values are rounded. Fails where a value is out of the range of the new type.",
            ),
            (
                "real",
                "bigint",
                "Loses digits behind the point: values are rounded. Fails where a value is out of the range of the new type.",
            ),
            (
                "bigint",
                "integer",
                "Fails where a value is out of the range of the new type.",
            ),
            (
                "bigint",
                "double precision",
                "Loses digits: values are rounded to what the new type holds.",
            ),
            (
                "double precision",
                "numeric",
                "Loses digits: values are rounded to what the new type holds.",
            ),
            ("timestamp without time zone", "date", "Loses the time of day."),
            (
                "timestamp with time zone",
                "timestamp without time zone",
                "Loses the time zone: each value becomes what the session's `TimeZone` makes of it.",
            ),
            (
                "timestamp with time zone",
                "date",
                "Loses the time of day. Loses the time zone: each value becomes what the session's `TimeZone` makes of it.",
            ),
            ("timestamp", "time", "Loses the date."),
            (
                "timestamp(6) without time zone",
                "timestamp(3) without time zone",
                "Loses fractions of seconds: values are rounded.",
            ),
            (
                "text",
                "varchar(20)",
                "Fails where a value is longer than the new type allows.",
            ),
            (
                "varchar(30)",
                "varchar(20)",
                "Fails where a value is longer than the new type allows.",
            ),
            ("character(3)", "text", "Loses blanks at the end."),
            ("text", "integer", "Fails where a value is none of the new type."),
            ("json", "jsonb", "Loses the order of keys, repeated keys and blanks."),
            ("inet", "cidr", "Loses the bits right of the netmask."),
            (
                "integer",
                "boolean",
                "Loses which number it was: all but 0 become true.",
            ),
            (
                "double precision[]",
                "real[]",
                "Loses digits: values are rounded to what the new type holds. Fails where a value is out of the range of the new type.",
            ),
        ] {
            let said = comments(&TypeName::new(from), &TypeName::new(to)).join(" ");
            assert_eq!(said, expected, "{from} to {to}");
        }
    }

    #[test]
    fn a3_what_keeps_every_value_says_nothing() {
        for (from, to) in [
            ("integer", "bigint"),
            ("smallint", "real"),
            ("integer", "double precision"),
            ("real", "double precision"),
            ("integer", "numeric"),
            ("integer", "numeric(10,0)"),
            ("numeric(10,2)", "numeric(12,3)"),
            ("numeric(10,2)", "numeric"),
            ("varchar(20)", "varchar(30)"),
            ("varchar(20)", "text"),
            ("date", "timestamp"),
            ("timestamp(3)", "timestamp"),
            ("integer", "text"),
            ("uuid", "text"),
            ("jsonb", "json"),
            ("cidr", "inet"),
            ("text", "text"),
        ] {
            let said = comments(&TypeName::new(from), &TypeName::new(to));
            assert!(said.is_empty(), "{from} to {to}: {said:?}");
        }
    }
}
