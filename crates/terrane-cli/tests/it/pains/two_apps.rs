//! Two apps, each with a configuration of its own, on one vendor's database; and an app that was renamed.

use crate::world::{World, revision};

const SECOND: &str = "\
url = \"sqlite:app.db\"

[[layer]]
name = \"rattail\"
versions = \"rattail\"
models = \"rattail.sql\"

[[layer]]
name = \"shop\"
versions = \"shop\"
models = \"shop.sql\"
requires = [\"rattail\"]
";

const SHOP: &str =
    "CREATE TABLE shop_till (\n    uuid text NOT NULL,\n    CONSTRAINT shop_till_pk PRIMARY KEY (uuid)\n);\n";

/// The shop with `poser`, and beside it `second.toml`, which knows `rattail` and `shop`; `poser` is applied.
fn two_apps() -> World {
    let world = World::open_shop();
    world.write("second.toml", SECOND);
    world.write("shop.sql", SHOP);
    let label = ["Branch Labels: shop", "Create Date: 2026-01-03 09:00:00+00:00"];
    let body = format!("-- upgrade\n{SHOP}-- downgrade\nDROP TABLE shop_till;\n");
    world.write("shop/3a00.sql", revision("3a00", "", &label, &body));
    world
}

fn second<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    ["-c", "second.toml"].iter().chain(arguments).copied().collect()
}

const POSERS: &str = "SELECT layer, version_num FROM terrane_version WHERE layer = 'poser' UNION ALL SELECT kind || ' ' || \
                      name, created_by FROM terrane_object WHERE layer = 'poser'";

#[test]
fn c1_every_command_of_the_second_app_works_and_leaves_the_first_alone() {
    let world = two_apps();
    let before = world.query(POSERS);
    assert!(!before.is_empty());
    world.ok(&second(&["plan", "upgrade", "heads"]));
    world.ok(&second(&["upgrade", "heads"]));
    world.exits(0, &second(&["check"]));
    world.exits(0, &second(&["current", "--check-heads"]));
    world.exits(0, &second(&["history", "-i"]));
    world.exits(0, &second(&["show", "current"]));
    world.exits(0, &second(&["log"]));
    world.exits(0, &second(&["revision", "--autogenerate", "--layer", "shop"]));
    world.ok(&second(&["downgrade", "shop@base"]));
    world.ok(&second(&["stamp", "--purge", "heads"]));
    world.ok(&second(&["stamp", "--purge", "rattail@head"]));
    world.ok(&second(&["upgrade", "heads"]));
    world.ok(&second(&["stamp", "heads"]));
    assert_eq!(world.query(POSERS), before);
    // And the first goes on as if nothing had been.
    world.exits(0, &["check"]);
    world.exits(0, &["upgrade", "heads"]);
    world.ok(&["downgrade", "poser@base"]);
    world.ok(&["upgrade", "heads"]);
    world.exits(0, &second(&["check"]));
}

#[test]
fn c1_a_layer_that_is_not_known_is_listed_and_warned_of() {
    let world = two_apps();
    world.ok(&second(&["upgrade", "heads"]));
    let current = world.ok(&second(&["current"]));
    assert!(
        current.contains("2a00 (poser), of a layer that this configuration does not have"),
        "{current}"
    );
    let json = world.run(&second(&["current", "--json"]));
    let revisions: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    let of = |layer: &str| {
        let mut all = revisions.as_array().unwrap().iter();
        all.find(|revision| revision["layer"] == layer).unwrap().clone()
    };
    assert_eq!(
        (&of("poser")["revision"], &of("poser")["is_stranger"]),
        (&"2a00".into(), &true.into())
    );
    assert_eq!(of("shop").get("is_stranger"), None);
    assert_eq!(json.err, "");
    let tables = world.ok(&second(&["tables"]));
    assert!(
        tables.contains("poser_widget    poser    since 2a00  not in this configuration"),
        "{tables}"
    );
    // Its own step says nothing; a step of what the other may build on does.
    let body = "-- upgrade\nCREATE TABLE shop_more (a int);\n-- downgrade\nDROP TABLE shop_more;\n";
    world.write("shop/3b00.sql", revision("3b00", "3a00", &[], body));
    let said = world.run(&second(&["upgrade", "heads"]));
    assert!(!said.all().contains("G017"), "{said:?}");
    let body = "-- upgrade\nALTER TABLE customer ADD COLUMN phone text;\n-- downgrade\n";
    world.write("rattail/1b00.sql", revision("1b00", "1a00", &[], body));
    let said = world.run(&second(&["upgrade", "heads"]));
    assert!(
        said.err.contains("warning[G017 layer-of-another-configuration]") && said.err.contains("`poser`"),
        "{said:?}"
    );
    said.expect(0);
}

