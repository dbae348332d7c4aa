//! What an entity says of its table.

use crate::types;
use sea_orm::sea_query::{ColumnDef, Expr, ForeignKeyAction, Query, SqliteQueryBuilder, TableName, TableRef};
use sea_orm::{
    ColumnTrait, DbBackend, EntityTrait, Identity as Names, Iterable, PrimaryKeyToColumn, PrimaryKeyTrait, RelationDef,
    RelationTrait, Schema,
};
use terrane_model::{Action, Column, Constraint, ForeignKey, Generated, Identity, Index, Key, Reference, Table};

/// The table of an entity, as far as the entity tells.
pub(crate) fn describe<E: EntityTrait>() -> Table {
    let entity = E::default();
    let mut table = Table {
        schema: entity.schema_name().map(str::to_owned),
        name: entity.table_name().to_owned(),
        comment: entity.comment().map(str::to_owned),
        ..Table::default()
    };
    // SQLite's form is the neutral one: it keeps the values of enumerated types.
    let sea = Schema::new(DbBackend::Sqlite);
    let definitions = sea.create_table_from_entity(entity);
    for definition in definitions.get_columns() {
        column(&mut table, definition);
    }
    primary_key::<E>(&mut table);
    for relation in E::Relation::iter().map(|relation| relation.def()) {
        if !relation.is_owner && !relation.skip_fk {
            table.constraints.push(Constraint::ForeignKey(foreign_key(&relation)));
        }
    }
    for index in sea.create_index_from_entity(E::default()) {
        let spec = index.get_index_spec();
        table.indexes.push(Index {
            name: spec.get_name().unwrap_or_default().to_owned(),
            unique: index.is_unique_key(),
            keys: spec.get_column_names().iter().map(|name| quoted(name)).collect(),
            ..Index::default()
        });
    }
    table
}

pub(crate) fn quoted(name: &str) -> String {
    terrane_model::quoted(name)
}

fn column(table: &mut Table, definition: &ColumnDef) {
    let name = definition.get_column_name();
    let spec = definition.get_column_spec();
    let known = definition.get_column_type().and_then(|ty| {
        table
            .enums
            .extend(types::enum_type(ty).filter(|ty| !table.enums.contains(ty)));
        types::name(ty)
    });
    if known.is_none() {
        let fault = format!("the type of column `{name}` of `{}` is not known here", table.name);
        table.faults.push((
            fault,
            "Name it in the declaration: `.column_type(Column::…, \"…\")`.".to_owned(),
        ));
    }
    let (comment, renamed_from) = former_name(spec.comment.as_deref());
    if spec.unique {
        let key = Key {
            name: None,
            columns: vec![name.clone()],
        };
        table.constraints.push(Constraint::Unique(key));
    }
    table.columns.push(Column {
        name,
        ty: known.unwrap_or_default(),
        nullable: spec.nullable.unwrap_or(true),
        default: spec.default.as_ref().map(sql),
        generated: spec.generated.as_ref().map(|generated| Generated {
            expression: sql(&generated.expr),
            stored: generated.stored,
        }),
        comment,
        renamed_from,
        extra: spec.extra.clone(),
        ..Column::default()
    });
}

/// SeaORM hides a column's former name in its comment: `comment; renamed_from "name"`.
fn former_name(comment: Option<&str>) -> (Option<String>, Option<String>) {
    const MARK: &str = "renamed_from \"";
    let Some(comment) = comment else { return (None, None) };
    let found = comment.rfind(MARK).filter(|_| comment.ends_with('"'));
    let Some(at) = found.filter(|at| *at == 0 || comment[..*at].ends_with("; ")) else {
        return (Some(comment.to_owned()), None);
    };
    let former = comment[at + MARK.len()..comment.len() - 1].to_owned();
    let kept = comment[..at].trim_end_matches("; ").to_owned();
    ((!kept.is_empty()).then_some(kept), Some(former))
}

fn primary_key<E: EntityTrait>(table: &mut Table) {
    let columns: Vec<String> = E::PrimaryKey::iter()
        .map(|key| sea_orm::IdenStatic::as_str(&key.into_column()).to_owned())
        .collect();
    let composite = columns.len() > 1;
    for name in &columns {
        let counts = |column: &&mut Column| column.name == *name && is_integer(&column.ty);
        if E::PrimaryKey::auto_increment()
            && let Some(column) = table.columns.iter_mut().find(counts)
        {
            column.identity = Some(Identity::default());
        }
    }
    if !columns.is_empty() {
        let name = composite.then(|| format!("pk-{}", table.name));
        table
            .constraints
            .insert(0, Constraint::PrimaryKey(Key { name, columns }));
    }
}

fn is_integer(ty: &str) -> bool {
    matches!(
        ty.split(' ').next(),
        Some("tinyint" | "smallint" | "integer" | "bigint")
    )
}

fn foreign_key(relation: &RelationDef) -> ForeignKey {
    ForeignKey {
        // The name that SeaORM would make up is left open, so that whatever name a database has for it will do.
        name: relation.fk_name.clone(),
        columns: names(&relation.from_col),
        references: Reference {
            columns: names(&relation.to_col),
            ..reference(&relation.to_tbl)
        },
        on_delete: relation.on_delete.as_ref().and_then(action),
        on_update: relation.on_update.as_ref().and_then(action),
        rest: None,
    }
}

/// The table that is meant, without columns.
pub(crate) fn reference(table: &TableRef) -> Reference {
    match table {
        TableRef::Table(TableName(schema, table), _) => Reference {
            schema: schema.as_ref().map(|schema| schema.1.to_string()),
            table: table.to_string(),
            columns: Vec::new(),
        },
        _ => Reference::default(),
    }
}

fn names(identity: &Names) -> Vec<String> {
    identity.iter().map(ToString::to_string).collect()
}

fn action(action: &ForeignKeyAction) -> Option<Action> {
    Some(match action {
        ForeignKeyAction::Restrict => Action::Restrict,
        ForeignKeyAction::Cascade => Action::Cascade,
        ForeignKeyAction::SetNull => Action::SetNull,
        ForeignKeyAction::NoAction => Action::NoAction,
        ForeignKeyAction::SetDefault => Action::SetDefault,
        _ => return None,
    })
}

/// An expression of SeaORM's as SQL.
fn sql(expression: &Expr) -> String {
    let select = Query::select().expr(expression.clone()).to_string(SqliteQueryBuilder);
    select.strip_prefix("SELECT ").unwrap_or(&select).to_owned()
}

/// The name of a column.
pub(crate) fn column_name<C: ColumnTrait>(column: &C) -> String {
    sea_orm::IdenStatic::as_str(column).to_owned()
}

#[cfg(test)]
mod tests {
    use super::former_name;

    #[test]
    fn a_former_name_is_taken_out_of_the_comment() {
        let own = |text: &str| Some(text.to_owned());
        assert_eq!(former_name(Some("renamed_from \"a\"")), (None, own("a")));
        assert_eq!(former_name(Some("why; renamed_from \"a\"")), (own("why"), own("a")));
        assert_eq!(
            former_name(Some("it was renamed_from a")),
            (own("it was renamed_from a"), None)
        );
    }
}
