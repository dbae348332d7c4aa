//! Alembic projects with a mistake in them: one diagnostic each, and nothing changed.

use crate::interfaces::alembic::{project, python, script};
use crate::world::World;
use insta::assert_snapshot;

fn exits(world: &World, code: i32, arguments: &[&str]) -> String {
    world.exits(code, &[&["-c", "alembic.ini"], arguments].concat())
}

#[test]
fn broken_python() {
    let world = project();
    world.write(
        "poser/versions/8d1f_widgets.py",
        "revision = '8d1f'\n\ndef upgrade(:\n    pass\n",
    );
    assert_snapshot!(exits(&world, 1, &["heads"]), @r"
    error[S022 not-python]: the file is not valid Python: expected a parameter or the end of the parameter list
     --> [folder]/poser/versions/8d1f_widgets.py:3:13
      |
    3 | def upgrade(:
      |             ^
      |
      = help: Mend the file; Alembic itself would stop here as well.
    ");
}

#[test]
fn two_files_with_one_id() {
    let world = project();
    world.write("poser/versions/copy.py", world.read("poser/versions/8d1f_widgets.py"));
    assert_snapshot!(exits(&world, 1, &["heads"]), @r"
    error[G001 duplicate-revision]: two revisions carry the id `8d1f`
     --> [folder]/poser/versions/8d1f_widgets.py:3:1
      |
    3 | Revision ID: 8d1f
      | ^^^^^^^^^^^^^^^^^
      |
     ::: [folder]/poser/versions/copy.py:3:1
      |
    3 | Revision ID: 8d1f
      | -----------------
      |
      = help: Give one of them another id, and mend what refers to it.
    ");
}

#[test]
fn a_cycle_across_layers() {
    let world = project();
    let depends = |file: &str, on: &str| world.edit(file, "depends_on = None", &format!("depends_on = '{on}'"));
    depends("rattail/versions/4be1_more.py", "8d1f");
    depends("poser/versions/8d1f_widgets.py", "4be1");
    let said = exits(&world, 1, &["heads"]);
    assert!(said.starts_with("error[G006 cycle]: "), "{said}");
    for name in ["4be1_more.py", "8d1f_widgets.py"] {
        assert!(said.contains(name), "{said}");
    }
}

#[test]
fn a_package_that_is_not_installed() {
    let world = project();
    let config = world
        .read("alembic.ini")
        .replace("%(here)s/poser/versions", "poser.db:alembic/versions");
    world.write("alembic.ini", config);
    assert_snapshot!(exits(&world, 2, &["heads"]), @r"
    error[C013 no-package]: there is no package `poser.db`
     --> alembic.ini:3:1
      |
    3 | version_locations = poser.db:alembic/versions %(here)s/rattail/versions
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: No virtual environment was found: set VIRTUAL_ENV, or have one beside the project.
    ");
}

#[test]
fn version_locations_that_are_not_there() {
    let world = project();
    let config = world.read("alembic.ini").replace("poser/versions", "posr/versions");
    world.write("alembic.ini", config);
    assert_snapshot!(exits(&world, 2, &["heads"]), @r"
    error[C007 no-folder]: the folder `[folder]/posr/versions` of layer `posr` is not there
     --> alembic.ini:3:1
      |
    3 | version_locations = %(here)s/posr/versions %(here)s/rattail/versions
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: Correct `version_locations`, or make the folder; the first `alembic revision` makes it.
    ");
}

#[test]
fn a_separator_that_is_none() {
    let world = project();
    let config = world.read("alembic.ini").replace("= space", "= comma");
    world.write("alembic.ini", config);
    assert_snapshot!(exits(&world, 2, &["heads"]), @r"
    error[C002 bad-configuration]: `comma` is no separator of paths
     --> alembic.ini:4:1
      |
    4 | path_separator = comma
      | ^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: Write `os`, `space`, `newline`, `:` or `;`.
    ");
}

#[test]
fn a_configuration_without_a_script_location() {
    let world = World::empty();
    world.write("alembic.ini", "[alembic]\nsqlalchemy.url = sqlite:///app.db\n");
    assert_snapshot!(exits(&world, 2, &["heads"]), @r"
    error[C002 bad-configuration]: `alembic.ini` has no `script_location`
     |
     = help: Add `script_location = alembic`, the folder of `env.py`, to its section; `-n` names another section.
    ");
}

#[test]
fn a_row_that_no_file_has() {
    let world = project();
    world.run(&["-c", "alembic.ini", "upgrade", "heads"]).expect(0);
    world.execute("UPDATE alembic_version SET version_num = 'dead' WHERE version_num = '8d1f'");
    assert_snapshot!(exits(&world, 1, &["current"]), @r"
    error[G004 unknown-revision]: the database stands at revision `dead` in `alembic_version`, and there is no such revision
     |
     = help: Restore the file of `dead`, or state where the database stands with `stamp --purge`.
     = help: The ledger says nothing of `dead`: Alembic applied it, or it was stamped.
    ");
    assert_snapshot!(exits(&world, 1, &["upgrade", "heads"]), @r"
    error[G004 unknown-revision]: the database stands at revision `dead` in `alembic_version`, and there is no such revision
     |
     = help: Restore the file of `dead`, or state where the database stands with `stamp --purge`.
     = help: The ledger says nothing of `dead`: Alembic applied it, or it was stamped.
    ");
}

/// A script has no Python that could run it.
#[test]
fn a_script_of_a_revision_that_only_python_can_run() {
    let world = project();
    let upgrade = "for row in op.get_bind().execute(sa.text('SELECT uuid FROM customer')):\n        \
                   op.execute(f\"DELETE FROM customer WHERE uuid = '{row.uuid}'\")";
    world.write(
        "rattail/versions/5f00_rows.py",
        script("5f00", "'4be1'", "None", "2026-04-01", upgrade, "pass"),
    );
    assert_snapshot!(exits(&world, 1, &["upgrade", "--sql", "rattail@head"]), @r"
    error[S023 python-decides]: the upgrade cannot be read: the rows that the database gives are known to Python alone
      --> [folder]/rattail/versions/5f00_rows.py:19:16
       |
    19 |     for row in op.get_bind().execute(sa.text('SELECT uuid FROM customer')):
       |                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: Terrane has the project's own Python run it, on a database only; write what is named here as a literal to have its statements.
    ");
}

/// A Python that is a script of a few words, as a project's configuration names one.
fn with_python(text: &str) -> World {
    let world = project();
    python(&world, text);
    world.run(&["-c", "alembic.ini", "upgrade", "heads"]).expect(0);
    world
}

const AUTOGENERATE: [&str; 5] = ["revision", "--autogenerate", "--head", "poser@head", "-mx"];

/// Nothing is written, whatever Python does.
fn refuses(world: &World, code: i32) -> String {
    let said = exits(world, code, &AUTOGENERATE);
    assert_eq!(world.names("poser/versions"), ["8d1f_widgets.py"]);
    said
}

#[test]
fn no_python_where_the_models_are_asked_of_one() {
    let world = with_python("");
    std::fs::remove_file(world.path("python")).unwrap();
    assert_snapshot!(refuses(&world, 2), @r"
    error[C015 no-python]: the models are asked of Python, and `[folder]/python` cannot be run: it is not there
     |
     = help: Set VIRTUAL_ENV to the environment that has the project's packages, or `python = …` in `[terrane]` of the configuration.
    ");
}

#[test]
fn a_python_that_dies() {
    let world = with_python("echo 'ImportError: no luck' >&2; exit 3");
    assert_snapshot!(refuses(&world, 1), @r"
    error[M010 models-in-python]: `[folder]/python` did not tell the models: it printed nothing, and ended with the code 3
     |
     = help: Its last words were: ImportError: no luck
    ");
}

#[test]
fn a_python_that_hangs() {
    let world = with_python("echo 'waiting for the web' >&2; exec sleep 600");
    world.edit("alembic.ini", "[terrane]\n", "[terrane]\npython_timeout = 1\n");
    assert_snapshot!(refuses(&world, 1), @r"
    error[M010 models-in-python]: Python was asked for the models, and did not tell them in 1 seconds
     |
     = help: Give it more time by `python_timeout = …` in `[terrane]` of the configuration.
     = help: Its last words were: waiting for the web
    ");
}

#[test]
fn a_python_that_prints_something_else() {
    for (printed, why) in [
        ("hello", "is no JSON"),
        ("{}", "does not say that it is models"),
        ("{\"terrane_models\": 7}", "version 7 of the format, and 1 is read"),
        ("{\"terrane_models\": 1, \"tables\": 3}", "is not understood"),
    ] {
        let world = with_python(&format!("echo '{printed}'"));
        let said = refuses(&world, 1);
        assert!(
            said.starts_with("error[M010 models-in-python]") && said.contains(why),
            "{said}"
        );
    }
}

#[test]
fn a_python_without_sqlalchemy_and_an_env_py_that_fails() {
    let refusal = |kind: &str, place: &str| {
        format!(
            "echo '{{\"terrane_models\": 1, \"error\": {{\"kind\": \"{kind}\", \"message\": \"no such thing\", \"place\": {place}}}}}'"
        )
    };
    let world = with_python(&refusal("no-sqlalchemy", "null"));
    assert_snapshot!(refuses(&world, 1), @r"
    error[M010 models-in-python]: `[folder]/python` has no SQLAlchemy, which the models are asked of: no such thing
     |
     = help: Install the project's packages into that environment, or name another by VIRTUAL_ENV, or by `python = …` in `[terrane]` of the configuration.
    ");
    let place = format!(
        "{{\"file\": \"{}\", \"line\": 2}}",
        world.path("rattail/env.py").display()
    );
    python(&world, &refusal("raised", &place));
    assert_snapshot!(refuses(&world, 1), @r"
    error[M010 models-in-python]: the models cannot be read, since Python stopped at an error: no such thing
     --> [folder]/rattail/env.py:2:1
      |
    2 | context.configure(target_metadata=None)
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: `[folder]/python` meets the same when it imports the models; mend it there.
    ");
}

#[test]
fn a_message_that_would_break_the_script() {
    let world = project();
    assert_snapshot!(exits(&world, 1, &["revision", "--head", "poser@head", "-m", "say \"\"\" twice"]), @r"
    error[S002 bad-header]: the message, or `script.py.mako`, would make another revision of it
     |
     = help: Put the message in other words, without quotes and backslashes.
     = help: See that the template sets `revision`, `down_revision`, `branch_labels` and `depends_on`.
    ");
}
