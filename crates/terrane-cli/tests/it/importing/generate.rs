//! Histories that nobody wrote, for SQLite and for PostgreSQL.

use super::formats::Step;

/// Numbers from a seed, the same on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    fn of<'t>(&mut self, texts: &[&'t str]) -> &'t str {
        texts[self.below(texts.len())]
    }
}

/// What stands above a statement.
const ABOVE: [&str; 8] = [
    "",
    "",
    "-- a plain comment\n",
    "-- down\n",
    "-- Upgrade\n",
    "/* rollback */\n",
    "-- call them\n\n",
    "/* two\n   lines; with a semicolon */\n",
];

/// What stands within a statement.
const WITHIN: [&str; 5] = [
    " ",
    "\n    ",
    " /* within */ ",
    "\n    -- within, and 'open\n    ",
    "\t",
];

/// Values that read like something else.
const VALUES: [&str; 6] = [
    "'plain'",
    "'it''s; so'",
    "'-- no comment'",
    "'two\nlines'",
    "'/* nor this'",
    "'quoted \"name\" and \\ too'",
];

/// A history of that many migrations.
pub(crate) fn history(seed: u64, length: usize) -> Vec<Step> {
    let mut dice = Dice(seed);
    let mut tables: Vec<(String, usize)> = Vec::new();
    (0..length)
        .map(|at| {
            let mut step = Step::new(dice.of(&["first things", "more", "a fix"]), &[], &[]);
            for part in 0..=dice.below(3) {
                let choice = if tables.is_empty() { 0 } else { dice.below(6) };
                let (up, down) = change(&mut dice, &mut tables, choice, &format!("{at}_{part}"));
                let above = dice.of(&ABOVE);
                step.up.push(format!("{above}{up};"));
                step.down.insert(0, format!("{down};"));
            }
            if dice.below(5) == 0 {
                step.down.clear();
            }
            step
        })
        .collect()
}

fn change(dice: &mut Dice, tables: &mut Vec<(String, usize)>, choice: usize, mark: &str) -> (String, String) {
    let gap = dice.of(&WITHIN);
    if choice == 0 {
        let name = format!("t{mark}");
        tables.push((name.clone(), 0));
        return (
            format!("CREATE TABLE {name} ({gap}id integer PRIMARY KEY,{gap}a text NOT NULL DEFAULT 'x;y')"),
            format!("DROP TABLE {name}"),
        );
    }
    let at = dice.below(tables.len());
    let (name, columns) = &mut tables[at];
    match choice {
        1 => {
            *columns += 1;
            (
                format!("ALTER TABLE {name} ADD COLUMN{gap}c{mark} integer"),
                format!("ALTER TABLE {name} DROP COLUMN c{mark}"),
            )
        }
        2 => (
            format!("CREATE INDEX i{mark} ON {name}{gap}(a)"),
            format!("DROP INDEX i{mark}"),
        ),
        3 => (
            format!("CREATE VIEW v{mark} AS{gap}SELECT id FROM {name} WHERE a <> ';'"),
            format!("DROP VIEW v{mark}"),
        ),
        _ => {
            let (value, key) = (dice.of(&VALUES), dice.below(1_000_000));
            (
                format!(
                    "INSERT INTO {name} (id, a){gap}SELECT {key}, {value} WHERE NOT EXISTS (SELECT 1 FROM {name} WHERE id = {key})"
                ),
                format!("DELETE FROM {name} WHERE id = {key}"),
            )
        }
    }
}
