//! A fuzzer that knows the grammar of revision files: it writes a file and what the file says, and both have to agree.
//!
//! The statements of `-- downgrade` never run on the way up, no statement is dropped, what looks like a heading is one or a
//! mistake, and what is read, printed and read again is the same. `TERRANE_FILES` sets how many files are written,
//! `TERRANE_SEED` with which of them it begins.

use terrane_core::revision::{Action, Revision, Way, parse, print};
use terrane_core::text::SourceFile;

/// A generator of numbers, the same on every machine.
struct Dice(u64);

impl Dice {
    fn of(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 16) % sides as u64).unwrap()
    }

    fn one_in(&mut self, sides: usize) -> bool {
        self.roll(sides) == 0
    }

    fn pick<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.roll(of.len())]
    }
}

/// For which server a text is written; none, where it has to be the same for all.
const HOMES: [Option<&str>; 3] = [None, Some("sqlite"), Some("postgresql")];

/// What a section should be found to do.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Meant {
    way: Way,
    dialect: Option<String>,
    steps: Vec<Action>,
}

struct Writer {
    dice: Dice,
    text: String,
    meant: Vec<Meant>,
    /// The dialect of the section that is being written.
    dialect: Option<&'static str>,
    home: Option<&'static str>,
    count: usize,
    line_end: &'static str,
    /// How many mistakes were put in.
    faults: usize,
}

