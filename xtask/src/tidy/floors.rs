//! The floor tables of ARCHITECTURE.md, read as data.
//!
//! A table has the columns floor, module (or crate), may use, and a sentence that says what its rows must not know. What a
//! row may use is `floors below`, `each other`, names in backticks, or a mixture of these.

use crate::tree::Tree;

/// Where the tables are.
pub(super) const ARCHITECTURE: &str = "ARCHITECTURE.md";

/// The rows of one table.
pub(super) struct Floors {
    rows: Vec<Row>,
}

/// One row.
struct Row {
    floor: u32,
    members: Vec<String>,
    below: bool,
    each_other: bool,
    named: Vec<String>,
    /// Why, in the words of the table.
    sentence: String,
}

impl Floors {
    /// The table whose second column has the given title.
    pub(super) fn read(tree: &Tree, title: &str) -> Result<Floors, String> {
        let page = tree
            .file(ARCHITECTURE)
            .ok_or_else(|| format!("{ARCHITECTURE} is missing"))?;
        let mut rows = Vec::new();
        let mut inside = false;
        for line in page.text.lines() {
            let cells: Vec<&str> = line.trim().trim_matches('|').split('|').map(str::trim).collect();
            match cells[..] {
                ["floor", second, ..] => inside = second == title,
                [floor, members, may, sentence] if inside && line.starts_with('|') => {
                    rows.extend(Row::read(floor, members, may, sentence));
                }
                _ => inside = false,
            }
        }
        if rows.is_empty() {
            return Err(format!("{ARCHITECTURE} has no floor table for `{title}`"));
        }
        Ok(Floors { rows })
    }

    /// Whether the table has a row for it.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.row(name).is_some()
    }

    /// Every name in the table.
    pub(super) fn members(&self) -> impl Iterator<Item = &str> {
        self.rows.iter().flat_map(|row| row.members.iter().map(String::as_str))
    }

    /// Why `from` must not use `to`, or nothing where it may. Names that the table does not know may do anything.
    pub(super) fn objection(&self, from: &str, to: &str) -> Option<String> {
        let (user, used) = (self.row(from)?, self.row(to)?);
        if from == to || user.named.iter().any(|name| name == to) {
            return None;
        }
        let direction = if used.floor > user.floor {
            "runs upward"
        } else if used.floor < user.floor {
            if user.below {
                return None;
            }
            "is more than its row allows"
        } else {
            if user.each_other && std::ptr::eq(user, used) {
                return None;
            }
            "runs sideways between strangers"
        };
        Some(format!(
            "`{from}` (floor {}) uses `{to}` (floor {}), which {direction}; {ARCHITECTURE}: {}",
            user.floor, used.floor, user.sentence
        ))
    }

    fn row(&self, name: &str) -> Option<&Row> {
        self.rows
            .iter()
            .find(|row| row.members.iter().any(|member| member == name))
    }
}

impl Row {
    /// A row; the line under a table's head is none.
    fn read(floor: &str, members: &str, may: &str, sentence: &str) -> Option<Row> {
        let top = floor.rsplit('–').next().unwrap_or(floor);
        Some(Row {
            floor: top.parse().ok()?,
            members: in_backticks(members),
            below: may.contains("floors below"),
            each_other: may.contains("each other"),
            named: in_backticks(may),
            sentence: sentence.to_owned(),
        })
    }
}

fn in_backticks(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "\
# Floors
| floor | module | may use | must not know |
|---|---|---|---|
| 0 | `text` · `name` | each other | databases. |
| 1 | `schema` · `sql` | floors below | each other. |
| 2 | `op` | `schema` | SQL text. |

| floor | crate | may use | must not know |
|---|---|---|---|
| 0–6 | `core` | nothing | the world. |
";

    fn objection(from: &str, to: &str) -> Option<String> {
        let tree = Tree::of(&[(ARCHITECTURE, PAGE)]);
        Floors::read(&tree, "module").unwrap().objection(from, to)
    }

    #[test]
    fn what_the_table_allows_is_allowed() {
        for (from, to) in [
            ("text", "name"),
            ("schema", "text"),
            ("op", "schema"),
            ("op", "op"),
            ("op", "elsewhere"),
        ] {
            assert_eq!(objection(from, to), None, "{from} -> {to}");
        }
    }

    #[test]
    fn upward_sideways_and_unnamed_are_refused_with_the_sentence() {
        for (from, to, why) in [
            ("text", "schema", "runs upward; ARCHITECTURE.md: databases."),
            (
                "schema",
                "sql",
                "runs sideways between strangers; ARCHITECTURE.md: each other.",
            ),
            ("op", "sql", "is more than its row allows; ARCHITECTURE.md: SQL text."),
        ] {
            let objection = objection(from, to).unwrap_or_default();
            assert!(objection.ends_with(why), "{objection}");
        }
    }

    #[test]
    fn a_range_of_floors_counts_as_its_top() {
        let floors = Floors::read(&Tree::of(&[(ARCHITECTURE, PAGE)]), "crate").unwrap();
        assert_eq!(floors.rows[0].floor, 6);
        assert!(floors.knows("core") && !floors.knows("op"));
    }

    #[test]
    fn a_page_without_the_table_is_refused() {
        assert!(Floors::read(&Tree::of(&[(ARCHITECTURE, "# Floors")]), "module").is_err());
        assert!(Floors::read(&Tree::of(&[]), "module").is_err());
    }
}
