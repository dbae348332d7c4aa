//! `explain`: what a diagnostic code means.

use crate::args::Explain;
use crate::exit::Exit;
use crate::render;
use terrane::core::diagnostic::codes::ALL;

pub(super) fn run(options: &Explain) -> Exit {
    let Some(wanted) = &options.code else {
        ALL.iter().for_each(|code| render::line(code.to_string()));
        return Exit::Done;
    };
    let is_it = |id: &str, name: &str| wanted.eq_ignore_ascii_case(id) || wanted.eq_ignore_ascii_case(name);
    match ALL.iter().find(|code| is_it(code.id, code.name)) {
        Some(code) => {
            render::line(format!("{code}\n\n{}", code.explain));
            Exit::Done
        }
        None => {
            render::failure(&format!("there is no code `{wanted}`; `terrane explain` lists all"));
            Exit::Usage
        }
    }
}
