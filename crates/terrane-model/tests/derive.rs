//! `#[derive(Table)]`: the SQL that a struct means.

#![allow(dead_code, reason = "the structs are declared, and hold nothing")]

use terrane_core::ddl::{Flavor, parse_statement};
use terrane_core::name::Folding;
use terrane_core::op::Op;
use terrane_core::sql::{Lexing, split};
use terrane_model::{Column, ColumnType, Constraint, Declaration, Door, Fk, Model, Table};

/// Types of other crates, which the derive knows by their names.
mod foreign {
    pub(crate) struct Uuid;
    pub(crate) struct NaiveDate;
    pub(crate) struct NaiveTime;
    pub(crate) struct NaiveDateTime;
    pub(crate) struct Utc;
    pub(crate) struct DateTime<Zone>(Zone);
    pub(crate) struct OffsetDateTime;
    pub(crate) struct PrimitiveDateTime;
    pub(crate) struct Decimal;
    pub(crate) struct Json<T>(T);
}

/// What a vendor's crate declares.
mod rattail {
    pub(crate) mod customer {
        #[derive(terrane_model::Table)]
        #[table(schema = "sales", comment = "Who buys; it's a person or a company")]
        pub(crate) struct Customer {
            #[column(primary_key, length = 32)]
            pub(crate) uuid: String,
            #[column(unique = "uq_customer_number")]
            pub(crate) number: i32,
        }
    }

    #[derive(terrane_model::Table)]
    #[table(name = "store_department", primary_key(name = "pk_sd", columns(store, number)))]
    pub(crate) struct Department {
        #[column(name = "store_id")]
        store: i32,
        number: i32,
    }
}
use rattail::customer::Customer;

#[track_caller]
fn is<T: Model>(expected: &[&str]) {
    let statements = T::table().statements();
    assert_eq!(statements, expected);
    let flavor = Flavor {
        lexing: Lexing::PORTABLE,
        folding: Folding::AsciiInsensitive,
        default_schema: None,
    };
    for text in &statements {
        let split = split(text, &flavor.lexing).unwrap();
        let parsed = parse_statement(text, &split[0], &flavor).unwrap_or_else(|error| panic!("{text}: {error:?}"));
        assert!(parsed.ops.iter().all(|op| !matches!(op, Op::Sql(_))), "{text}");
    }
}

fn declaration(module: &str, table: &str) -> &'static Declaration {
    let all = Declaration::all();
    let path = format!("{}{module}", module_path!());
    let mut found = all
        .into_iter()
        .filter(|other| other.module == path && (other.table)().name == table);
    found.next().unwrap()
}

#[derive(Table)]
struct EveryType {
    text: String,
    flag: bool,
    letter: char,
    tiny: i8,
    small: i16,
    int: i32,
    big: i64,
    tiny_unsigned: u8,
    small_unsigned: u16,
    int_unsigned: u32,
    big_unsigned: Option<u64>,
    single: f32,
    double: f64,
    bytes: Vec<u8>,
    texts: Option<Vec<String>>,
    uuid: foreign::Uuid,
    date: foreign::NaiveDate,
    time: foreign::NaiveTime,
    naive: foreign::NaiveDateTime,
    zoned: Option<foreign::DateTime<foreign::Utc>>,
    offset: foreign::OffsetDateTime,
    primitive: foreign::PrimitiveDateTime,
    price: foreign::Decimal,
    settings: foreign::Json<Vec<String>>,
}

