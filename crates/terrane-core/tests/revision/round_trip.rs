//! L4: `parse(print(revision)) == revision`.

use proptest::prelude::*;
use terrane_core::graph::RevisionId;
use terrane_core::revision::{
    Action, Revision, Section, Step, Target, Timestamp, Waiver, Way, checksum, message, parse, parse_header, print,
};
use terrane_core::text::{SourceFile, Span};

fn id() -> impl Strategy<Value = RevisionId> {
    "[0-9a-f]{4,12}".prop_map(|text| RevisionId::parse(&text).unwrap())
}

fn words() -> impl Strategy<Value = String> {
    "[A-Za-z0-9é:'(), -]{1,30}"
}

fn statement() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("CREATE TABLE t (\n    a text DEFAULT ';',\n    \"b;c\" integer -- why; not\n)".to_owned()),
        Just("CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE a SET x = 1; DELETE FROM b; END".to_owned()),
        Just("INSERT INTO t VALUES ('-- upgrade', '/*')".to_owned()),
        Just("UPDATE t SET a = 'it''s'".to_owned()),
        "[a-z]{1,8} [a-z]{1,8}",
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let action = prop_oneof![
        4 => statement().prop_map(Action::Sql),
        1 => "[a-z_]{1,12}".prop_map(Action::Call),
    ];
    let comment = "[A-Z][a-z ,.]{0,20}[a-z.]".prop_map(|text| format!("Why: {text}"));
    (proptest::collection::vec(comment, 0..3), action).prop_map(|(comments, action)| Step {
        comments,
        action,
        span: Span::default(),
    })
}

fn sections() -> impl Strategy<Value = Vec<Section>> {
    let steps = || proptest::collection::vec(step(), 0..5);
    let own = proptest::option::of((steps(), prop_oneof![Just("sqlite"), Just("postgresql")]));
    (steps(), steps(), own).prop_map(|(up, down, own)| {
        let mut sections = vec![
            Section {
                way: Way::Upgrade,
                dialect: None,
                steps: up,
            },
            Section {
                way: Way::Downgrade,
                dialect: None,
                steps: down,
            },
        ];
        if let Some((steps, dialect)) = own {
            sections.push(Section {
                way: Way::Upgrade,
                dialect: Some(dialect.to_owned()),
                steps,
            });
        }
        sections
    })
}

prop_compose! {
    fn revision()(
        id in id(),
        text in proptest::collection::vec(prop_oneof![4 => words(), 1 => Just(String::new())], 1..5),
        down_revisions in proptest::collection::vec(id(), 0..3),
        depends_on in proptest::collection::vec("[a-z0-9]{1,12}", 0..3),
        branch_labels in proptest::collection::vec("[a-z]{1,12}", 0..2),
        created in proptest::option::of(-2_000_000_000i64..8_000_000_000),
        dialect in prop_oneof![
            Just(Target::Unsaid), Just(Target::Any), Just(Target::Named("sqlite".to_owned())),
            Just(Target::Named("postgresql".to_owned())), Just(Target::Named("mariadb".to_owned()))
        ],
        transactional in any::<bool>(),
        touches in proptest::collection::vec(("[a-z_]{1,12}", "[a-z][a-z ]{0,20}[a-z]"), 0..3),
        mut sections in sections(),
    ) -> Revision {
        // A trigger of SQLite's is several statements to PostgreSQL.
        for section in &mut sections {
            let named = match (&section.dialect, &dialect) {
                (None, Target::Named(name)) | (Some(name), _) => name.as_str(),
                _ => "",
            };
            let cuts = named == "postgresql";
            section.steps.retain(|step| !cuts || !step.action.sql().starts_with("CREATE TRIGGER"));
        }
        Revision {
            id,
            message: message(&text.join("\n")),
            down_revisions,
            depends_on,
            branch_labels,
            created: created.map(Timestamp),
            dialect,
            transactional,
            touches: touches.into_iter().map(|(object, reason)| Waiver { object, reason }).collect(),
            sections,
        }
    }
}

fn read(text: &str) -> Revision {
    let parsed = parse(&SourceFile::new("r.sql", text), None);
    assert_eq!(parsed.diagnostics, [], "{text}");
    parsed.value.unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_printed_revision_reads_as_itself(revision in revision()) {
        prop_assert_eq!(read(&print(&revision)), revision);
    }

    #[test]
    fn the_header_alone_says_the_same(revision in revision()) {
        let parsed = parse_header(&SourceFile::new("r.sql", print(&revision)));
        prop_assert_eq!(parsed.value, Some(Revision { sections: Vec::new(), ..revision }));
    }

    #[test]
    fn comments_and_spacing_do_not_change_the_checksum(revision in revision()) {
        let edited = print(&revision).replace(",\n", " ,\n\n").replace("\n-- downgrade", "\n\n\n-- downgrade");
        for (before, after) in revision.sections.iter().zip(&read(&edited).sections) {
            prop_assert_eq!(checksum(before), checksum(after));
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "(-- (upgrade|downgrade|call|Revision ID: a)?\n|[a-z;'\"\n-]|\\PC){0,60}") {
        let _ = parse(&SourceFile::new("r.sql", text), None);
    }
}

#[test]
fn a_statement_that_changes_changes_the_checksum() {
    let section = |sql: &str| Section {
        way: Way::Upgrade,
        dialect: None,
        steps: vec![Step {
            comments: Vec::new(),
            action: Action::Sql(sql.to_owned()),
            span: Span::default(),
        }],
    };
    assert_eq!(checksum(&section("a  -- b\n 'c'")), checksum(&section("a 'c'")));
    assert_ne!(checksum(&section("a 'c'")), checksum(&section("a 'C'")));
}

#[test]
fn a_date_is_read_with_its_offset_and_written_in_utc() {
    let file = |date: &str| format!("-- m\n--\n-- Revision ID: a1\n-- Create Date: {date}\n");
    for (written, seconds) in [
        ("2026-11-22 21:30:00+00:00", 1_795_383_000),
        ("2026-11-22T22:30:00.123456+01:00", 1_795_383_000),
        ("2026-11-22 21:30:00", 1_795_383_000),
        ("1969-12-31 23:59:59Z", -1),
    ] {
        let created = read(&file(written)).created.unwrap();
        assert_eq!(created, Timestamp(seconds), "{written}");
        assert_eq!(read(&file(&created.to_string())).created, Some(created));
    }
}