#[test]
fn c1_the_vendor_may_rename_what_the_unknown_app_refers_to() {
    let world = World::shop();
    let body = "-- upgrade\nCREATE TABLE poser_note (c text REFERENCES customer (uuid));\n-- downgrade\nDROP TABLE poser_note;\n";
    world.write("poser/2b00.sql", revision("2b00", "2a00", &["Depends On: 1a00"], body));
    world.ok(&["upgrade", "heads"]);
    world.write(
        "second.toml",
        SECOND.split("[[layer]]\nname = \"shop\"").next().unwrap(),
    );
    let body = "-- upgrade\nALTER TABLE customer RENAME TO client;\n-- downgrade\n";
    world.write("rattail/1b00.sql", revision("1b00", "1a00", &[], body));
    world.ok(&second(&["upgrade", "heads"]));
    assert_eq!(
        world.query("SELECT \"table\" FROM pragma_foreign_key_list('poser_note')"),
        "client"
    );
}

#[test]
fn c1_the_second_app_may_not_touch_what_the_first_owns() {
    let world = two_apps();
    let body = "-- upgrade\nDROP TABLE poser_widget;\n-- downgrade\n";
    world.write("shop/3b00.sql", revision("3b00", "3a00", &[], body));
    let before = world.query(POSERS);
    let said = world.run(&second(&["upgrade", "heads"]));
    assert!(said.err.contains("`poser_widget` belongs to layer `poser`"), "{said:?}");
    said.expect(4);
    assert_eq!(world.query(POSERS), before);
}

/// `poser` is called `shop` now.
fn renamed() -> World {
    let world = World::open_shop();
    world.edit("terrane.toml", "name = \"poser\"", "name = \"shop\"");
    world
}

#[test]
fn c1_a_renamed_layer_is_told_how_to_go_on_and_adopts_what_it_had() {
    let world = renamed();
    for command in [
        &["upgrade", "heads"][..],
        &["current"],
        &["check"],
        &["plan", "upgrade", "heads"],
    ] {
        let said = world.exits(1, command);
        assert!(
            said.contains("terrane adopt --from poser --to shop"),
            "{command:?}: {said}"
        );
    }
    let said = world.ok(&["adopt", "--from", "poser", "--to", "shop"]);
    assert_eq!(
        said,
        "layer poser is shop now: 1 version rows, 1 lines of the ledger and 1 objects moved\n"
    );
    world.exits(0, &["check"]);
    world.exits(0, &["upgrade", "heads"]);
    assert_eq!(
        world.query("SELECT count(*) FROM terrane_version WHERE layer = 'poser'")
            + &world.query("SELECT count(*) FROM terrane_ledger WHERE layer = 'poser'")
            + &world.query("SELECT count(*) FROM terrane_object WHERE layer = 'poser'"),
        "000"
    );
    assert!(world.ok(&["log"]).contains("(shop)  from poser"));
    world.ok(&["downgrade", "shop@base"]);
    assert_eq!(
        world.query("SELECT count(*) FROM sqlite_master WHERE name = 'poser_widget'"),
        "0"
    );
}

#[test]
fn c1_adopt_refuses_what_it_cannot_know() {
    let world = renamed();
    let refused = |world: &World, from: &str, to: &str, code: i32, why: &str| {
        let said = world.exits(code, &["adopt", "--from", from, "--to", to]);
        assert!(said.contains(why), "{said}");
    };
    refused(
        &world,
        "nobody",
        "shop",
        1,
        "the database has nothing of a layer `nobody`",
    );
    refused(&world, "poser", "elsewhere", 2, "there is no layer `elsewhere`");
    refused(&world, "rattail", "shop", 1, "layer `rattail` is in the configuration");
    refused(
        &world,
        "poser",
        "rattail",
        1,
        "error[G018 cannot-adopt]: the database has layer `rattail` already",
    );
    // Another app's layer is not one's own: its revisions are none of these files'.
    let world = two_apps();
    world.edit("second.toml", "requires = [\"rattail\"]\n", "");
    let said = world.run(&second(&["adopt", "--from", "poser", "--to", "shop"]));
    assert!(
        said.err.contains("the files of layer `shop` have none such"),
        "{said:?}"
    );
    said.expect(1);
    // Where there is no database, there is nothing.
    let world = World::shop();
    refused(&world, "gone", "poser", 1, "the database has nothing of a layer `gone`");
}