impl Writer {
    fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push_str(self.line_end);
    }

    fn header(&mut self) {
        self.line("-- what it is for");
        self.line("--");
        self.line("-- Revision ID: a1");
        if self.dice.one_in(4) {
            self.line("-- Create Date: 2026-11-22 21:30:00+00:00");
        }
        match self.dice.roll(4) {
            0 => {
                self.home = None;
                self.line("-- Dialect: any");
            }
            1 => {
                self.home = Some("sqlite");
                self.line("-- Dialect: sqlite");
            }
            2 => {
                self.home = Some("postgresql");
                self.line("-- Dialect: postgresql");
            }
            _ => {}
        }
        self.line("");
    }

    fn sections(&mut self) {
        let mut headings: Vec<(Way, Option<&'static str>)> = vec![(Way::Upgrade, None), (Way::Downgrade, None)];
        for dialect in ["sqlite", "postgresql"] {
            for way in [Way::Upgrade, Way::Downgrade] {
                if self.dice.one_in(6) {
                    headings.push((way, Some(dialect)));
                }
            }
        }
        for _ in 0..headings.len() {
            let (from, to) = (self.dice.roll(headings.len()), self.dice.roll(headings.len()));
            headings.swap(from, to);
        }
        if self.dice.one_in(10) {
            headings.pop();
        }
        for (way, dialect) in headings {
            self.section(way, dialect);
        }
    }

    fn section(&mut self, way: Way, dialect: Option<&'static str>) {
        let colon = self.dice.pick(&[": ", ":", " : ", ":  "]);
        let head = dialect.map_or(way.word().to_owned(), |dialect| {
            format!("{}{colon}{dialect}", way.word())
        });
        let (indent, blank, behind) = (
            self.dice.pick(&["", "", "", " ", "\t"]),
            self.dice.pick(&[" ", " ", "", "  ", "\t"]),
            self.dice.pick(&["", "", " ", "\t"]),
        );
        self.line(&format!("{indent}--{blank}{head}{behind}"));
        self.dialect = dialect.or(self.home);
        self.meant.push(Meant {
            way,
            dialect: dialect.map(str::to_owned),
            steps: Vec::new(),
        });
        for _ in 0..self.dice.roll(7) {
            self.piece();
        }
    }

    fn piece(&mut self) {
        match self.dice.roll(12) {
            0..=4 => self.statement(),
            5 => self.call(),
            6 | 7 => self.prose(),
            8 | 9 => self.nothing(),
            10 => self.line(""),
            _ if self.dice.one_in(12) => self.fault(),
            _ => self.nothing(),
        }
    }

    fn call(&mut self) {
        self.count += 1;
        let name = format!("f{}", self.count);
        let end = self.dice.pick(&["", "", ";", " "]);
        self.line(&format!("-- call {name}{end}"));
        self.does(Action::Call(name));
    }

    fn does(&mut self, action: Action) {
        self.meant.last_mut().unwrap().steps.push(action);
    }

    /// Empty statements, and what may stand around them.
    fn nothing(&mut self) {
        let text = self.dice.pick(&[
            ";",
            ";;",
            "; ;",
            "  ;",
            "-- what follows is nothing at all\n;",
            "/* no */;",
            ";/* no */",
        ]);
        let text = text.replace('\n', self.line_end);
        self.line(&text);
    }

    fn prose(&mut self) {
        let text = self.dice.pick(&[
            "-- upgrade the customers later on",
            "-- the downgrade loses rows",
            "-- Up to ten rows are read",
            "-- call the vendor before this runs",
            "--",
            "-- ;",
            "-- 'it is not closed; \" ` [ $$ /*",
            "--- a line of its own, with marks",
            "/* one; two */",
            "/* of several\n lines; -- and no heading\n */",
            "-- up-to-date",
            "-- it's undone by the downgrade below",
        ]);
        let text = text.replace('\n', self.line_end);
        self.line(&text);
    }

    fn statement(&mut self) {
        self.count += 1;
        let text = self.sql();
        let end = self.dice.pick(&[
            ";",
            ";",
            " ;",
            "\n;",
            ";;",
            "; ",
            "/* why; */;",
            " -- why; not\n;",
            "; -- it is done",
        ]);
        let comes_after = if self.dice.one_in(5) { " " } else { self.line_end };
        let end = end.replace('\n', self.line_end);
        self.text.push_str(&text);
        self.text.push_str(&end);
        // A comment may follow on the line, and a statement may.
        self.text.push_str(if end.ends_with(' ') { "" } else { comes_after });
        if !self.text.ends_with('\n') {
            self.line("");
        }
        self.does(Action::Sql(text));
    }

    /// A statement with a number in it that no other has.
    fn sql(&mut self) -> String {
        let n = self.count;
        let common = [
            format!("INSERT INTO m VALUES ({n})"),
            format!("INSERT INTO m VALUES ({n}, '; -- downgrade')"),
            format!("INSERT INTO m VALUES ({n}, '\n-- downgrade\nDELETE FROM m;\n-- call f\n')"),
            format!("INSERT INTO m VALUES ({n}, 'it''s', \"a;b\"\"c\")"),
            format!("INSERT INTO m -- why; not '\nVALUES ({n}) /* ; */"),
            format!("UPDATE m SET a = {n} /*\n-- downgrade\n; */ WHERE b"),
            format!("CREATE TABLE t{n} (\n    begin int, -- the first day\n    \"end\" int -- the last\n)"),
            format!("SELECT ({n}), (((1)))"),
            format!("DELETE FROM m WHERE a = {n} -- up or down it goes"),
        ];
        let sqlite = [
            format!(
                "CREATE TRIGGER g{n} AFTER INSERT ON begin WHEN end BEGIN\n    UPDATE m SET end = begin; -- why;\n    SELECT case FROM m; END"
            ),
            format!(
                "CREATE TEMP TRIGGER begin AFTER UPDATE OF end ON t{n} BEGIN SELECT CASE WHEN a THEN b END; DELETE FROM m; END"
            ),
            format!("INSERT INTO m VALUES ({n}, [a;b], `c;d`, a['])"),
            format!("INSERT INTO m VALUES ({n}, $a(;'), $$, :b::c(--), e'\\')"),
            format!("EXPLAIN QUERY PLAN SELECT {n}"),
        ];
        let postgresql = [
            format!("DO $$ BEGIN; PERFORM {n};\n-- downgrade\nEND; $$"),
            format!(
                "CREATE FUNCTION f{n}() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 2 END end; END"
            ),
            format!("CREATE RULE r{n} AS ON INSERT TO m DO ALSO (DELETE FROM a; DELETE FROM b)"),
            format!("INSERT INTO m VALUES ({n}, E'a\\'; --', U&';', $ü$;$$;$ü$, a[1], /* /* ; */ ; */ 1)"),
            format!("SELECT {n}, E'a' -- it's\n  'b\\';', ARRAY[1] [ length(']') ]"),
        ];
        let own: &[String] = match self.dialect {
            Some("sqlite") => &sqlite,
            Some(_) => &postgresql,
            None => &[],
        };
        let at = self.dice.roll(common.len() + own.len());
        let text = common.get(at).unwrap_or_else(|| &own[at - common.len()]);
        // What ends in a comment is a statement without it.
        let end = text
            .rfind(" -- up or down")
            .or_else(|| text.rfind(" /*").filter(|_| text.ends_with("*/")));
        let text = end.map_or(text.as_str(), |end| &text[..end]);
        text.replace('\n', self.line_end)
    }

    /// What looks like a heading or a call, and is none; a heading where none can be; a statement without an end.
    fn fault(&mut self) {
        self.faults += 1;
        let word = self.dice.pick(&["upgrade", "downgrade"]);
        let text = match self.dice.roll(12) {
            0 => format!("-- {}{}", word[..1].to_uppercase(), &word[1..]),
            1 => format!("-- {}", word.to_uppercase()),
            2 => format!(
                "--{} {word}",
                self.dice.pick(&["-", "--", " --", " ##", " +", "\u{a0}*"])
            ),
            3 => format!(
                "-- {word}{}",
                self.dice
                    .pick(&[";", ".", "!", " --", " (loses rows)", " / back", ", perhaps"])
            ),
            4 => format!(
                "-- {word} {}",
                self.dice.pick(&["sqlite", "section", "it again", "script of the shop"])
            ),
            5 => {
                let at = self.dice.roll(word.len() - 1);
                format!("-- {}{}", &word[..at], &word[at + 1..])
            }
            6 => {
                let mut letters: Vec<char> = word.chars().collect();
                let at = self.dice.roll(letters.len() - 1);
                // No two neighbours are equal.
                letters.swap(at, at + 1);
                format!("-- {}", letters.into_iter().collect::<String>())
            }
            7 => self
                .dice
                .pick(&[
                    "-- migrate:down",
                    "-- +goose Up",
                    "-- @UNDO",
                    "-- down",
                    "-- Up",
                    "-- rollback",
                ])
                .to_owned(),
            8 => format!("/* {word} */"),
            9 => self
                .dice
                .pick(&[
                    "-- Call f",
                    "-- call f()",
                    "-- call: f",
                    "--- call f",
                    "-- call",
                    "-- call f g",
                ])
                .to_owned(),
            10 => format!(
                "-- {word}: {}",
                self.dice.pick(&["postgres", "sqlite3", "any", "oracle", ""])
            ),
            _ => format!("SELECT 1\n-- {word}\n;"),
        };
        let text = text.replace('\n', self.line_end);
        self.line(&text);
    }
}

