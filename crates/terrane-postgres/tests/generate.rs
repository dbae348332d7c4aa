//! Random schemas as scripts, and random neighbours of them.
//!
//! A schema is written from a tape of numbers, each of which decides one thing whatever the others say: every subject has
//! a window of its own. So a neighbour is the same tape with a few numbers changed; and nought is always the plainest
//! choice, so that a failing pair is made small by setting numbers to nought.

mod others;
mod tables;
mod types;
mod views;

/// How many numbers a subject has.
const WINDOW: usize = 32;
const SUBJECTS: usize = 20;
pub(crate) const LENGTH: usize = WINDOW * SUBJECTS;

/// The subjects, by their windows.
const TYPES: usize = 0;
const ROUTINES: usize = 1;
const FIRST_TABLE: usize = 2;
/// A table has one for itself and two for its columns.
const PER_TABLE: usize = 3;
const VIEWS: usize = FIRST_TABLE + PER_TABLE * tables::NAMES.len();
const PARTITIONS: usize = VIEWS + 3;
const INHERITANCE: usize = PARTITIONS + 1;
const ODD: usize = INHERITANCE + 1;
const RIGHTS: usize = ODD + 1;
const COMMENTS: usize = RIGHTS + 1;
const LOOSE: usize = COMMENTS + 1;

/// What undoes every script.
pub(crate) const UNDO: &str = "DROP SCHEMA IF EXISTS app, \"Odd One\", public CASCADE; \
     DROP PUBLICATION IF EXISTS news; CREATE SCHEMA public; COMMENT ON SCHEMA public IS 'standard public schema'";

/// The role that scripts grant rights to.
pub(crate) const ROLE: &str = "terrane_laws";

struct Tape<'t> {
    numbers: &'t [u8],
    at: usize,
}

impl<'t> Tape<'t> {
    fn new(numbers: &'t [u8]) -> Tape<'t> {
        Tape { numbers, at: 0 }
    }

    fn window(numbers: &'t [u8], subject: usize) -> Tape<'t> {
        Tape::new(&numbers[subject * WINDOW..(subject + 1) * WINDOW])
    }

    fn pick(&mut self, among: usize) -> usize {
        let number = self.numbers.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        usize::from(number) % among
    }

    /// True once in `among`.
    fn once_in(&mut self, among: usize) -> bool {
        self.pick(among) == among - 1
    }

    fn of<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.pick(items.len())]
    }
}

/// What a script has made so far, for what refers to it.
#[derive(Default)]
struct Made {
    text: String,
    /// The columns of each table, nothing where there is none: with their types.
    columns: [Vec<(&'static str, &'static str)>; tables::NAMES.len()],
    /// Whether the last table is one that no other may refer to.
    is_unlogged: bool,
    indexes: Vec<String>,
    triggers: Vec<String>,
    policies: Vec<String>,
}

impl Made {
    fn say(&mut self, line: &str) {
        if !line.is_empty() {
            self.text.push_str(line);
            self.text.push_str(";\n");
        }
    }

    fn has(&self, table: usize) -> bool {
        !self.columns[table].is_empty()
    }

    fn type_of(&self, table: usize, column: &str) -> Option<&'static str> {
        let mut columns = self.columns[table].iter();
        columns.find(|(name, _)| *name == column).map(|(_, ty)| *ty)
    }
}

/// The script that a tape says.
pub(crate) fn script(numbers: &[u8]) -> String {
    let mut made = Made::default();
    let tape = |subject| Tape::window(numbers, subject);
    types::write(&mut tape(TYPES), &mut made);
    types::write_routines(&mut tape(ROUTINES), &mut made);
    for table in 0..tables::NAMES.len() {
        let start = FIRST_TABLE + table * PER_TABLE;
        let columns = &numbers[(start + 1) * WINDOW..(start + PER_TABLE) * WINDOW];
        tables::write(&mut tape(start), columns, table, &mut made);
    }
    others::write_partitions(&mut tape(PARTITIONS), &mut made);
    others::write_inheritance(&mut tape(INHERITANCE), &mut made);
    others::write_odd(&mut tape(ODD), &mut made);
    for table in 0..tables::NAMES.len() {
        views::write(&mut tape(VIEWS + table), table, &mut made);
    }
    others::write_loose(&mut tape(LOOSE), &mut made);
    others::write_rights(&mut tape(RIGHTS), &mut made);
    others::write_comments(&mut tape(COMMENTS), &mut made);
    made.text
}

/// How many tapes are a chain.
const CHAIN: u64 = 10;

/// The tape of a seed, the same everywhere: a neighbour of the one of the seed before it, or a stranger.
pub(crate) fn tape(seed: u64) -> Vec<u8> {
    let first = seed - seed % CHAIN;
    let chain = first..=seed;
    chain.fold(vec![0; LENGTH], |before, seed| next(before, seed, seed == first))
}

fn next(before: Vec<u8>, seed: u64, is_first: bool) -> Vec<u8> {
    let mut random = Random(seed);
    let stranger: Vec<u8> = (0..LENGTH).map(|_| random.next()).collect();
    let is_stranger = random.next().is_multiple_of(2);
    let mut tape = if is_stranger || is_first { stranger } else { before };
    let edits = usize::from(random.next() % 80);
    for _ in 0..edits {
        let at = usize::from(random.next()) * 256 + usize::from(random.next());
        tape[at % LENGTH] = random.next();
    }
    tape
}

/// SplitMix64, of which the highest byte is taken.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u8 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed >> 56) as u8
    }
}
