//! L3: an op and then its reverse is the identity.

use crate::generate::pairs;
use crate::{EVERYTHING, cases};
use proptest::prelude::*;
use terrane_core::diff::{Dependencies, Options, diff};

proptest! {
    #![proptest_config(cases(5000))]

    #[test]
    fn an_op_and_then_its_reverse_is_the_identity(pair in pairs(EVERYTHING), dangling in any::<bool>()) {
        let options = Options { column_order: true, dangling_foreign_keys: dangling, open_names: false, dependencies: Dependencies::Loose };
        let mut schema = pair.before.clone();
        let mut back = Vec::new();
        for op in diff(&pair.before, &pair.after, &pair.renames, &options).ops {
            let before = schema.clone();
            let reverse = op.reverse(&before).expect("no op of a diff is irreversible");
            prop_assert!(op.apply(&mut schema).is_ok(), "{op:?}");
            let mut again = schema.clone();
            for op in &reverse {
                prop_assert!(op.apply(&mut again).is_ok(), "{op:?}");
            }
            prop_assert_eq!(&again, &before, "{:?} and back by {:?}", op, reverse);
            back.push(reverse);
        }
        for op in back.iter().rev().flatten() {
            prop_assert!(op.apply(&mut schema).is_ok(), "{op:?}");
        }
        prop_assert_eq!(&schema, &pair.before);
    }
}
