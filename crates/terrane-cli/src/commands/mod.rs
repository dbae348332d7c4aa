//! One command a file, each thin over the library.

mod adopt;
pub(crate) mod alembic;
mod check;
mod completions;
mod current;
mod diff;
mod edit;
mod entities;
mod explain;
mod import;
mod init;
mod inspect;
mod listing;
mod log;
mod merge;
mod migrate;
mod plan;
mod revision;
mod roles;
mod show;
mod tables;
mod urls;

use crate::args::{Args, Command, DEFAULT_CONFIG, PlanOf, Seconds};
use crate::exit::Exit;
use crate::render;
use std::path::Path;
use std::time::Duration;
use terrane::core::diagnostic::{Diagnostic, codes};
use terrane::core::text::is_hostile;
use terrane::{Config, History, Layer, Project, Result};

pub(crate) async fn run(args: &Args, layers: &[Layer]) -> Result<Exit> {
    match &args.command {
        Command::Init(options) => init::run(options),
        Command::Explain(options) => Ok(explain::run(options)),
        Command::Completions(options) => completions::run(options),
        Command::Diff(options) => diff::run(options).await,
        Command::Inspect(options) => {
            let project = match &options.from {
                Some(url) => Project::of_database(url),
                None => project(args, layers)?,
            };
            inspect::run(&project, options).await
        }
        Command::Entities(options) => {
            let project = match &options.from {
                Some(url) => Project::of_database(url),
                None => project(args, layers)?,
            };
            entities::run(&project, options, args.quiet).await
        }
        command => {
            let project = project(args, layers)?;
            let outcome = match command {
                Command::Import(options) => import::run(&project, options).await,
                Command::Revision(options) => revision::run(&project, options).await,
                Command::Upgrade(options) => migrate::upgrade(&project, options, args.quiet).await,
                Command::Downgrade(options) => migrate::downgrade(&project, options, args.quiet).await,
                Command::Stamp(options) => migrate::stamp(&project, options, args.quiet).await,
                Command::Current(options) => current::run(&project, options).await,
                Command::Heads(options) => listing::heads(&project, options),
                Command::Branches(options) => listing::branches(&project, options),
                Command::History(options) => listing::history(&project, options).await,
                Command::Show(options) => show::run(&project, options).await,
                Command::Merge(options) => merge::run(&project, options),
                Command::Edit(options) => edit::run(&project, options).await,
                Command::Check(options) => check::run(&project, options).await,
                Command::Plan(options) => plan::run(&project, options).await,
                Command::Adopt(options) => adopt::run(&project, options).await,
                Command::Tables(options) => tables::run(&project, options).await,
                Command::Log(options) => log::run(&project, options).await,
                Command::Roles(options) => roles::run(&project, options).await,
                Command::Init(_)
                | Command::Explain(_)
                | Command::Completions(_)
                | Command::Diff(_)
                | Command::Inspect(_)
                | Command::Entities(_) => Ok(Exit::Done),
            };
            match outcome {
                Ok(exit) if looks(command) => unless_unfinished(&project, exit).await,
                outcome => outcome,
            }
        }
    }
}

/// Whether a command tells how the database is.
fn looks(command: &Command) -> bool {
    matches!(
        command,
        Command::Current(_) | Command::Check(_) | Command::Plan(_) | Command::Tables(_) | Command::Log(_)
    )
}

/// The end of a command that looked at the database. One on which something is half done is not as anybody wants it.
async fn unless_unfinished(project: &Project, exit: Exit) -> Result<Exit> {
    let Some(warning) = project.unfinished().await? else {
        return Ok(exit);
    };
    // `check` has said it where it found it.
    if exit == Exit::Done {
        render::diagnostic(&warning);
    }
    Ok(if exit == Exit::Done { Exit::Differs } else { exit })
}

/// The graph, for the rest of the program's life: to give thousands of headers back one by one takes a tenth of the time
/// that reading them took, and the program ends anyway.
fn headers(project: &Project) -> Result<&'static History> {
    Ok(Box::leak(Box::new(project.headers()?)))
}

/// The same; where there are revisions in Python, with what they do, so that it can be told how they run.
fn headers_or_whole(project: &Project) -> Result<&'static History> {
    match project.config.layers.iter().any(|layer| layer.python.is_some()) {
        true => Ok(Box::leak(Box::new(project.history()?))),
        false => headers(project),
    }
}

/// The project of the configuration, with what the command line and the environment say instead.
fn project(args: &Args, layers: &[Layer]) -> Result<Project> {
    // Where a program is deployed, it needs no file; one that was named is to be there.
    let needs_none = !layers.is_empty() && args.config == Path::new(DEFAULT_CONFIG);
    let mut config = if needs_none && !args.config.exists() {
        Config::compiled(layers)?
    } else if let Some(config) = alembic::config(args, layers)? {
        config
    } else {
        Config::load_with(&args.config, layers)?
    };
    urls::choose(args, &mut config)?;
    if let Some(Seconds(Some(seconds))) = args.lock_timeout {
        config.lock_timeout = Duration::from_secs(seconds);
    }
    shorten(&mut config);
    let mut project = Project::new(config).with_calls(layers);
    project.operator = operator();
    project.strict = is_strict(&args.command);
    Ok(project)
}

/// Tells that there is no database to look at: a mistyped URL looks like one at its beginning.
fn tell_absent(project: &Project) -> Result<()> {
    if project.absent_file()?.is_some() {
        let message = format!("there is no database `{}`: the file is not there", project.url()?);
        let told = Diagnostic::warning(codes::NO_DATABASE, message);
        render::diagnostic(&told.help("Check the URL, or let the first `upgrade` make it."));
    }
    Ok(())
}

/// Whether the command was told to refuse what has no model.
fn is_strict(command: &Command) -> bool {
    match command {
        Command::Revision(options) => options.strict,
        Command::Check(options) => options.strict,
        Command::Upgrade(options) => options.how.strict,
        Command::Downgrade(options) => options.how.strict,
        Command::Plan(plan) => match &plan.what {
            PlanOf::Upgrade(to) | PlanOf::Downgrade(to) => to.strict,
            PlanOf::Stamp(_) => false,
        },
        _ => false,
    }
}

/// Folders that were compiled in are absolute; below the one where the program runs, people know them without it.
fn shorten(config: &mut Config) {
    let Ok(here) = std::env::current_dir() else { return };
    for folder in config.layers.iter_mut().flat_map(|layer| &mut layer.versions) {
        if let Ok(short) = folder.strip_prefix(&here)
            && short.is_dir()
        {
            *folder = short.to_owned();
        }
    }
}

/// Who is at work, for the ledger: the user and the machine, as far as the environment tells.
fn operator() -> String {
    let first = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| std::env::var(name).ok())
            .map(|text| {
                text.chars()
                    .filter(|c| !is_hostile(*c) && *c != '\n')
                    .collect::<String>()
            })
            .filter(|text| !text.is_empty())
    };
    let user = first(&["SUDO_USER", "USER", "LOGNAME", "USERNAME"]).unwrap_or_else(|| "unknown".to_owned());
    let host = first(&["HOSTNAME", "COMPUTERNAME"]).or_else(|| std::fs::read_to_string("/etc/hostname").ok());
    match host.as_deref().map(str::trim) {
        Some(host) if !host.is_empty() => format!("{user}@{host}"),
        _ => user,
    }
}