#[test]
fn types_have_the_names_that_seaorm_s_defaults_lead_to() {
    is::<EveryType>(&["CREATE TABLE every_type (
    text varchar NOT NULL,
    flag boolean NOT NULL,
    letter char NOT NULL,
    tiny tinyint NOT NULL,
    small smallint NOT NULL,
    \"int\" integer NOT NULL,
    big bigint NOT NULL,
    tiny_unsigned tinyint unsigned NOT NULL,
    small_unsigned smallint unsigned NOT NULL,
    int_unsigned integer unsigned NOT NULL,
    big_unsigned bigint unsigned,
    single real NOT NULL,
    \"double\" double precision NOT NULL,
    bytes varbinary NOT NULL,
    texts varchar[],
    uuid uuid NOT NULL,
    date date NOT NULL,
    time time NOT NULL,
    naive datetime NOT NULL,
    zoned timestamp with time zone,
    \"offset\" timestamp with time zone NOT NULL,
    primitive datetime NOT NULL,
    price decimal NOT NULL,
    settings json NOT NULL
)"]);
}

/// This is for whoever reads the struct, and no comment of the table.
#[derive(Table)]
#[table(
    name = "order",
    comment = "What was bought",
    renamed_from = "purchase",
    primary_key(name = "pk_order"),
    unique(name = "uq_order_number", columns(store, r#type)),
    index(
        name = "ix_order_note",
        on("lower(note) DESC", store),
        unique,
        predicate = "note IS NOT NULL"
    ),
    index(on = [store, price], method = "btree", include = [weight]),
    check(name = "ck_order_price", sql = "price >= 0"),
    check(sql = "weight > 0"),
    constraint = "CONSTRAINT uq_raw UNIQUE (weight)"
)]
#[table(option = "STRICT", option = "WITHOUT ROWID")]
struct Purchase {
    /// Nor is this one of a column.
    #[column(primary_key, identity = "START WITH 1000", always)]
    id: i64,
    #[column(name = "store_id", index)]
    store: i32,
    #[column(
        length = 2,
        collation = "nocase",
        default = "'nn'",
        comment = "it's ISO's",
        renamed_from = "kind"
    )]
    r#type: String,
    #[column(precision = 10, scale = 2, check = "price < 1000000")]
    price: foreign::Decimal,
    #[column(precision = 8)]
    weight: foreign::Decimal,
    #[column(ty = "text", unique, index = "ix_note")]
    note: Option<String>,
    #[column(generated = "price * 2")]
    doubled: Option<i32>,
    #[column(generated = "price * 3", virtual, not_null)]
    tripled: Option<i32>,
    #[column(nullable, extra = "INVISIBLE")]
    hidden: i32,
    #[column(skip)]
    cache: std::sync::Mutex<()>,
}

#[test]
fn all_that_a_table_can_say() {
    let table = Purchase::table();
    assert_eq!(table.renamed_from.as_deref(), Some("purchase"));
    assert_eq!(table.column("type").unwrap().renamed_from.as_deref(), Some("kind"));
    is::<Purchase>(&[
        "CREATE TABLE \"order\" (
    id bigint NOT NULL GENERATED ALWAYS AS IDENTITY (START WITH 1000),
    store_id integer NOT NULL,
    type varchar(2) COLLATE nocase NOT NULL DEFAULT 'nn',
    price decimal(10, 2) NOT NULL,
    weight decimal(8) NOT NULL,
    note text,
    doubled integer GENERATED ALWAYS AS (price * 2) STORED,
    tripled integer NOT NULL GENERATED ALWAYS AS (price * 3) VIRTUAL,
    hidden integer INVISIBLE,
    CONSTRAINT pk_order PRIMARY KEY (id),
    UNIQUE (note),
    CHECK (price < 1000000),
    CONSTRAINT uq_order_number UNIQUE (store_id, type),
    CONSTRAINT ck_order_price CHECK (price >= 0),
    CHECK (weight > 0),
    CONSTRAINT uq_raw UNIQUE (weight)
) STRICT, WITHOUT ROWID",
        "CREATE INDEX ix_order_store_id ON \"order\" (store_id)",
        "CREATE INDEX ix_note ON \"order\" (note)",
        "CREATE UNIQUE INDEX ix_order_note ON \"order\" (lower(note) DESC, store_id) WHERE note IS NOT NULL",
        "CREATE INDEX ix_order_store_id_price ON \"order\" USING btree (store_id, price) INCLUDE (weight)",
        "COMMENT ON TABLE \"order\" IS 'What was bought'",
        "COMMENT ON COLUMN \"order\".type IS 'it''s ISO''s'",
    ]);
}

