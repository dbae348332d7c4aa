//! `completions`: the script by which a shell completes the command line.

use crate::args::{Args, Completions};
use crate::exit::Exit;
use crate::render;
use clap::CommandFactory;
use terrane::Result;

pub(super) fn run(options: &Completions) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut Args::command(), "terrane", &mut script);
    render::script(&String::from_utf8_lossy(&script));
    Ok(Exit::Done)
}