fn written(seed: u64) -> Writer {
    let mut dice = Dice::of(seed);
    for _ in 0..4 {
        dice.roll(2);
    }
    let home = HOMES[dice.roll(HOMES.len())];
    let line_end = if dice.one_in(5) { "\r\n" } else { "\n" };
    let mut writer = Writer {
        dice,
        text: String::new(),
        meant: Vec::new(),
        dialect: None,
        home,
        count: 0,
        line_end,
        faults: 0,
    };
    writer.header();
    writer.sections();
    writer
}

fn meant(revision: &Revision) -> Vec<Meant> {
    let sections = revision.sections.iter().map(|section| Meant {
        way: section.way,
        dialect: section.dialect.clone(),
        steps: section.steps.iter().map(|step| step.action.clone()).collect(),
    });
    sections.collect()
}

/// What is printed reads as what was read.
fn prints_as_itself(text: &str, revision: &Revision, home: Option<&str>) {
    let printed = print(revision);
    let again = parse(&SourceFile::new("again.sql", printed.as_str()), home);
    assert_eq!(again.diagnostics, [], "{text}\n=== printed\n{printed}");
    assert_eq!(again.value.as_ref(), Some(revision), "{text}\n=== printed\n{printed}");
}

#[expect(clippy::disallowed_methods, reason = "how many files, for whoever runs it by hand")]
fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

