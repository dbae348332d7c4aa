//! What is said of a difference, word for word.

use crate::generate::FLAVOR;
use insta::assert_snapshot;
use terrane_core::ddl::{parse_statement, print};
use terrane_core::diff::{Dependencies, Options, Renames, diff};
use terrane_core::op::Op;
use terrane_core::schema::Schema;
use terrane_core::sql::split;

fn schema(script: &str) -> Schema {
    let mut schema = Schema::new();
    for statement in split(script, &FLAVOR.lexing).unwrap() {
        for op in parse_statement(script, &statement, &FLAVOR).unwrap().ops {
            op.apply(&mut schema).unwrap();
        }
    }
    schema
}

/// Each op in words, and under it as SQL.
fn told(before: &str, after: &str) -> String {
    let options = Options {
        column_order: true,
        dangling_foreign_keys: false,
        open_names: false,
        dependencies: Dependencies::Loose,
    };
    let ops = diff(&schema(before), &schema(after), &Renames::default(), &options).ops;
    ops.iter().map(tell).collect()
}

fn tell(op: &Op) -> String {
    let sql: String = print(op).iter().map(|statement| format!("{statement};\n")).collect();
    format!("{}\n{sql}", op.describe())
}

#[test]
fn a_table_with_all_that_hangs_on_it() {
    assert_snapshot!(told("", "
        create table Customers (id integer primary key, name varchar(20) not null default 'it''s');
        create table orders (
            id integer generated always as identity primary key,
            customer int not null references Customers on delete cascade deferrable initially deferred,
            total numeric(10, 2) default (1 + 2) check (total >= 0 -- never less
            ),
            twice numeric generated always as (total * 2) stored,
            constraint one_each unique (customer, id)
        ) strict;
        create unique index by_name on Customers (lower(name), id desc) where name <> '';
        create view Big as select * from orders where total > 100;
        create trigger note after insert on orders begin update Customers set name = 'x;'; end;
        comment on table orders is 'what''s sold'
    "), @r#"
    create table `Customers`
    CREATE TABLE "Customers" (
        id integer,
        name varchar(20) NOT NULL DEFAULT 'it''s',
        PRIMARY KEY (id)
    );
    create table `orders`
    CREATE TABLE orders (
        id integer GENERATED ALWAYS AS IDENTITY,
        customer int NOT NULL,
        total numeric(10, 2) DEFAULT (1 + 2),
        twice numeric GENERATED ALWAYS AS (total * 2) STORED,
        PRIMARY KEY (id),
        FOREIGN KEY (customer) REFERENCES "Customers" ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
        CHECK (total >= 0),
        CONSTRAINT one_each UNIQUE (customer, id)
    ) STRICT;
    COMMENT ON TABLE orders IS 'what''s sold';
    create index `by_name` on `Customers`
    CREATE UNIQUE INDEX by_name ON "Customers" (lower(name), id DESC) WHERE name <> '';
    create view `Big`
    CREATE VIEW "Big" AS select * from orders where total > 100;
    create trigger `note` on `orders`
    CREATE TRIGGER note after insert on orders begin update Customers set name = 'x;'; end;
    "#);
}

#[test]
fn what_changes_about_a_table() {
    assert_snapshot!(told("
        create table t (a int, b text default 'x', c text, constraint p check (a > 0), unique (b));
        create index i on t (a);
        create index j on t (b)
    ", "
        create table t (d bigint not null, b varchar(9) collate nocase not null, a int,
            constraint q check (a > 0), primary key (d));
        create index k on t (a);
        create index j on t (b desc)
    "), @r#"
    rename index `i` to `k`
    ALTER INDEX i RENAME TO k;
    drop index `j`
    DROP INDEX j;
    rename constraint `p` of `t` to `q`
    ALTER TABLE t RENAME CONSTRAINT p TO q;
    drop unique constraint of `t`
    ALTER TABLE t DROP UNIQUE (b);
    add column `d` to `t`
    ALTER TABLE t ADD COLUMN d bigint NOT NULL;
    change type of `t.b` to `varchar(9) collate nocase`
    ALTER TABLE t ALTER COLUMN b TYPE varchar(9) COLLATE nocase;
    drop default of `t.b`
    ALTER TABLE t ALTER COLUMN b DROP DEFAULT;
    set not null on `t.b`
    ALTER TABLE t ALTER COLUMN b SET NOT NULL;
    drop column `c` of `t`
    ALTER TABLE t DROP COLUMN c;
    reorder the columns of `t`
    ALTER TABLE t ORDER COLUMNS (d, b, a);
    add primary key to `t`
    ALTER TABLE t ADD PRIMARY KEY (d);
    create index `j` on `t`
    CREATE INDEX j ON t (b DESC);
    "#);
}

#[test]
fn tables_that_refer_to_one_another() {
    assert_snapshot!(told("", "
        create table a (id int primary key, b int constraint a_b references b (id));
        create table b (id int primary key, a int constraint b_a references a (id))
    "), @r#"
    create table `b`
    CREATE TABLE b (
        id int,
        a int,
        PRIMARY KEY (id)
    );
    create table `a`
    CREATE TABLE a (
        id int,
        b int,
        PRIMARY KEY (id),
        CONSTRAINT a_b FOREIGN KEY (b) REFERENCES b (id)
    );
    add foreign key `b_a` to `b`
    ALTER TABLE b ADD CONSTRAINT b_a FOREIGN KEY (a) REFERENCES a (id);
    "#);
}

#[test]
fn what_has_no_form_in_standard_sql() {
    assert_snapshot!(told("
        create table t (a int, b int, check (a > 0)); create type mood as enum ('sad')
    ", "
        create table t (b int, a int) strict; create type mood as enum ('sad', 'it''s')
    "), @r#"
    alter the values of type `mood`
    ALTER TYPE mood AS ENUM ('sad', 'it''s');
    drop check of `t`
    ALTER TABLE t DROP CHECK (a > 0);
    reorder the columns of `t`
    ALTER TABLE t ORDER COLUMNS (b, a);
    set `strict` of table `t`
    ALTER TABLE t SET (strict);
    "#);
}
