//! `docs/reference/codes.md` is what the table of codes says.

use std::fmt::Write as _;

use super::{CODES, Code, Report, Tree, code_table};

/// The generated page.
pub(crate) const PAGE: &str = "docs/reference/codes.md";

const HEAD: &str = "\
# Diagnostic codes

<!-- Generated from the table of codes by `cargo xtask docs`; edit that table. -->

Every message about something you wrote, or asked for, carries one of these codes. `terrane explain CODE` prints its entry.
A number is never used for another thing.
";

/// The letters of the families, in the order of the page.
const FAMILIES: &[(char, &str)] = &[
    ('C', "Configuration"),
    ('M', "Models"),
    ('S', "Revision files"),
    ('G', "The graph of revisions"),
    ('D', "Autogenerate"),
    ('P', "Plans and dialects"),
    ('O', "Ownership"),
    ('X', "Execution"),
    ('L', "Lint"),
];

pub(super) fn check(tree: &Tree, report: &mut Report) {
    // A table that cannot be read is refused by the check of the codes.
    let Ok(codes) = code_table(tree) else { return };
    match page(&codes) {
        Ok(page) if tree.file(PAGE).is_some_and(|file| file.text == page) => {}
        Ok(_) => report.refuse(format!("{PAGE} is out of date: run `cargo xtask docs`")),
        Err(why) => report.refuse(why),
    }
}

/// The page that the table makes.
pub(crate) fn page(codes: &[Code]) -> Result<String, String> {
    let mut page = HEAD.to_owned();
    for &(letter, family) in FAMILIES {
        let mut members: Vec<&Code> = codes.iter().filter(|code| code.id.starts_with(letter)).collect();
        members.sort_by(|a, b| a.id.cmp(&b.id));
        if members.is_empty() {
            continue;
        }
        let _ = write!(
            page,
            "\n## {letter}: {family}\n\n| code | name | what it means |\n|---|---|---|\n"
        );
        for code in members {
            let explain = code.explain.replace('|', "\\|").replace('\n', "<br>");
            let _ = writeln!(page, "| {} | `{}` | {explain} |", code.id, code.name);
        }
    }
    let stray = codes
        .iter()
        .find(|code| !FAMILIES.iter().any(|(letter, _)| code.id.starts_with(*letter)));
    match stray {
        Some(code) => Err(format!("{CODES}: `{}` belongs to no family", code.id)),
        None => Ok(page),
    }
}

#[cfg(test)]
mod tests {
    use super::super::refusals;
    use super::*;

    const TABLE: (&str, &str) = (
        CODES,
        "\ncodes! {\n B \"G002\" \"b\" \"This | that.\";\n A \"G001\" \"a\" \"One.\";\n}\n",
    );

    #[test]
    fn the_page_is_sorted_and_escaped() {
        let page = page(&code_table(&Tree::of(&[TABLE])).unwrap()).unwrap();
        assert!(
            page.ends_with("| G001 | `a` | One. |\n| G002 | `b` | This \\| that. |\n"),
            "{page}"
        );
    }

    #[test]
    fn a_page_out_of_date_is_refused() {
        let fresh = page(&code_table(&Tree::of(&[TABLE])).unwrap()).unwrap();
        assert!(refusals(check, &[TABLE, (PAGE, &fresh)]).is_empty());
        assert_eq!(
            refusals(check, &[TABLE, (PAGE, "# Old")]),
            ["docs/reference/codes.md is out of date: run `cargo xtask docs`"]
        );
        assert_eq!(refusals(check, &[TABLE]).len(), 1);
    }

    #[test]
    fn a_code_without_a_family_is_refused() {
        let table = (CODES, "\ncodes! {\n Z \"Z001\" \"z\" \"?\";\n}\n");
        assert!(refusals(check, &[table])[0].ends_with("`Z001` belongs to no family"));
    }
}
