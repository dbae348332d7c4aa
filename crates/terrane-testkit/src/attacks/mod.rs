//! Revisions of an app that try to change what is a vendor's, and revisions that may do all that they do.

pub mod legal;
pub mod postgres;
pub mod vendor;

/// How a statement is said.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// As it stands.
    Plain,
    /// As a text that a block runs.
    Block,
    /// By a function, in a part of the transaction whose failure is caught.
    Function,
    /// By a trigger that is put off to the end of the transaction, and puts itself off once more.
    Deferred,
}

/// All of them.
pub const FORMS: [Form; 4] = [Form::Plain, Form::Block, Form::Function, Form::Deferred];

impl Form {
    /// A revision's statements that say `sql` so.
    pub fn of(self, sql: &str) -> String {
        let statements = || {
            let each = sql.split(";; ").map(|one| format!("EXECUTE $x${one}$x$; "));
            each.collect::<String>()
        };
        match self {
            Form::Plain => format!("{};", sql.replace(";; ", ";\n")),
            Form::Block => format!("DO $do$ BEGIN {}END $do$;", statements()),
            Form::Function => format!(
                "CREATE FUNCTION shop_hidden() RETURNS void LANGUAGE plpgsql AS $f$ BEGIN BEGIN {}EXCEPTION WHEN division_by_zero \
                 THEN NULL; END; END $f$;\nSELECT shop_hidden();",
                statements()
            ),
            Form::Deferred => format!(
                "CREATE TABLE shop_bait (n integer);\nCREATE FUNCTION shop_late() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN IF \
                 NEW.n = 1 THEN SET CONSTRAINTS ALL DEFERRED; INSERT INTO shop_bait VALUES (2); ELSE {}END IF; RETURN NULL; END \
                 $f$;\nCREATE CONSTRAINT TRIGGER late AFTER INSERT ON shop_bait DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE \
                 FUNCTION shop_late();\nINSERT INTO shop_bait VALUES (1);",
                statements()
            ),
        }
    }

    /// Whether a statement can be said so.
    pub fn takes(self, sql: &str) -> bool {
        // A function of a range or a value of an enum is there after the transaction only; a new one is no trigger's to use.
        self == Form::Plain || !sql.contains("ADD VALUE")
    }
}
