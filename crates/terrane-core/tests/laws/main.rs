//! The laws of the core, as properties over generated schemas. They are the specification: where the code and a law
//! disagree, the code is wrong.

/// Schemas, and pairs of them.
#[expect(unreachable_pub, reason = "written to be moved to where other crates use it")]
mod generate;

/// L4, as far as statements go: `parse(print(op)) == op`.
mod ddl;
/// L1 `apply(a, diff(a, b)) == b`, and L2 `diff(a, a)` is empty.
mod diff;
/// What was declared as a rename is one; what was not, is asked about.
mod rename;
/// L3: an op and then its reverse is the identity.
mod reverse;
/// Scripts are cut where their statements end, and no text makes a reader panic.
mod script;
/// How ops look to a reader: in words, and as SQL.
mod words;

use generate::Menu;
use proptest::test_runner::Config;

/// All that the generator has.
const EVERYTHING: Menu = Menu {
    comments: true,
    server_objects: true,
};

fn cases(cases: u32) -> Config {
    Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..Config::default()
    }
}
