use crate::args::Init;
use crate::exit::Exit;
use crate::render;
use std::fs;
use std::path::Path;
use terrane::core::diagnostic::codes;
use terrane::{Error, Result, require_layer_name};

pub(super) fn run(options: &Init) -> Result<Exit> {
    let layer = &options.layer;
    require_layer_name(layer)?;
    let config = options.folder.join("terrane.toml");
    if config.exists() {
        return Err(Error::new(
            codes::CANNOT_WRITE,
            format!("there is a configuration already: `{}`", config.display()),
        )
        .help("Edit it, or name another folder."));
    }
    let versions = options.folder.join(layer).join("versions");
    fs::create_dir_all(&versions).map_err(|error| Error::file(codes::CANNOT_WRITE, "make", &versions, error))?;
    write(
        &config,
        &format!(
            "# Every path is seen from this folder.\nurl = \"sqlite:{layer}.db\"\n\n[[layer]]\nname = \"{layer}\"\n\
             versions = \"{layer}/versions\"\nmodels = \"{layer}/models.sql\"\nrequires = []\n"
        ),
    )?;
    let models = options.folder.join(layer).join("models.sql");
    if !models.exists() {
        write(&models, "-- What the database should hold: CREATE statements.\n")?;
    }
    render::line(format!("wrote {} and {}", config.display(), models.display()));
    render::line(format!(
        "next: declare tables in {}, then\n  terrane -c {} revision --autogenerate --layer {layer} -m \"first tables\"",
        models.display(),
        config.display()
    ));
    Ok(Exit::Done)
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).map_err(|error| Error::file(codes::CANNOT_WRITE, "write", path, error))
}
