//! The key of another table as the type of a field.

use crate::column_type::ColumnType;
use crate::expansion::key_type;
use crate::model::{Model, reference_to_key};
use crate::table::Reference;
use std::fmt;
use std::hash::{Hash, Hasher};

/// The primary key of a row of another table: a column of this type is a foreign key to that table.
///
/// ```
/// use terrane_model::{Fk, Model, Table};
///
/// #[derive(Table)]
/// struct Customer {
///     #[column(primary_key, length = 32)]
///     uuid: String,
/// }
///
/// #[derive(Table)]
/// struct Loyalty {
///     #[column(primary_key, identity)]
///     id: i64,
///     customer: Fk<Customer>,
/// }
///
/// assert_eq!(
///     Loyalty::table().statements()[0].lines().skip(2).collect::<Vec<_>>(),
///     [
///         "    customer varchar(32) NOT NULL,",
///         "    PRIMARY KEY (id),",
///         "    FOREIGN KEY (customer) REFERENCES customer (uuid)",
///         ")",
///     ]
/// );
/// ```
///
/// A field of another type refers by `references`, and is held to the type of the key:
///
/// ```compile_fail,E0308
/// # use terrane_model::Table;
/// #[derive(Table)]
/// struct Customer {
///     #[column(primary_key)]
///     uuid: String,
/// }
///
/// #[derive(Table)]
/// struct Loyalty {
///     #[column(references = Customer)]
///     customer: i64,
/// }
/// ```
pub struct Fk<T: Model>(
    /// The key.
    pub T::Key,
);

impl<T: Model> ColumnType for Fk<T> {
    const SQL: &'static str = key_type(T::KEY);

    fn references() -> Option<Reference> {
        Some(reference_to_key::<T>())
    }
}

// Derived ones would ask the same of the table as of its key.

impl<T: Model<Key: Clone>> Clone for Fk<T> {
    fn clone(&self) -> Fk<T> {
        Fk(self.0.clone())
    }
}
impl<T: Model<Key: Copy>> Copy for Fk<T> {}

impl<T: Model<Key: PartialEq>> PartialEq for Fk<T> {
    fn eq(&self, other: &Fk<T>) -> bool {
        self.0 == other.0
    }
}
impl<T: Model<Key: Eq>> Eq for Fk<T> {}

impl<T: Model<Key: PartialOrd>> PartialOrd for Fk<T> {
    fn partial_cmp(&self, other: &Fk<T>) -> Option<std::cmp::Ordering> {
        self.0.partial_cmp(&other.0)
    }
}
impl<T: Model<Key: Ord>> Ord for Fk<T> {
    fn cmp(&self, other: &Fk<T>) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}

impl<T: Model<Key: Hash>> Hash for Fk<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<T: Model<Key: Default>> Default for Fk<T> {
    fn default() -> Fk<T> {
        Fk(T::Key::default())
    }
}

impl<T: Model<Key: fmt::Debug>> fmt::Debug for Fk<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Fk").field(&self.0).finish()
    }
}
impl<T: Model<Key: fmt::Display>> fmt::Display for Fk<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// In the database it is its key, whichever driver of sqlx is at hand.
#[cfg(feature = "sqlx")]
mod sqlx {
    use super::{Fk, Model};
    use sqlx_core::database::Database;
    use sqlx_core::decode::Decode;
    use sqlx_core::encode::{Encode, IsNull};
    use sqlx_core::error::BoxDynError;
    use sqlx_core::types::Type;

    impl<D: Database, T: Model<Key: Type<D>>> Type<D> for Fk<T> {
        fn type_info() -> D::TypeInfo {
            T::Key::type_info()
        }

        fn compatible(ty: &D::TypeInfo) -> bool {
            T::Key::compatible(ty)
        }
    }

    impl<'q, D: Database, T: Model<Key: Encode<'q, D>>> Encode<'q, D> for Fk<T> {
        fn encode(self, buffer: &mut D::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
            self.0.encode(buffer)
        }

        fn encode_by_ref(&self, buffer: &mut D::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
            self.0.encode_by_ref(buffer)
        }

        fn produces(&self) -> Option<D::TypeInfo> {
            self.0.produces()
        }

        fn size_hint(&self) -> usize {
            self.0.size_hint()
        }
    }

    impl<'r, D: Database, T: Model<Key: Decode<'r, D>>> Decode<'r, D> for Fk<T> {
        fn decode(value: D::ValueRef<'r>) -> Result<Fk<T>, BoxDynError> {
            T::Key::decode(value).map(Fk)
        }
    }
}
