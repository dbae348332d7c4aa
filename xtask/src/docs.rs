//! `cargo xtask docs`: writes the generated pages of docs/reference.

use std::fs;

use crate::process::root;
use crate::{Outcome, tidy};

pub(crate) fn run() -> Outcome {
    let codes = tidy::code_table(&tidy::read()?)?;
    let page = tidy::codes_page(&codes)?;
    let path = root().join(tidy::CODES_PAGE);
    let folder = path.parent().unwrap_or(&path);
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(&path, page))
        .map_err(|error| format!("{} could not be written: {error}", tidy::CODES_PAGE))?;
    println!("wrote {} ({} codes)", tidy::CODES_PAGE, codes.len());
    Ok(())
}