/// A category, which lies in another.
#[derive(Table)]
struct Category {
    #[column(primary_key, identity)]
    id: i64,
    #[column(index)]
    parent: Option<Fk<Self>>,
    #[column(references = Self)]
    root: Option<i64>,
    #[column(
        references = Customer,
        on_delete = "cascade",
        on_update = "NO ACTION",
        fk_name = "fk_category_maker"
    )]
    maker: String,
    #[column(on_delete = "set_null", fk_options = "DEFERRABLE INITIALLY DEFERRED")]
    seller: Option<Fk<Customer>>,
}

#[test]
fn a_typed_foreign_key_takes_table_columns_and_type_from_the_other_struct() {
    is::<Category>(&[
        "CREATE TABLE category (
    id bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    parent bigint,
    root bigint,
    maker varchar(32) NOT NULL,
    seller varchar(32),
    PRIMARY KEY (id),
    FOREIGN KEY (parent) REFERENCES category (id),
    FOREIGN KEY (root) REFERENCES category (id),
    CONSTRAINT fk_category_maker FOREIGN KEY (maker) REFERENCES sales.customer (uuid) ON DELETE CASCADE ON UPDATE NO ACTION,
    FOREIGN KEY (seller) REFERENCES sales.customer (uuid) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED
)",
        "CREATE INDEX ix_category_parent ON category (parent)",
    ]);
}

#[derive(Table)]
#[table(
    foreign_key(columns(store, department), references = rattail::Department, on_delete = "restrict"),
    foreign_key(name = "fk_shelf_number", columns(label), references = Customer, to(number), options = "MATCH FULL")
)]
struct Shelf {
    store: i32,
    department: i32,
    label: i32,
}

