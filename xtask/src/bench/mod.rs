//! `cargo xtask bench`: commands beside their floors, in one run.
//!
//! A figure by itself says as much of the machine as of us. So each benchmark runs in turn with the least that could be
//! done for the same result, A B A B, and what counts is the ratio of the medians. A time never makes it fail.
//! Compile times take minutes, and PostgreSQL takes a server; those are measured only where they are asked for, by
//! `cargo xtask bench compile` and `cargo xtask bench postgres`.

mod compile;
mod cpu;
mod edit;
mod floor_app;
mod floor_migrations;
mod manifest;
mod measure;
mod postgres;
mod project;
mod stall;
mod table;

use std::fs;
use std::path::PathBuf;
use std::thread;

use crate::Outcome;
use crate::process::{cargo, root, run as run_command, target};
use measure::{Contender, Contest, Medians, Times, readable};
use table::{Benchmark, Kind, TABLE};

/// What the command line asks for.
struct Options {
    names: Vec<String>,
    runs: Option<usize>,
    folder: PathBuf,
}

pub(crate) fn run(args: &[String]) -> Outcome {
    let options = Options::read(args)?;
    let chosen = options.chosen()?;
    if chosen.iter().any(|benchmark| benchmark.kind != Kind::Compile) {
        run_command(cargo().args(["build", "--release", "--quiet", "--package", "terrane-cli"]))?;
    }
    let cores = thread::available_parallelism().map_or(1, usize::from);
    println!("cores: {cores}; in {}\n", options.folder.display());
    let mut failed = Vec::new();
    for benchmark in chosen {
        match one(benchmark, &options) {
            Ok((contest, medians)) => print(benchmark, options.runs_of(benchmark), &contest, &medians),
            Err(why) => {
                println!("{}: could not run: {why}\n", benchmark.name);
                failed.push(benchmark.name);
            }
        }
    }
    if failed.is_empty() {
        Ok(())
    } else {
        Err(format!("not run: {} ({})", failed.len(), failed.join(", ")))
    }
}

fn one(benchmark: &Benchmark, options: &Options) -> Result<(Contest, Medians), String> {
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
    let medians = contest.measure(options.runs_of(benchmark))?;
    Ok((contest, medians))
}

fn print(benchmark: &Benchmark, runs: usize, contest: &Contest, medians: &Medians) {
    let met = if benchmark.aim.is_met(medians) { "met" } else { "MISSED" };
    let beside = |times: &Times, contender: &Contender| {
        let cpu = times.cpu.filter(|_| benchmark.kind == Kind::Compile);
        let cpu = cpu
            .map(|cpu| format!("   CPU {:>8}", readable(cpu)))
            .unwrap_or_default();
        format!("{:>9}{cpu}   {}", readable(times.wall), contender.note())
    };
    println!("{}: {}; runs of each: {runs}", benchmark.name, benchmark.what);
    println!("    terrane  {}", beside(&medians.ours, &contest.ours).trim_end());
    println!("    floor    {}", beside(&medians.floor, &contest.floor).trim_end());
    println!("             {}", benchmark.floor);
    println!("    ratio    {:>8.2}×", medians.ratio());
    println!("    aim      {}: {met}\n", benchmark.aim);
}

impl Options {
    fn read(args: &[String]) -> Result<Options, String> {
        let mut options = Options {
            names: Vec::new(),
            runs: None,
            folder: target().join("bench"),
        };
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let mut value = || args.next().ok_or_else(|| format!("`{arg}` needs a value"));
            match arg.as_str() {
                "--runs" => {
                    let runs: usize = value()?.parse().map_err(|_| "`--runs` needs a number".to_owned())?;
                    options.runs = Some(runs.max(1));
                }
                "--dir" => options.folder = root().join(value()?),
                name => options.names.push(name.to_owned()),
            }
        }
        Ok(options)
    }

    fn runs_of(&self, benchmark: &Benchmark) -> usize {
        self.runs.unwrap_or(benchmark.runs)
    }

    fn chosen(&self) -> Result<Vec<&'static Benchmark>, String> {
        if self.names.is_empty() {
            let commands = TABLE.iter().filter(|benchmark| benchmark.kind == Kind::Command);
            return Ok(commands.collect());
        }
        let mut chosen = Vec::new();
        for name in &self.names {
            chosen.extend(called(name)?);
        }
        Ok(chosen)
    }
}

/// The benchmark of a name, or else all whose names begin with it.
fn called(name: &str) -> Result<Vec<&'static Benchmark>, String> {
    if let Some(benchmark) = TABLE.iter().find(|benchmark| benchmark.name == name) {
        return Ok(vec![benchmark]);
    }
    let begins = |benchmark: &&Benchmark| {
        let rest = benchmark.name.strip_prefix(name);
        rest.is_some_and(|rest| rest.starts_with('-'))
    };
    let found: Vec<_> = TABLE.iter().filter(begins).collect();
    if found.is_empty() {
        let known: Vec<&str> = TABLE.iter().map(|benchmark| benchmark.name).collect();
        return Err(format!("no benchmark is called `{name}`: {}", known.join(", ")));
    }
    Ok(found)
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
        let chosen = options.chosen().unwrap();
        assert_eq!((options.runs_of(chosen[0]), chosen.len()), (3, 1));
    }

    #[test]
    fn compile_times_are_measured_where_they_are_asked_for() {
        let chosen = |args: &[&str]| {
            let chosen = read(args).unwrap().chosen().unwrap();
            chosen.iter().map(|benchmark| benchmark.name).collect::<Vec<_>>()
        };
        assert!(chosen(&[]).iter().all(|name| !name.starts_with("compile")));
        assert_eq!(chosen(&["compile-incremental"]), ["compile-incremental"]);
        let compile = chosen(&["compile"]);
        assert!(compile.len() > 2 && compile[0] == "compile-clean", "{compile:?}");
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
