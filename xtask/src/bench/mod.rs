//! `cargo xtask bench`: commands beside their floors, in one run.
//!
//! A figure by itself says as much of the machine as of us. So each benchmark runs in turn with the least that could be
//! done for the same result, A B A B, and what counts is the ratio of the medians. A time never makes it fail.

mod measure;
mod project;
mod table;

use std::fs;
use std::path::PathBuf;
use std::thread;

use crate::Outcome;
use crate::process::{cargo, root, run as run_command, target};
use measure::{Medians, milliseconds};
use table::{Benchmark, TABLE};

/// What the command line asks for.
struct Options {
    names: Vec<String>,
    runs: usize,
    folder: PathBuf,
}

pub(crate) fn run(args: &[String]) -> Outcome {
    let options = Options::read(args)?;
    run_command(cargo().args(["build", "--release", "--quiet", "--package", "terrane-cli"]))?;
    let cores = thread::available_parallelism().map_or(1, usize::from);
    println!(
        "cores: {cores}; runs of each: {}; in {}\n",
        options.runs,
        options.folder.display()
    );
    let mut failed = Vec::new();
    for benchmark in options.chosen()? {
        match one(benchmark, &options) {
            Ok(medians) => print(benchmark, &medians),
            Err(why) => {
                println!("{}: could not run: {why}\n", benchmark.name);
                failed.push(benchmark.name);
            }
        }
    }
    if failed.is_empty() {
        Ok(())
    } else {
        Err(format!("could not run: {}", failed.join(", ")))
    }
}

fn one(benchmark: &Benchmark, options: &Options) -> Result<Medians, String> {
    let folder = options.folder.join(benchmark.name);
    let written = |error| format!("{} could not be written: {error}", folder.display());
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(written)?;
    }
    fs::create_dir_all(&folder).map_err(written)?;
    let terrane = target()
        .join("release")
        .join(format!("terrane{}", std::env::consts::EXE_SUFFIX));
    let contest = (benchmark.prepare)(&terrane, &folder)?;
    contest.measure(options.runs)
}

fn print(benchmark: &Benchmark, medians: &Medians) {
    let ratio = medians.ours.as_secs_f64() / medians.floor.as_secs_f64();
    let met = if benchmark.aim.is_met(medians) { "met" } else { "MISSED" };
    println!("{}: {}", benchmark.name, benchmark.what);
    println!("    terrane  {:>9}", milliseconds(medians.ours));
    println!("    floor    {:>9}   {}", milliseconds(medians.floor), benchmark.floor);
    println!("    ratio    {ratio:>8.2}×");
    println!("    aim      {}: {met}\n", benchmark.aim);
}

impl Options {
    fn read(args: &[String]) -> Result<Options, String> {
        let mut options = Options {
            names: Vec::new(),
            runs: 5,
            folder: target().join("bench"),
        };
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let mut value = || args.next().ok_or_else(|| format!("`{arg}` needs a value"));
            match arg.as_str() {
                "--runs" => options.runs = value()?.parse().map_err(|_| "`--runs` needs a number".to_owned())?,
                "--dir" => options.folder = root().join(value()?),
                name => options.names.push(name.to_owned()),
            }
        }
        options.runs = options.runs.max(1);
        Ok(options)
    }

    fn chosen(&self) -> Result<Vec<&'static Benchmark>, String> {
        if self.names.is_empty() {
            return Ok(TABLE.iter().collect());
        }
        let known = || {
            TABLE
                .iter()
                .map(|benchmark| benchmark.name)
                .collect::<Vec<_>>()
                .join(", ")
        };
        let find = |name: &String| TABLE.iter().find(|benchmark| benchmark.name == name);
        self.names
            .iter()
            .map(|name| find(name).ok_or_else(|| format!("no benchmark is called `{name}`: {}", known())))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(args: &[&str]) -> Result<Options, String> {
        Options::read(&args.iter().map(|arg| (*arg).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn options_and_names_are_told_apart() {
        let options = read(&["heads-10000", "--runs", "3"]).unwrap();
        assert_eq!((options.runs, options.chosen().unwrap().len()), (3, 1));
        assert_eq!(read(&[]).unwrap().chosen().unwrap().len(), TABLE.len());
    }

    #[test]
    fn what_is_unknown_is_named() {
        assert_eq!(read(&["--runs"]).err().unwrap(), "`--runs` needs a value");
        assert!(
            read(&["speed"])
                .unwrap()
                .chosen()
                .err()
                .unwrap()
                .starts_with("no benchmark is called `speed`: ")
        );
    }
}
