//! What a user is told of each mistake, in words.

use insta::assert_snapshot;
use std::fmt::Write;
use terrane::core::diagnostic::{Diagnostic, Severity};
use terrane::core::name::LayerName;
use terrane::model::Revisions;
use terrane::{Answer, Candidate, Config, Destination, Layer, NewRevision, Project, Silent};
use terrane_sea_orm::{Module, models};

/// The vendor's table, and the app's many mistakes.
#[expect(unreachable_pub, reason = "SeaORM wants its models public")]
#[allow(dead_code, reason = "nobody queries here; whether that is seen depends on what SeaORM derives")]
#[rustfmt::skip]
mod model {
    macro_rules! entity {
        ($table:literal { $($field:tt)* } $($declaration:tt)*) => {
            use sea_orm::entity::prelude::*;

            #[sea_orm::model]
            #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
            #[sea_orm(table_name = $table)]
            pub struct Model { $($field)* }

            impl ActiveModelBehavior for ActiveModel {}

            $($declaration)*
        };
    }

    pub(super) mod vendor {
        pub(crate) mod customer {
            entity!("customer" {
                #[sea_orm(primary_key, auto_increment = false)] pub uuid: String,
                pub name: String,
            } terrane_sea_orm::table!(Entity););
        }
    }

    pub(super) mod undeclared {
        mod widget {
            use sea_orm::entity::prelude::*;

            #[sea_orm::model]
            #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
            #[sea_orm(table_name = "poser_widget")]
            pub struct Model {
                #[sea_orm(primary_key)]
                pub id: i32,
            }

            impl ActiveModelBehavior for ActiveModel {}
        }
    }

    pub(super) mod empty {}

    pub(super) mod vendors_table {
        mod customer {
            entity!("customer" {
                #[sea_orm(primary_key, auto_increment = false)] pub uuid: String,
                pub name: String,
                pub points: i32,
            } terrane_sea_orm::table!(Entity););
        }
    }

    pub(super) mod reference {
        mod visit {
            entity!("poser_visit" {
                #[sea_orm(primary_key)] pub id: i32,
                pub customer_uuid: String,
                #[sea_orm(belongs_to, from = "customer_uuid", to = "uuid")]
                pub customer: BelongsTo<super::super::vendor::customer::Entity>,
            } terrane_sea_orm::table!(Entity););
        }
    }

    pub(super) mod extension {
        mod customer {
            entity!("poser_customer" {
                #[sea_orm(primary_key)] pub id: i32,
                pub customer_uuid: String,
                #[sea_orm(belongs_to, from = "customer_uuid", to = "uuid")]
                pub customer: BelongsTo<super::super::vendor::customer::Entity>,
            } terrane_sea_orm::table!(Entity, |table| table
                .extends::<super::super::vendor::customer::Entity>()););
        }
    }

    pub(super) mod renamed {
        mod widget {
            entity!("poser_widget" {
                #[sea_orm(primary_key, auto_increment = false)] pub id: i32,
                pub title: String,
            } terrane_sea_orm::table!(Entity););
        }
    }

