//! What programs read.

use crate::world::{World, revision};
use insta::assert_snapshot;

/// The shop with an extension table that is pending.
fn shop() -> World {
    let world = World::open_shop();
    let body = "-- upgrade\nCREATE TABLE poser_customer (\n    uuid text PRIMARY KEY REFERENCES customer (uuid),\n    points integer\n);\n\
                -- downgrade\nDROP TABLE poser_customer;\n";
    let header = [
        "Depends On: 1a00",
        "Create Date: 2026-03-01 10:00:00+00:00",
        "Dialect: any",
    ];
    world.write("poser/2b00.sql", revision("2b00", "2a00", &header, body));
    world
}

#[test]
fn plan() {
    let world = shop();
    assert_snapshot!(world.exits(0, &["plan", "upgrade", "heads", "--json"]), @r#"
    {
      "steps": [
        {
          "revision": "2b00",
          "direction": "upgrade",
          "layer": "poser",
          "message": "step 2b00",
          "statements": [
            "CREATE TABLE poser_customer (\n    uuid text,\n    points integer,\n    PRIMARY KEY (uuid),\n    FOREIGN KEY (uuid) REFERENCES customer (uuid)\n)"
          ],
          "heads_after": [
            "1a00",
            "2b00"
          ]
        }
      ]
    }
    "#);
    assert_snapshot!(world.exits(0, &["plan", "downgrade", "poser@base", "--json"]), @r#"
    {
      "steps": [
        {
          "revision": "2a00",
          "direction": "downgrade",
          "layer": "poser",
          "message": "step 2a00",
          "statements": [
            "DROP TABLE poser_widget"
          ],
          "heads_after": [
            "1a00"
          ]
        }
      ]
    }
    "#);
    assert_snapshot!(world.exits(0, &["plan", "stamp", "heads", "--json"]), @r#"
    {
      "steps": [
        {
          "revision": null,
          "direction": "stamp",
          "layer": "poser",
          "message": "",
          "statements": [],
          "heads_after": [
            "1a00",
            "2b00"
          ]
        }
      ]
    }
    "#);
    assert_snapshot!(world.exits(0, &["plan", "upgrade", "poser@2a00", "--json"]), @r#"
    {
      "steps": []
    }
    "#);
    assert_snapshot!(world.exits(0, &["plan", "downgrade", "poser@-1"]), @r"
    -- downgrade 2a00 (poser) step 2a00
    DROP TABLE poser_widget;
    ");
}

#[test]
fn a_plan_makes_no_database() {
    let world = World::shop();
    let said = world.exits(0, &["plan", "upgrade", "heads", "--json"]);
    assert_eq!(said.matches("\"direction\": \"upgrade\"").count(), 2);
    for command in [
        &["plan", "stamp", "heads"][..],
        &["plan", "downgrade", "base"],
        &["current"],
        &["current", "--json"],
        &["tables"],
        &["log"],
        &["history", "-i"],
        &["history", "-r", ":current"],
        &["downgrade", "base"],
    ] {
        world.exits(0, command);
    }
    world.exits(3, &["check"]);
    world.exits(3, &["current", "--check-heads"]);
}

#[test]
fn current() {
    let world = shop();
    assert_snapshot!(world.ok(&["current", "--json"]), @r#"
    [
      {
        "revision": "1a00",
        "layer": "rattail",
        "down_revision": [],
        "depends_on": [],
        "branch_labels": [
          "rattail"
        ],
        "message": "step 1a00",
        "create_date": "2026-01-01 09:00:00+00:00",
        "dialect": null,
        "path": "rattail/1a00.sql",
        "is_head": true,
        "is_base": true,
        "is_branch_point": false,
        "is_merge_point": false
      },
      {
        "revision": "2a00",
        "layer": "poser",
        "down_revision": [],
        "depends_on": [],
        "branch_labels": [
          "poser"
        ],
        "message": "step 2a00",
        "create_date": "2026-01-02 09:00:00+00:00",
        "dialect": null,
        "path": "poser/2a00.sql",
        "is_head": false,
        "is_base": true,
        "is_branch_point": false,
        "is_merge_point": false
      }
    ]
    "#);
}

#[test]
fn heads() {
    let world = shop();
    assert_snapshot!(world.ok(&["heads", "--json"]), @r#"
    [
      {
        "revision": "1a00",
        "layer": "rattail",
        "down_revision": [],
        "depends_on": [],
        "branch_labels": [
          "rattail"
        ],
        "message": "step 1a00",
        "create_date": "2026-01-01 09:00:00+00:00",
        "dialect": null,
        "path": "rattail/1a00.sql",
        "is_head": true,
        "is_base": true,
        "is_branch_point": false,
        "is_merge_point": false
      },
      {
        "revision": "2b00",
        "layer": "poser",
        "down_revision": [
          "2a00"
        ],
        "depends_on": [
          "1a00"
        ],
        "branch_labels": [],
        "message": "step 2b00",
        "create_date": "2026-03-01 10:00:00+00:00",
        "dialect": "any",
        "path": "poser/2b00.sql",
        "is_head": true,
        "is_base": false,
        "is_branch_point": false,
        "is_merge_point": false
      }
    ]
    "#);
}

#[test]
fn history_and_show() {
    let world = shop();
    assert_snapshot!(world.ok(&["history", "--json", "-i", "-r", "poser@base:poser@head"]), @r#"
    [
      {
        "revision": "2b00",
        "layer": "poser",
        "down_revision": [
          "2a00"
        ],
        "depends_on": [
          "1a00"
        ],
        "branch_labels": [],
        "message": "step 2b00",
        "create_date": "2026-03-01 10:00:00+00:00",
        "dialect": "any",
        "path": "poser/2b00.sql",
        "is_head": true,
        "is_base": false,
        "is_branch_point": false,
        "is_merge_point": false,
        "is_current": false
      },
      {
        "revision": "2a00",
        "layer": "poser",
        "down_revision": [],
        "depends_on": [],
        "branch_labels": [
          "poser"
        ],
        "message": "step 2a00",
        "create_date": "2026-01-02 09:00:00+00:00",
        "dialect": null,
        "path": "poser/2a00.sql",
        "is_head": false,
        "is_base": true,
        "is_branch_point": false,
        "is_merge_point": false,
        "is_current": true
      },
      {
        "revision": "1a00",
        "layer": "rattail",
        "down_revision": [],
        "depends_on": [],
        "branch_labels": [
          "rattail"
        ],
        "message": "step 1a00",
        "create_date": "2026-01-01 09:00:00+00:00",
        "dialect": null,
        "path": "rattail/1a00.sql",
        "is_head": true,
        "is_base": true,
        "is_branch_point": false,
        "is_merge_point": false,
        "is_current": true
      }
    ]
    "#);
    assert_eq!(
        world.ok(&["show", "2b00", "--json"]),
        world
            .ok(&["heads", "--json"])
            .replace(&first_of(&world.ok(&["heads", "--json"])), "")
    );
    assert_eq!(world.ok(&["branches", "--json"]), "[]\n");
}

/// The first object of a list, with its comma.
fn first_of(json: &str) -> String {
    let end = json.find("\n  },\n").unwrap() + "\n  },\n".len();
    json["[\n".len()..end].to_owned()
}

#[test]
fn tables() {
    let world = shop();
    world.ok(&["upgrade", "heads"]);
    world.execute("CREATE TABLE found_here (id integer)");
    assert_snapshot!(world.ok(&["tables", "--json"]), @r#"
    [
      {
        "table": "audit",
        "kind": "table",
        "layer": "rattail",
        "created_by": "1a00",
        "extends": null
      },
      {
        "table": "customer",
        "kind": "table",
        "layer": "rattail",
        "created_by": "1a00",
        "extends": null
      },
      {
        "table": "customer_names",
        "kind": "view",
        "layer": "rattail",
        "created_by": "1a00",
        "extends": null
      },
      {
        "table": "poser_customer",
        "kind": "table",
        "layer": "poser",
        "created_by": "2b00",
        "extends": "customer"
      },
      {
        "table": "poser_widget",
        "kind": "table",
        "layer": "poser",
        "created_by": "2a00",
        "extends": null
      },
      {
        "table": "found_here",
        "kind": "table",
        "layer": null,
        "created_by": null,
        "extends": null
      }
    ]
    "#);
    assert_snapshot!(world.ok(&["tables"]), @r"
    audit           rattail  since 1a00
    customer        rattail  since 1a00
    customer_names  rattail  view  since 1a00
    poser_customer  poser    since 2b00  extends customer
    poser_widget    poser    since 2a00
    found_here      -
    ");
}

#[test]
fn log() {
    let world = shop();
    world.ok(&["upgrade", "heads"]);
    world.ok(&["downgrade", "poser@-1"]);
    let log = world.ok(&["log", "--json"]);
    let keys: Vec<&str> = log
        .lines()
        .take_while(|line| *line != "  },")
        .filter_map(|line| line.trim().strip_prefix('"')?.split_once('"'))
        .map(|(key, _)| key)
        .collect();
    assert_eq!(
        keys,
        [
            "revision",
            "layer",
            "direction",
            "message",
            "checksum",
            "applied_by",
            "applied_at",
            "duration_ms",
            "tool_version",
            "statements",
            "statements_done",
            "touches",
            "rows_written"
        ]
    );
    assert_eq!(log.matches("\"direction\": \"upgrade\"").count(), 3);
    assert_eq!(log.matches("\"direction\": \"downgrade\"").count(), 1);
    assert_eq!(log.matches("\"applied_by\": \"tester@here\"").count(), 4);
}

#[test]
fn check() {
    let world = World::open_shop();
    assert_snapshot!(world.exits(0, &["check", "--json"]), @r#"
    [
      {
        "layer": "rattail",
        "pending": [],
        "differences": [],
        "edited": []
      },
      {
        "layer": "poser",
        "pending": [],
        "differences": [],
        "edited": []
      }
    ]
    "#);
    world.edit("poser.sql", "description text NOT NULL,", "description text,");
    assert_snapshot!(world.exits(3, &["check", "--json", "--layer", "poser"]), @r#"
    [
      {
        "layer": "poser",
        "pending": [],
        "differences": [
          "drop not null of `poser_widget.description`"
        ],
        "edited": []
      }
    ]
    "#);
}

#[test]
fn diff() {
    let world = World::empty();
    world.write("a.sql", "CREATE TABLE t (id integer PRIMARY KEY);\n");
    world.write("b.sql", "CREATE TABLE t (id integer PRIMARY KEY, name text);\n");
    assert_snapshot!(world.exits(3, &["diff", "--from", "a.sql", "--to", "b.sql", "--json"]), @r#"
    {
      "summary": [
        "add column `name` to `t`"
      ],
      "before": [],
      "statements": [
        "ALTER TABLE t ADD COLUMN name text"
      ],
      "after": []
    }
    "#);
    assert_snapshot!(world.exits(0, &["diff", "--from", "a.sql", "--to", "a.sql", "--json"]), @r#"
    {
      "summary": [],
      "before": [],
      "statements": [],
      "after": []
    }
    "#);
}