#[test]
fn a_foreign_key_of_several_columns_names_the_other_s_fields() {
    is::<Shelf>(&["CREATE TABLE shelf (
    store integer NOT NULL,
    department integer NOT NULL,
    label integer NOT NULL,
    FOREIGN KEY (store, department) REFERENCES store_department (store_id, number) ON DELETE RESTRICT,
    CONSTRAINT fk_shelf_number FOREIGN KEY (label) REFERENCES sales.customer (number) MATCH FULL
)"]);
}

#[derive(Table)]
#[table(name = "poser_customer", extends = Customer)]
struct PoserCustomer {
    #[column(primary_key)]
    uuid: String,
    allergies: Option<String>,
}

#[derive(Table)]
#[table(extends = Customer)]
struct Loyalty {
    #[column(primary_key, on_delete = "cascade")]
    customer: Fk<Customer>,
    points: i32,
}

#[derive(Table)]
#[table(extends = rattail::Department, primary_key(columns(store, number)))]
struct DepartmentNote {
    store: i32,
    number: i32,
}

#[test]
fn an_extension_is_tied_by_its_primary_key() {
    is::<PoserCustomer>(&["CREATE TABLE poser_customer (
    uuid varchar(32) NOT NULL,
    allergies varchar,
    PRIMARY KEY (uuid),
    FOREIGN KEY (uuid) REFERENCES sales.customer (uuid)
)"]);
    is::<Loyalty>(&["CREATE TABLE loyalty (
    customer varchar(32) NOT NULL,
    points integer NOT NULL,
    PRIMARY KEY (customer),
    FOREIGN KEY (customer) REFERENCES sales.customer (uuid) ON DELETE CASCADE
)"]);
    is::<DepartmentNote>(&["CREATE TABLE department_note (
    store integer NOT NULL,
    number integer NOT NULL,
    PRIMARY KEY (store, number),
    FOREIGN KEY (store, number) REFERENCES store_department (store_id, number)
)"]);
    for table in [PoserCustomer::table(), Loyalty::table()] {
        let extends = table.extends.as_ref().unwrap();
        assert_eq!(
            (extends.schema.as_deref(), extends.table.as_str()),
            (Some("sales"), "customer")
        );
    }
    for declaration in Declaration::all() {
        assert_eq!((declaration.table)().faults, []);
    }
}

#[derive(ColumnType)]
#[column_type(ty = "char(13)")]
struct Upc(String);

#[derive(ColumnType)]
struct Feeling {
    mood: Mood,
}

/// An option that is none by its name.
type Maybe<T> = Option<T>;
type Owner = Fk<Customer>;

#[derive(ColumnType)]
#[column_type(rename_all = "snake_case")]
enum Mood {
    VerySad,
    #[column_type(rename = "it's good")]
    Happy,
}

#[derive(Table)]
struct Pet {
    #[column(primary_key)]
    upc: Upc,
    mood: Mood,
    mood_before: Maybe<Feeling>,
    #[column(on_delete = "cascade")]
    owner: Owner,
    #[column(ty = "jsonb")]
    tags: std::collections::BTreeMap<String, String>,
    name: Maybe<String>,
}

#[test]
fn other_types_say_what_they_are() {
    is::<Pet>(&[
        "CREATE TYPE mood AS ENUM ('very_sad', 'it''s good')",
        "CREATE TABLE pet (
    upc char(13) NOT NULL,
    mood mood NOT NULL,
    mood_before mood,
    owner varchar(32) NOT NULL,
    tags jsonb NOT NULL,
    name varchar,
    PRIMARY KEY (upc),
    FOREIGN KEY (owner) REFERENCES sales.customer (uuid) ON DELETE CASCADE
)",
    ]);
}

mod lines {
    // The lines are counted below.
    pub(super) const FIRST: u32 = line!();

    #[derive(terrane_model::Table)]
    #[table(name = "counted")]
    pub(super) struct Counted {
        #[column(primary_key)]
        id: i64,

        name: String,
    }

    macro_rules! several {
        ($($name:ident)*) => {
            $(#[derive(terrane_model::Table)]
            struct $name {
                id: i64,
            })*
        };
    }
    several!(Made);
}

#[test]
fn a_declaration_knows_where_it_stands() {
    let counted = declaration("::lines", "counted");
    assert_eq!(counted.door, Door::Derive);
    assert_eq!(counted.line, lines::FIRST + 4);
    assert_eq!(counted.file, file!());
    assert!(counted.path().is_some_and(|path| path.ends_with("tests/derive.rs")));
    let lines_of: Vec<u32> = (counted.table)().columns.iter().map(|column| column.line).collect();
    assert_eq!(lines_of, [lines::FIRST + 6, lines::FIRST + 8]);
    // What a macro makes stands where the macro is called.
    let made = declaration("::lines", "made");
    assert_eq!(made.line, (made.table)().columns[0].line);
    assert_eq!(
        declaration("::rattail::customer", "customer").module,
        "derive::rattail::customer"
    );
}

#[test]
fn the_value_is_a_table_like_any_other() {
    let column = Column {
        name: "uuid".to_owned(),
        ty: "varchar(32)".to_owned(),
        line: Customer::table().columns[0].line,
        ..Column::default()
    };
    let table = Customer::table();
    assert_eq!(table.columns[0], column);
    assert!(
        matches!(&table.constraints[1], Constraint::Unique(key) if key.name.as_deref() == Some("uq_customer_number"))
    );
    let owner: Owner = Fk("1d2c".to_owned());
    assert_eq!(format!("{owner} {owner:?}"), "1d2c Fk(\"1d2c\")");
}

/// The crate under another name.
mod renamed {
    use terrane_model as schema;

    #[derive(schema::Table)]
    #[table(crate = "schema")]
    struct Elsewhere {
        id: i64,
    }
}