#[test]
fn a_file_does_what_it_says_and_no_more() {
    let first = number("TERRANE_SEED", 1);
    let mut clean = 0u64;
    for seed in first..first + number("TERRANE_FILES", 3_000) {
        let file = written(seed);
        let parsed = parse(&SourceFile::new("a1.sql", file.text.as_str()), file.home);
        if file.faults > 0 {
            assert!(
                !parsed.diagnostics.is_empty(),
                "seed {seed}: {} faults\n{}",
                file.faults,
                file.text
            );
            continue;
        }
        clean += 1;
        assert_eq!(parsed.diagnostics, [], "seed {seed}\n{}", file.text);
        let revision = parsed.value.unwrap();
        assert_eq!(meant(&revision), file.meant, "seed {seed}\n{}", file.text);
        prints_as_itself(&file.text, &revision, file.home);
    }
    assert!(clean > 0);
}

/// Bytes of a file taken out, doubled, or exchanged: whatever that makes, each piece of it is told, kept, or nothing.
#[test]
fn nothing_of_a_damaged_file_is_dropped() {
    let first = number("TERRANE_SEED", 1);
    for seed in first..first + number("TERRANE_FILES", 3_000) {
        let file = written(seed);
        let mut dice = Dice::of(seed ^ 0xdead);
        let mut letters: Vec<char> = file.text.chars().collect();
        let body = 40;
        for _ in 0..=dice.roll(4) {
            // The header is longer than that.
            let at = body + dice.roll(letters.len() - body);
            match dice.roll(4) {
                0 => drop(letters.remove(at)),
                1 => letters.insert(
                    at,
                    dice.pick(&[";", "'", "\"", "-", "$", "(", "\n", "*", "/", "["])
                        .chars()
                        .next()
                        .unwrap(),
                ),
                2 => letters[at] = ' ',
                _ => {
                    let other = body + dice.roll(letters.len() - body);
                    letters.swap(at, other);
                }
            }
        }
        let text: String = letters.into_iter().collect();
        let parsed = parse(&SourceFile::new("a1.sql", text.as_str()), file.home);
        let Some(revision) = parsed.value.filter(|_| parsed.diagnostics.is_empty()) else {
            continue;
        };
        prints_as_itself(&text, &revision, file.home);
        let mut rest = text.clone().into_bytes();
        for step in revision.sections.iter().flat_map(|section| &section.steps) {
            if matches!(step.action, Action::Sql(_)) {
                rest[step.span.range()].fill(b' ');
            }
        }
        let rest = String::from_utf8(rest).unwrap();
        let nests = file.home == Some("postgresql") || text.contains("ostgresql");
        let left = without_comments(&rest, nests);
        assert!(
            left.chars().all(|c| c.is_whitespace() || c == ';'),
            "seed {seed}: `{left}`\n{text}"
        );
    }
}

/// A text without its comments: what is left over was dropped.
fn without_comments(text: &str, nests: bool) -> String {
    let mut left = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        if rest.starts_with("--") {
            // Where a carriage return ends no comment, one in it is a mistake.
            rest = &rest[rest.find(['\n', '\r']).unwrap_or(rest.len())..];
        } else if let Some(inner) = rest.strip_prefix("/*") {
            let (mut depth, mut at) = (1usize, 0usize);
            while depth > 0 && at < inner.len() {
                let (open, close) = (inner[at..].find("/*"), inner[at..].find("*/"));
                match (open, close) {
                    (Some(open), Some(close)) if open < close && nests => {
                        depth += 1;
                        at += open + 2;
                    }
                    (_, Some(close)) => {
                        depth -= 1;
                        at += close + 2;
                    }
                    _ => at = inner.len(),
                }
            }
            rest = &inner[at..];
        } else {
            let c = rest.chars().next().unwrap();
            left.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    left
}
