//! `init`: a configuration and what else a layer needs, as the place wants it.

mod parts;
mod place;

use crate::args::Init;
use crate::exit::Exit;
use crate::render;
use parts::{File, Parts, Where};
use place::Place;
use std::fs;
use std::path::Path;
use terrane::core::diagnostic::codes;
use terrane::{Error, Result, require_layer_name};

/// What a layer is called, where neither the command line nor a package says it.
const USUAL_LAYER: &str = "app";

pub(super) fn run(options: &Init) -> Result<Exit> {
    // Nobody says `./terrane.toml`.
    let folder = options.folder.strip_prefix(".").unwrap_or(&options.folder);
    let place = Place::look(folder)?;
    let layer = layer(options, &place)?;
    refuse_second(&folder.join("terrane.toml"))?;
    let parts = match (&place.package, options.vendor) {
        (Some(package), true) => parts::of_vendor(package, &layer),
        (Some(package), false) if package.has_sea_orm => parts::of_app(package, &layer),
        (None, true) => {
            let message = format!(
                "there is no Cargo package in `{}`, and a vendor's layer is in one",
                options.folder.display()
            );
            return Err(Error::new(codes::BAD_CONFIG, message).help(
                "Run it in the folder of the package; without Rust, a layer is as any other: leave `--vendor` out.",
            ));
        }
        _ => parts::of_files(&layer),
    };
    for file in parts.files.iter().filter(|file| file.if_there == Where::Refused) {
        refuse_existing(&folder.join(&file.path))?;
    }
    write_all(folder, &parts)?;
    say(folder, &parts, &place, &layer);
    Ok(Exit::Done)
}

/// The name of the layer: what was said, or the package's, where it has one that a layer may have.
fn layer(options: &Init, place: &Place) -> Result<String> {
    if let Some(layer) = &options.layer {
        require_layer_name(layer)?;
        return Ok(layer.clone());
    }
    let of_package = place
        .package
        .as_ref()
        .filter(|package| package.has_sea_orm || options.vendor);
    let name = of_package.map(|package| package.krate.clone());
    Ok(name
        .filter(|name| require_layer_name(name).is_ok())
        .unwrap_or_else(|| USUAL_LAYER.to_owned()))
}

fn refuse_second(config: &Path) -> Result<()> {
    if !config.exists() {
        return Ok(());
    }
    let message = format!("there is a configuration already: `{}`", config.display());
    Err(Error::new(codes::CANNOT_WRITE, message).help("Edit it, or name another folder."))
}

fn refuse_existing(path: &Path) -> Result<()> {
    if !path.exists() {
        return Ok(());
    }
    let message = format!("`{}` is there already, and would be written", path.display());
    Err(Error::new(codes::CANNOT_WRITE, message).help("Move it away, or write the layer by hand; the guides show one."))
}

fn write_all(folder: &Path, parts: &Parts) -> Result<()> {
    for File { path, text, .. } in parts.files.iter().filter(|file| !folder.join(&file.path).exists()) {
        let path = folder.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|error| Error::file(codes::CANNOT_WRITE, "make", folder, error))?;
        }
        fs::write(&path, text).map_err(|error| Error::file(codes::CANNOT_WRITE, "write", &path, error))?;
    }
    for made in &parts.folders {
        let made = folder.join(made);
        fs::create_dir_all(&made).map_err(|error| Error::file(codes::CANNOT_WRITE, "make", &made, error))?;
    }
    Ok(())
}

fn say(folder: &Path, parts: &Parts, place: &Place, layer: &str) {
    let shown = |path: &str| folder.join(path).display().to_string();
    let written: Vec<String> = parts.told.iter().map(|path| shown(path)).collect();
    render::line(format!("wrote {}", written.join(" and ")));
    for (at, lines) in &parts.to_add {
        render::line(format!("add to {}:", shown(at)));
        lines.iter().for_each(|line| render::line(format!("  {line}")));
    }
    let config = shown("terrane.toml");
    let next = parts.next.replace("{models}", &shown(&format!("{layer}/models.sql")));
    let how = if parts.knows_models { " --autogenerate" } else { "" };
    render::line(format!(
        "next: {next}, then\n  terrane -c {config} revision{how} --layer {layer} -m \"first tables\""
    ));
    for hint in place.hints(&config, layer) {
        render::line(hint);
    }
}
