//! Views, triggers and routines.

use super::header::same_header;
use super::say::{beside, comment, ident, object, tablespace, with};
use super::table::switch_of_trigger;
use super::{Done, Lowering};
use crate::array_cast::respoken;
use terrane_core::dialect::Refusal;
use terrane_core::name::{Ident, ObjectName};
use terrane_core::op::Op;
use terrane_core::schema::{ObjectIdentity, Routine, Source, Trigger, View};
use terrane_core::sql::quote_identifier;

impl Lowering<'_> {
    pub(super) fn create_view(&mut self, view: &View) {
        let name = object(&view.name);
        let noun = if view.materialized { "MATERIALIZED VIEW" } else { "VIEW" };
        let columns = if view.columns.is_empty() {
            String::new()
        } else {
            format!(" ({})", super::say::idents(&view.columns))
        };
        let method = view.attributes.get("access method");
        let method = method
            .map(|name| format!(" USING {}", quote_identifier(name)))
            .unwrap_or_default();
        let options = super::say::options(&view.attributes, &["tablespace"]);
        self.push(format!(
            "CREATE {noun} {name}{columns}{method}{}{} AS {}",
            with(&options),
            tablespace(&view.attributes, ""),
            respoken(view.query.as_str())
        ));
        for (attribute, value) in view.attributes.iter() {
            let action = match attribute.split_once(' ') {
                Some(("default", column)) => format!("ALTER COLUMN {} SET DEFAULT {value}", quote_identifier(column)),
                Some(("statistics", column)) => {
                    format!("ALTER COLUMN {} SET STATISTICS {value}", quote_identifier(column))
                }
                _ => continue,
            };
            self.push(format!("ALTER {noun} {name} {action}"));
        }
        if let Some(text) = &view.comment {
            self.push(comment(&format!("{noun} {name}"), Some(text)));
        }
    }

    pub(super) fn drop_view(&mut self, name: &ObjectName) {
        let noun = self.view_noun(name);
        self.push(format!("DROP {noun} {}", object(name)));
    }

    pub(super) fn view_noun(&self, name: &ObjectName) -> &'static str {
        match self.work.views.get(name) {
            Some(view) if view.materialized => "MATERIALIZED VIEW",
            _ => "VIEW",
        }
    }

    pub(super) fn create_trigger(&mut self, trigger: &Trigger) {
        let relation = &trigger.relation;
        let says = |attribute: &str| {
            let of = |schema: &terrane_core::schema::Schema| {
                let table = schema.tables.get(relation).map(|table| &table.attributes);
                let attributes = table.or_else(|| schema.views.get(relation).map(|view| &view.attributes));
                attributes
                    .and_then(|attributes| attributes.get(attribute))
                    .map(str::to_owned)
            };
            of(&self.after)
        };
        let constraint = if says(&format!("constraint trigger {}", trigger.name)).is_some() {
            "CONSTRAINT "
        } else {
            ""
        };
        let enabled = says(&format!("trigger {}", trigger.name));
        self.push(format!(
            "CREATE {constraint}TRIGGER {} {}",
            ident(&trigger.name),
            respoken(trigger.definition.as_str())
        ));
        if enabled.is_some() {
            self.alter_table(relation, switch_of_trigger(enabled.as_deref(), trigger.name.as_str()));
        }
    }

    pub(super) fn drop_trigger(&mut self, name: &Ident, relation: Option<&ObjectName>) -> Done {
        let Some(relation) = self.work.relation_of_trigger(name, relation).or(relation) else {
            return Err(Refusal::new(format!(
                "PostgreSQL wants to know what the trigger `{name}` belongs to, and no table or view that is known has it"
            ))
            .help("Say `DROP TRIGGER … ON …`."));
        };
        if !self.is_away(relation) {
            self.push(format!("DROP TRIGGER {} ON {}", ident(name), object(relation)));
        }
        Ok(())
    }

    /// `CREATE OR REPLACE` keeps the dependents of a routine, and cannot change what it takes and gives.
    pub(super) fn create_routine(&mut self, routine: &Routine) {
        let create = format!("CREATE {}", routine.definition);
        if self.calls_what_comes(&routine.name) {
            // The server would look for it at once. It does so when the routine is called.
            self.push("SET check_function_bodies = off");
            self.push(create);
            self.push("SET check_function_bodies = DEFAULT");
        } else {
            self.push(create);
        }
        self.take_default_rights_of_routine(&routine.name, routine.definition.as_str());
    }

    /// Whether the body of a routine says the name of one that is not there yet: two that call each other.
    fn calls_what_comes(&self, name: &ObjectName) -> bool {
        let comes = |identity: &ObjectIdentity| {
            let creates = |op: &Op| matches!(op, Op::CreateRoutine(other) if *identity == ObjectIdentity::Routine(other.name.clone()));
            self.coming().any(|(_, op)| creates(op))
        };
        let mut needed = self.after.edges.of(&ObjectIdentity::Routine(name.clone()));
        needed.any(|(to, source)| source == Source::Body && comes(to))
    }

    pub(super) fn replace_routine(&mut self, routine: &Routine) {
        let old = self.work.routine(&routine.name);
        let same = old.is_none_or(|old| same_header(old.definition.as_str(), routine.definition.as_str()));
        if same {
            self.push(format!("CREATE OR REPLACE {}", routine.definition));
        } else {
            self.drop_routine(&routine.name);
            self.push(format!("CREATE {}", routine.definition));
            self.take_default_rights_of_routine(&routine.name, routine.definition.as_str());
        }
    }

    pub(super) fn drop_routine(&mut self, name: &ObjectName) {
        let routine = self.work.routine(name);
        let name = routine.map_or(name, |routine| &routine.name);
        let is_procedure = routine.is_some_and(|routine| {
            let text = routine.definition.as_str().trim_start();
            text.get(..9).is_some_and(|word| word.eq_ignore_ascii_case("procedure"))
        });
        let noun = if is_procedure { "PROCEDURE" } else { "FUNCTION" };
        // A name from the catalog has its quotes and the types of its arguments.
        let said = if name.name.as_str().ends_with(')') {
            beside(name, name.name.as_str())
        } else {
            object(name)
        };
        self.push(format!("DROP {noun} {said}"));
    }
}
