//! Whether a layer's revision may do what an op does.

use super::{Ownership, owning_table};
use crate::diagnostic::{Code, codes};
use crate::name::{LayerName, ObjectName};
use crate::op::{Manner, ObjectKind, Op, Touch};
use crate::revision::Waiver;
use crate::schema::Schema;

/// A touch that is not the layer's to make.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Breach {
    /// What is touched; for an index or a trigger, what it belongs to.
    pub object: ObjectName,
    /// What it is.
    pub kind: ObjectKind,
    /// Whose it is.
    pub owner: LayerName,
    /// What is wrong about it.
    pub fault: Fault,
}

/// What is wrong about a touch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// Another layer's object would change.
    Changes,
    /// A foreign key would point into a layer that is not required.
    Refers,
    /// Rows of another layer's table are written. Nothing forbids it, and it deserves a second look.
    Writes,
    /// One of Terrane's own tables would change.
    Reserved,
}

/// Terrane's own tables. They are part of no schema; no revision has business with them, and no leave makes it so.
pub const OWN_TABLES: [&str; 3] = ["terrane_version", "terrane_ledger", "terrane_object"];

impl Breach {
    /// The code of the diagnostic.
    pub fn code(&self) -> Code {
        match self.fault {
            Fault::Changes | Fault::Reserved => codes::FOREIGN_OBJECT,
            Fault::Refers => codes::FOREIGN_REFERENCE,
            Fault::Writes => codes::FOREIGN_ROWS,
        }
    }

    /// Whether it is refused; otherwise it is only told of.
    pub fn is_refused(&self) -> bool {
        self.fault != Fault::Writes
    }

    /// What happened, as a fragment.
    pub fn message(&self, layer: &LayerName) -> String {
        let (kind, object, owner) = (self.kind.word(), &self.object, &self.owner);
        match self.fault {
            Fault::Changes => format!("{kind} `{object}` belongs to layer `{owner}`, not to `{layer}`"),
            Fault::Refers => {
                format!("`{object}` belongs to layer `{owner}`, which layer `{layer}` does not require")
            }
            Fault::Writes => {
                format!("layer `{layer}` writes rows of {kind} `{object}`, which belongs to layer `{owner}`")
            }
            Fault::Reserved => format!("{kind} `{object}` is Terrane's own"),
        }
    }

    /// What to do instead.
    pub fn help(&self, layer: &LayerName) -> String {
        match self.fault {
            Fault::Changes if self.kind == ObjectKind::Table => extension_help(layer, &self.object),
            Fault::Changes => format!("Let a revision of `{}` do it.", self.owner),
            Fault::Refers => format!("Add `{}` to `requires` of layer `{layer}`.", self.owner),
            Fault::Writes => format!("Nothing is stopped; make sure that `{}` expects it.", self.owner),
            Fault::Reserved => "Say where the database stands with `terrane stamp`, and use another name.".to_owned(),
        }
    }
}

/// The way to have more columns on a table that somebody else owns.
pub fn extension_help(layer: &LayerName, table: &ObjectName) -> String {
    format!(
        "Keep what you need in a table of your own, `{layer}_{name}`, whose primary key is also its foreign key to \
         `{name}`.",
        name = table.name
    )
}

impl Ownership {
    /// The touches of an op that are not the layer's to make. `schema` is what is there before the op; it says what an
    /// index or a trigger belongs to.
    pub fn breaches(&self, op: &Op, layer: &LayerName, waivers: &[Waiver], schema: &Schema) -> Vec<Breach> {
        let touches = op.touches();
        touches
            .into_iter()
            .filter_map(|touch| self.breach(touch, layer, waivers, schema))
            .collect()
    }

    fn breach(&self, touch: Touch, layer: &LayerName, waivers: &[Waiver], schema: &Schema) -> Option<Breach> {
        let (kind, object) = owned_by(&touch, schema);
        if OWN_TABLES
            .iter()
            .any(|own| object.name.as_str().eq_ignore_ascii_case(own))
            && touch.manner != Manner::Refer
        {
            return Some(Breach {
                object,
                kind: touch.kind,
                owner: LayerName::new("terrane"),
                fault: Fault::Reserved,
            });
        }
        let owner = match kind {
            ObjectKind::Table | ObjectKind::View | ObjectKind::Other => self.owner_of_relation(&object),
            kind => self.owner(kind, &object),
        };
        let owner = owner.map(|owner| owner.layer.clone()).filter(|owner| owner != layer)?;
        let fault = match touch.manner {
            // That it is there already is for the server to say; whose it is, for us.
            Manner::Create | Manner::Alter | Manner::Drop => Fault::Changes,
            Manner::Refer if self.may_refer(layer, &owner) => return None,
            Manner::Refer => Fault::Refers,
            Manner::Rows => Fault::Writes,
        };
        let name = |object: &ObjectName| object.to_string();
        let waived = waivers.iter().any(|waiver| {
            waiver.object.eq_ignore_ascii_case(&name(&object)) || waiver.object.eq_ignore_ascii_case(&name(&touch.name))
        });
        let is_view = kind == ObjectKind::Table && self.owner(ObjectKind::View, &object).is_some();
        (!(waived && fault != Fault::Refers)).then_some(Breach {
            object,
            kind: if is_view { ObjectKind::View } else { kind },
            owner,
            fault,
        })
    }
}

/// The object that carries the ownership: for an index or a trigger, what it belongs to; for a sequence, the table whose
/// column owns it.
fn owned_by(touch: &Touch, schema: &Schema) -> (ObjectKind, ObjectName) {
    let relation = match touch.kind {
        ObjectKind::Index => schema
            .table_of_index(&touch.name.name, None)
            .map(|table| table.name.clone()),
        ObjectKind::Trigger => schema.relation_of_trigger(&touch.name.name, None).cloned(),
        ObjectKind::Sequence => schema.sequences.get(&touch.name).and_then(owning_table),
        _ => None,
    };
    match relation {
        Some(relation) => (ObjectKind::Table, relation),
        None => (touch.kind, touch.name.clone()),
    }
}