    pub(super) mod twice {
        mod one {
            entity!("poser_widget" { #[sea_orm(primary_key)] pub id: i32, } terrane_sea_orm::table!(Entity););
        }
        mod two {
            entity!("poser_widget" { #[sea_orm(primary_key)] pub id: i64, } terrane_sea_orm::table!(Entity););
        }
    }

    pub(super) mod interval {
        mod shift {
            entity!("poser_shift" {
                #[sea_orm(primary_key)] pub id: i32,
                #[sea_orm(column_type = "Interval(None, None)")] pub length: String,
            } terrane_sea_orm::table!(Entity););
        }
    }

    pub(super) mod sql {
        mod widget {
            entity!("poser_widget" {
                #[sea_orm(primary_key)] pub id: i32,
            } terrane_sea_orm::table!(Entity, |table| table
                .check("ck", "id >> ")
                .index(terrane_sea_orm::Index::new("ix").key("no_such_column(id"))););
        }
    }

    pub(super) mod refused {
        mod widget {
            entity!("poser_widget" {
                #[sea_orm(primary_key)] pub id: i32,
            } terrane_sea_orm::table!(Entity, |table| table.check("ck", "no_such_column > 0")););
        }
    }

    pub(super) mod names {
        mod widget {
            entity!("poser_widget" {
                #[sea_orm(primary_key)] pub id: i32,
            } terrane_sea_orm::table!(Entity, |table| table
                .foreign_key_name([Column::Id], "fk")
                .index_renamed("ix_a", "ix_b")););
        }
    }
}

const VENDOR: Revisions = Revisions {
    folder: "/nowhere/vendor",
    files: &[(
        "a1.sql",
        "-- customers\n--\n-- Revision ID: a1\n-- Branch Labels: vendor\n-- Dialect: any\n\n-- upgrade\n\
         CREATE TABLE customer (uuid varchar NOT NULL PRIMARY KEY, name varchar NOT NULL);\n\n-- downgrade\n\
         DROP TABLE customer;\n",
    )],
};

const APP: Revisions = Revisions {
    folder: "/nowhere/poser",
    files: &[(
        "b1.sql",
        "-- widgets\n--\n-- Revision ID: b1\n-- Branch Labels: poser\n-- Dialect: any\n\n-- upgrade\n\
         CREATE TABLE poser_widget (id integer NOT NULL PRIMARY KEY, name varchar NOT NULL);\n\n-- downgrade\n\
         DROP TABLE poser_widget;\n",
    )],
};

/// What is said when the models in that module are compared with a database in which everything is applied.
async fn said(models: Module, requires: &[&str]) -> String {
    let (_folder, project) = applied(models, requires).await;
    let history = project.history().unwrap();
    match project.compare(&history, &LayerName::new("poser")).await {
        Ok(comparison) => {
            let ops = comparison.delta.ops.iter().map(|op| format!("{}\n", op.describe()));
            let asked: Vec<_> = comparison
                .questions
                .iter()
                .map(|asked| asked.diagnostic.clone())
                .collect();
            tell(&asked) + &tell(&comparison.warnings) + &ops.collect::<String>()
        }
        Err(error) => tell(&error.diagnostics),
    }
}

/// A project with these models of the app, on a database in which everything is applied.
async fn applied(models: Module, requires: &[&str]) -> (tempfile::TempDir, Project) {
    let folder = tempfile::tempdir().unwrap();
    let vendor = Layer::new("vendor")
        .models(models!(crate::mistakes::model::vendor))
        .revisions(VENDOR);
    let app = Layer::new("poser").models(models).revisions(APP);
    let app = requires.iter().fold(app, |app, other| app.requires(*other));
    let mut config = Config::compiled(&[vendor, app]).unwrap();
    config.url = Some(format!("sqlite:{}", folder.path().join("app.db").display()).into());
    let project = Project::new(config);
    project
        .migrate(Destination::Upgrade("heads"), &mut Silent)
        .await
        .unwrap();
    (folder, project)
}

/// Diagnostics as plain text, without columns and drawings.
fn tell(diagnostics: &[Diagnostic]) -> String {
    let mut told = String::new();
    for diagnostic in diagnostics {
        let word = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let _ = writeln!(told, "{word}[{}]: {}", diagnostic.code, diagnostic.message);
        for label in &diagnostic.labels {
            let text = label.source.slice(label.span);
            let _ = writeln!(told, "  at {}: {text}  {}", label.source.name(), label.text);
        }
        for help in &diagnostic.help {
            let _ = writeln!(told, "  help: {help}");
        }
    }
    told.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

#[tokio::test]
async fn an_entity_that_is_not_declared() {
    assert_snapshot!(said(models!(crate::mistakes::model::undeclared), &["vendor"]).await, @r"
    error[M006 undeclared-entity]: `it::mistakes::model::undeclared::widget` is an entity that Terrane was not told of
      help: Write `terrane_sea_orm::table!(Entity);` beside it, so that its table is known, with all that an entity cannot say.
    ");
}

#[tokio::test]
async fn a_crate_that_is_not_linked_is_asked_about_as_an_emptied_file_is() {
    assert_snapshot!(said(models!(crate::mistakes::model::empty), &["vendor"]).await, @r"
    warning[D009 models-lost]: the models of layer `poser` declare nothing any more: is everything that it has to be dropped?
      help: It would drop `poser_widget` with all rows.
      help: If they are not to go, look whether a file of the models was emptied, or a module is not compiled.
      help: If they are, say `--answer 'drop:*'`.
    warning[M005 nothing-declared]: layer `poser` has no models: no table is declared in `it::mistakes::model::empty`
      help: Declare each table beside its entity: `terrane_sea_orm::table!(Entity);`, or `#[derive(Table)]`.
      help: A crate that the program never mentions is not linked: let it call the crate's `layer()`.
    drop table `poser_widget`
    ");
}

#[tokio::test]
async fn a_module_that_is_meant_to_be_empty_is_answered_for() {
    let (_folder, project) = applied(models!(crate::mistakes::model::empty), &["vendor"]).await;
    let history = project.history().unwrap();
    let mut new = NewRevision {
        layer: Some("poser".to_owned()),
        ..NewRevision::default()
    };
    let (open, text) = project.candidate_text(&history, &new).await.unwrap();
    assert_eq!((open.questions.len(), text.as_str()), (1, ""));
    let written = project.autogenerate(&history, &new).await.unwrap();
    assert!(matches!(written, Candidate::Open(_)), "{written:?}");
    new.answers = vec![Answer::DropAll];
    let (answered, text) = project.candidate_text(&history, &new).await.unwrap();
    assert_eq!(answered.questions, []);
    assert!(text.contains("DROP TABLE poser_widget;"), "{text}");
    assert!(!text.contains("customer"), "{text}");
}

#[tokio::test]
async fn a_module_that_declares_nothing_of_a_layer_that_has_nothing_is_told() {
    let app = Layer::new("poser").models(models!(crate::mistakes::model::empty));
    let mut config = Config::compiled(&[app]).unwrap();
    config.url = Some("sqlite::memory:".to_owned().into());
    let project = Project::new(config);
    let comparison = project
        .compare(&project.history().unwrap(), &LayerName::new("poser"))
        .await;
    let comparison = comparison.unwrap();
    assert!(comparison.delta.is_empty() && comparison.questions.is_empty());
    assert_snapshot!(tell(&comparison.warnings), @r"
    warning[M005 nothing-declared]: layer `poser` has no models: no table is declared in `it::mistakes::model::empty`
      help: Declare each table beside its entity: `terrane_sea_orm::table!(Entity);`, or `#[derive(Table)]`.
      help: A crate that the program never mentions is not linked: let it call the crate's `layer()`.
    ");
}

#[tokio::test]
async fn a_vendors_table_redeclared() {
    assert_snapshot!(said(models!(crate::mistakes::model::vendors_table), &["vendor"]).await, @r"
    error[O002 foreign-model]: table `customer` belongs to layer `vendor`, not to `poser`
      at crates/terrane-sea-orm/tests/it/mistakes.rs: } terrane_sea_orm::table!(Entity););  create table `customer`
      help: Keep what you need in a table of your own, `poser_customer`, whose primary key is also its foreign key to `customer`.
    ");
}

#[tokio::test]
async fn a_foreign_key_to_a_layer_that_is_not_required() {
    assert_snapshot!(said(models!(crate::mistakes::model::reference), &[]).await, @r"
    error[O003 foreign-reference]: `customer` belongs to layer `vendor`, which layer `poser` does not require
      at crates/terrane-sea-orm/tests/it/mistakes.rs: } terrane_sea_orm::table!(Entity););  create table `poser_visit`
      help: Add `vendor` to `requires` of layer `poser`.
    ");
}

#[tokio::test]
async fn an_extension_table_whose_key_is_not_the_foreign_key() {
    assert_snapshot!(said(models!(crate::mistakes::model::extension), &["vendor"]).await, @r"
    error[M002 bad-model]: `poser_customer` is to extend `customer`, and its primary key is not its foreign key to `customer`
      at crates/terrane-sea-orm/tests/it/mistakes.rs: } terrane_sea_orm::table!(Entity, |table| table
      help: Let the columns of the primary key, and no others, refer to the primary key of `customer`.
    ");
}

#[tokio::test]
async fn a_rename_that_is_not_declared() {
    assert_snapshot!(said(models!(crate::mistakes::model::renamed), &["vendor"]).await, @r#"
    warning[D001 rename-or-replace]: was column `name` of `poser_widget` renamed to `title`, or is one dropped and another added?
      at crates/terrane-sea-orm/tests/it/mistakes.rs: pub title: String,
      help: If it was renamed, write `#[sea_orm(renamed_from = "name")]` beside it in the models, or say `--answer rename:poser_widget.name=title`: `ALTER TABLE poser_widget RENAME COLUMN name TO title` keeps the values.
      help: If it was not, say `--answer drop:poser_widget.name`: the old one is dropped with its values.
    add column `title` to `poser_widget`
    drop column `name` of `poser_widget`
    "#);
}

#[tokio::test]
async fn a_table_declared_twice() {
    assert_snapshot!(said(models!(crate::mistakes::model::twice), &["vendor"]).await, @r#"
    error[M004 declared-twice]: there is a table `poser_widget` already
      at crates/terrane-sea-orm/tests/it/mistakes.rs: entity!("poser_widget" { #[sea_orm(primary_key)] pub id: i64, } terrane_sea_orm::table!(Entity););
      at crates/terrane-sea-orm/tests/it/mistakes.rs: entity!("poser_widget" { #[sea_orm(primary_key)] pub id: i32, } terrane_sea_orm::table!(Entity););  declared here first
    "#);
}

#[tokio::test]
async fn a_type_that_the_server_does_not_have() {
    assert_snapshot!(said(models!(crate::mistakes::model::interval), &["vendor"]).await, @r#"
    error[P002 unsupported]: `sqlite` cannot hold column `length` of `poser_shift`: it has no type `interval`
      at crates/terrane-sea-orm/tests/it/mistakes.rs: #[sea_orm(column_type = "Interval(None, None)")] pub length: String,
      help: Give the column a type that this server has, or use a server that has this one.
    "#);
}

#[tokio::test]
async fn sql_that_cannot_be_read() {
    assert_snapshot!(said(models!(crate::mistakes::model::sql), &["vendor"]).await, @r"
    error[M002 bad-model]: expected `)`
      at crates/terrane-sea-orm/tests/it/mistakes.rs: } terrane_sea_orm::table!(Entity, |table| table  declared here
      help: It was read as: CREATE INDEX ix ON poser_widget (no_such_column(id)
    ");
}

#[tokio::test]
async fn sql_that_the_server_refuses() {
    assert_snapshot!(said(models!(crate::mistakes::model::refused), &["vendor"]).await, @r#"
    error[M002 bad-model]: no such column: no_such_column
      at crates/terrane-sea-orm/tests/it/mistakes.rs: } terrane_sea_orm::table!(Entity, |table| table.check("ck", "no_such_column > 0")););
    "#);
}

#[tokio::test]
async fn names_of_things_that_are_not_there() {
    assert_snapshot!(said(models!(crate::mistakes::model::names), &["vendor"]).await, @r"
    error[M002 bad-model]: `poser_widget` has no foreign key of `id`
      at crates/terrane-sea-orm/tests/it/mistakes.rs: } terrane_sea_orm::table!(Entity, |table| table
      help: Say it as a relation of the entity, or by `.foreign_key(…)`.
    error[M002 bad-model]: `poser_widget` has no index `ix_a`
      at crates/terrane-sea-orm/tests/it/mistakes.rs: } terrane_sea_orm::table!(Entity, |table| table
      help: Take the line out.
    ");
}
