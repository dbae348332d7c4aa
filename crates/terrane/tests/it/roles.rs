//! Which layers run as roles, and where there are none.

use crate::scene::{LAYERS, scene};
use std::path::Path;
use terrane::core::diagnostic::codes;
use terrane::{Config, Destination, Layer};
use terrane_testkit::block_on;
use terrane_testkit::workbench::Workbench;

#[test]
fn a_server_without_roles_refuses_a_layer_that_has_one() {
    block_on(async {
        let bench = scene();
        let toml = std::fs::read_to_string(bench.path("terrane.toml")).unwrap();
        bench.write("terrane.toml", &format!("{toml}run_as = \"shop_owner\"\n"));
        let refused = bench.upgrade("heads").await.unwrap_err();
        assert_eq!(refused.diagnostics[0].code, codes::BAD_CONFIG, "{refused}");
        let refused = bench.project().plan(Destination::Upgrade("heads")).await.unwrap_err();
        assert!(refused.to_string().contains("sqlite has no roles"), "{refused}");
        let refused = bench.project().role_grants(false).await.unwrap_err();
        assert_eq!(refused.diagnostics[0].code, codes::BAD_CONFIG, "{refused}");
        assert!(!bench.database().exists());
    });
}

#[test]
fn to_ask_for_roles_where_no_layer_has_one_says_how_to_give_one() {
    block_on(async {
        let bench = Workbench::new(&LAYERS);
        let refused = bench.project().role_grants(false).await.unwrap_err();
        assert!(refused.diagnostics[0].help[0].contains("run_as"), "{refused}");
    });
}

#[test]
fn layers_of_a_program_have_their_roles_from_its_section() {
    let layers = [Layer::new("rattail"), Layer::new("poser").requires("rattail")];
    let read = |roles: &str, layers: &[Layer]| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("terrane.toml");
        std::fs::write(
            &file,
            format!("[program]\nmanifest = \"Cargo.toml\"\nrun_as = {roles}\n"),
        )
        .unwrap();
        Config::load_with(Path::new(&file), layers)
    };
    let config = read("{ poser = \"poser_owner\" }", &layers).unwrap();
    let roles: Vec<_> = config.layers.iter().map(|layer| layer.run_as.as_deref()).collect();
    assert_eq!(roles, [None, Some("poser_owner")]);
    let refused = read("{ nobody = \"poser_owner\" }", &layers).unwrap_err();
    assert_eq!(refused.diagnostics[0].code, codes::BAD_CONFIG, "{refused}");
    // Whoever builds the program has no layers yet.
    assert!(read("{ poser = \"poser_owner\" }", &[]).is_ok());
}
