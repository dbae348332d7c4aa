//! What tests and benchmarks need besides a toolchain, and how to get it.

use std::path::Path;

use crate::process::{cargo, output, program, run, succeeds};

/// What runs the tests.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Runner {
    Nextest,
    Cargo,
}

/// The runner that is there, or could be installed.
pub(crate) fn runner() -> Runner {
    if succeeds(cargo().args(["nextest", "--version"])) {
        return Runner::Nextest;
    }
    println!("setup: installing cargo-nextest, which runs the tests");
    match run(cargo().args(["install", "--locked", "cargo-nextest"])) {
        Ok(()) => Runner::Nextest,
        Err(why) => {
            println!("setup: {why}; the tests run under `cargo test` instead, without a limit on their time");
            Runner::Cargo
        }
    }
}

/// The `sqlite3` shell, beside which some tests and benchmarks put Terrane. They say so themselves where it is missing.
pub(crate) fn sqlite_shell() {
    if has_sqlite_shell() {
        return;
    }
    if may_install() {
        apt_install("sqlite3", "the shell beside which some tests put Terrane");
        if has_sqlite_shell() {
            return;
        }
    }
    println!(
        "setup: the `sqlite3` shell is missing; install it (Debian: apt-get install sqlite3, macOS: it is there, Windows: sqlite.org)"
    );
}

/// Some tests look from behind a pooler. Those that find none say so themselves.
pub(crate) fn pooler() {
    let is_there = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"]
        .iter()
        .any(|path| Path::new(path).exists());
    if !is_there && may_install() {
        apt_install("pgbouncer", "a pooler behind which some tests connect");
    }
}

fn has_sqlite_shell() -> bool {
    succeeds(program("sqlite3").arg("--version"))
}

/// The variable that keeps this chore from installing anything on the system, where it is `no`.
const INSTALL: &str = "TERRANE_INSTALL";

/// Whether packages of the system's may be installed: as root, on Debian, unless the environment forbids it.
pub(crate) fn may_install() -> bool {
    let forbidden = std::env::var(INSTALL).is_ok_and(|answer| answer == "no");
    !forbidden && is_root() && Path::new("/usr/bin/apt-get").exists()
}

/// Installs a package of Debian's, and says what for; whoever asked looks whether it is there then.
///
/// A service in the package is not started: nobody asked for one (`invoke-rc.d` starts none in run level 1).
pub(crate) fn apt_install(package: &str, purpose: &str) {
    println!("setup: installing the system's package `{package}`, {purpose} ({INSTALL}=no prevents it)");
    let install = || {
        let mut install = program("apt-get");
        install.args(["install", "-y", "--no-install-recommends", package]);
        run(install.env("RUNLEVEL", "1"))
    };
    let installed = install().or_else(|_| run(program("apt-get").arg("update")).and_then(|()| install()));
    if let Err(why) = installed {
        println!("setup: {why}");
    }
}

pub(crate) fn is_root() -> bool {
    output(program("id").arg("-u")).is_some_and(|id| id.trim() == "0")
}
