//! What is said of a file that is written otherwise.

use insta::assert_snapshot;
use terrane_core::revision::parse;
use terrane_core::text::SourceFile;

/// Every diagnostic of a file: place, code, message, help.
fn faults(text: &str) -> String {
    let source = SourceFile::new("r.sql", text);
    let lines = parse(&source, None).diagnostics.into_iter().map(|diagnostic| {
        let place = diagnostic
            .labels
            .first()
            .map(|label| source.position(label.span.start).to_string());
        let help = diagnostic.help.join(" ");
        format!(
            "{} {}: {} | {help}",
            place.unwrap_or_default(),
            diagnostic.code,
            diagnostic.message
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_misspelt_key_is_no_comment() {
    assert_snapshot!(
        faults("-- m\n--\n-- Revision ID: a1\n-- Revise: b2\n-- Depend On: c3\n-- Something: x\n\n-- upgrade\n-- downgrade\n"),
        @r#"
        4:1 S003 unknown-header-key: `Revise` is no key of the header | Write `Revises:`.
        5:1 S003 unknown-header-key: `Depend On` is no key of the header | Write `Depends On:`.
        6:1 S003 unknown-header-key: `Something` is no key of the header | Use one of `Revision ID`, `Revises`, `Branch Labels`, `Depends On`, `Create Date`, `Dialect`, `Transaction`, `Touches`.
        "#
    );
}

#[test]
fn a_file_without_an_id_is_no_revision() {
    assert_snapshot!(faults("-- only a message\n\n-- upgrade\nselect 1;\n"), @"1:1 S004 no-revision-id: the file has no `Revision ID` | Begin the file with `-- message`, `--`, `-- Revision ID: …`, or let `terrane revision` write it.");
}

#[test]
fn a_statement_belongs_to_a_section() {
    assert_snapshot!(faults("-- m\n--\n-- Revision ID: a1\n\nselect 1;\n-- upgrade\n"), @"5:1 S008 outside-section: this statement stands before the first section | Put `-- upgrade` on a line of its own above it.");
}

#[test]
fn a_section_within_a_statement_means_a_semicolon_is_missing() {
    assert_snapshot!(
        faults("-- m\n--\n-- Revision ID: a1\n\n-- upgrade\ncreate table t (a)\n-- downgrade\ndrop table t;\n"),
        @"7:1 S006 not-closed: a section begins in the middle of a statement | End the statement with `;`."
    );
}

#[test]
fn what_is_opened_is_closed() {
    assert_snapshot!(faults("-- m\n--\n-- Revision ID: a1\n\n-- upgrade\nselect 'abc;\n-- downgrade\n"), @"6:8 S006 not-closed: this string is not closed | ");
}

#[test]
fn all_faults_are_told_at_once() {
    assert_snapshot!(
        faults(
            "-- m\n--\n-- Revision ID: a1\n-- Revision ID: a2\n-- Create Date: yesterday\n-- Transaction: maybe\n\
             -- Touches: customer\n-- Revises: x@y\n\n-- upgrade\n-- call\n-- upgrade\n-- upgrade:\n"
        ),
        @r#"
        4:1 S002 bad-header: `Revision ID` stands in the header twice | Write it once; several values stand on one line, separated by commas.
        5:1 S009 bad-date: `yesterday` is not a valid date | Write it as `2026-11-22 21:30:00+00:00`.
        6:1 S002 bad-header: `Transaction: maybe` means nothing | Write `Transaction: none`, or leave the line out.
        7:1 S002 bad-header: `Touches` names an object and the reason | Write it as `Touches: customer: the vendor asked for this index`.
        8:1 G012 bad-revision-id: `@` is not allowed in the revision id `x@y` | Write an id of letters, digits and underscores, such as `8d1f0c2a7b34`.
        11:1 S005 unknown-directive: this directive is not complete | Write `-- upgrade`, `-- upgrade: sqlite`, `-- downgrade` or `-- call name`.
        12:1 S007 duplicate-section: the upgrade section stands here a second time | Join the two, or say for which server each is: `-- upgrade: sqlite`.
        13:1 S005 unknown-directive: this directive is not complete | Write `-- upgrade`, `-- upgrade: sqlite`, `-- downgrade` or `-- call name`.
        "#
    );
}
