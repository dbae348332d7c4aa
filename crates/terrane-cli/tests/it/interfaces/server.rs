//! How a PostgreSQL server is reached: encrypted or not, by certificates, by passwords that are kept somewhere, by services,
//! by sockets.

use crate::world::World;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use terrane_testkit::block_on;
use terrane_testkit::postgres::{Throwaway, not_run};

/// A server with a certificate of its own, and roles that may come by one way only; it stops with this value.
struct Server {
    binaries: PathBuf,
    folder: PathBuf,
    port: u16,
    _kept: tempfile::TempDir,
}

const RULES: &str = "\
local     all  keeper             trust
local     all  secret             scram-sha-256
hostssl   all  encrypted  all     trust
hostnossl all  plain      all     trust
hostssl   all  bearer     all     cert
host      all  secret     all     scram-sha-256
";

impl Server {
    fn start(test: &str) -> Option<Server> {
        let installed = block_on(async {
            let database = Throwaway::new(test).await?;
            let binaries = database
                .value("SELECT setting FROM pg_config WHERE name = 'BINDIR'")
                .await;
            database.end().await;
            Some(PathBuf::from(binaries))
        });
        let binaries = installed.filter(|binaries| binaries.join("initdb").exists())?;
        if Command::new("openssl").arg("version").output().is_err() {
            not_run(&format!("{test}: there is no `openssl`"));
            return None;
        }
        let kept = tempfile::tempdir().unwrap();
        let folder = kept.path().join("server");
        fs::create_dir(&folder).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = Server {
            binaries,
            folder,
            port,
            _kept: kept,
        };
        server.own();
        let data = server.path("data");
        server.program(
            "initdb",
            &[
                "--no-sync",
                "--auth=trust",
                "--username=keeper",
                "-E",
                "UTF8",
                "-D",
                &data,
            ],
        );
        server.certify();
        fs::write(server.folder.join("data/pg_hba.conf"), RULES).unwrap();
        server.own();
        let options = format!(
            "-p {port} -k {} -c listen_addresses=localhost -c fsync=off -c ssl=on",
            server.path("")
        ) + &[
            "ssl_cert_file=server.crt",
            "ssl_key_file=server.key",
            "ssl_ca_file=ca.crt",
        ]
        .map(|it| format!(" -c {it}"))
        .concat();
        server.program(
            "pg_ctl",
            &["-D", &data, "-w", "-o", &options, "-l", &server.path("log"), "start"],
        );
        let roles = "CREATE ROLE encrypted LOGIN; CREATE ROLE plain LOGIN; CREATE ROLE bearer LOGIN; CREATE ROLE secret LOGIN \
                     PASSWORD 's3 cret'; CREATE DATABASE shop";
        for statement in roles.split(';') {
            let port = port.to_string();
            server.program(
                "psql",
                &[
                    "-X",
                    "-q",
                    "-h",
                    &server.path(""),
                    "-p",
                    &port,
                    "-U",
                    "keeper",
                    "-c",
                    statement,
                    "postgres",
                ],
            );
        }
        Some(server)
    }

    fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    /// Root starts it as another user, who may read what root wrote.
    fn own(&self) {
        if is_root() {
            assert!(
                Command::new("chmod")
                    .arg("a+rx")
                    .arg(self.folder.parent().unwrap())
                    .status()
                    .unwrap()
                    .success()
            );
            assert!(
                Command::new("chown")
                    .args(["-R", "postgres"])
                    .arg(&self.folder)
                    .status()
                    .unwrap()
                    .success()
            );
        }
    }

    fn try_program(&self, name: &str, arguments: &[&str]) -> Output {
        let program = self.binaries.join(name);
        let mut command = match is_root() {
            true => {
                let mut command = Command::new("setpriv");
                command
                    .args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"])
                    .arg(program);
                command
            }
            false => Command::new(program),
        };
        command.args(arguments).current_dir("/").output().unwrap()
    }

    fn program(&self, name: &str, arguments: &[&str]) {
        let output = self.try_program(name, arguments);
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        assert!(output.status.success(), "{name}: {output:?}\n{log}");
    }

    /// An authority, another one, a certificate of the server's for `localhost`, and one of the role `bearer`.
    fn certify(&self) {
        let data = self.folder.join("data");
        let openssl = |arguments: &[&str]| {
            let output = Command::new("openssl")
                .args(arguments)
                .current_dir(&data)
                .output()
                .unwrap();
            assert!(output.status.success(), "{output:?}");
        };
        for name in ["ca", "other"] {
            let (key, certificate) = (format!("{name}.key"), format!("{name}.crt"));
            let subject = format!("/CN={name}");
            openssl(&[
                "req",
                "-new",
                "-x509",
                "-days",
                "9",
                "-nodes",
                "-subj",
                &subject,
                "-keyout",
                &key,
                "-out",
                &certificate,
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
            ]);
        }
        for (name, subject, extension) in [
            ("server", "/CN=localhost", "subjectAltName=DNS:localhost"),
            ("bearer", "/CN=bearer", "basicConstraints=CA:FALSE"),
        ] {
            let (key, request, certificate) = (format!("{name}.key"), format!("{name}.csr"), format!("{name}.crt"));
            openssl(&[
                "req",
                "-new",
                "-nodes",
                "-subj",
                subject,
                "-keyout",
                &key,
                "-out",
                &request,
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
            ]);
            fs::write(data.join("extensions"), extension).unwrap();
            openssl(&[
                "x509",
                "-req",
                "-days",
                "9",
                "-in",
                &request,
                "-CA",
                "ca.crt",
                "-CAkey",
                "ca.key",
                "-CAcreateserial",
                "-extfile",
                "extensions",
                "-out",
                &certificate,
            ]);
        }
        for entry in fs::read_dir(&data).unwrap().flatten() {
            if entry.path().extension().is_some_and(|extension| extension == "key") {
                private(&entry.path());
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.try_program("pg_ctl", &["-D", &self.path("data"), "-m", "immediate", "-w", "stop"]);
    }
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout.trim_ascii() == b"0"
}

fn private(path: &Path) {
    assert!(Command::new("chmod").arg("600").arg(path).status().unwrap().success());
}

#[test]
fn e1_a_server_is_reached_as_libpq_reaches_it() {
    let Some(server) = Server::start("interfaces::server::e1_a_server_is_reached_as_libpq_reaches_it") else {
        return;
    };
    let world = World::empty();
    world.write("terrane.toml", "[[layer]]\nname = \"app\"\nversions = \"app\"\n");
    world.write("app/note.txt", "");
    let port = server.port;
    for name in ["ca.crt", "other.crt", "bearer.crt", "bearer.key"] {
        world.write(name, fs::read(server.folder.join("data").join(name)).unwrap());
    }
    let file = |name: &str| world.path(name).display().to_string();
    let encrypted = |rest: &str| format!("postgresql://encrypted@localhost:{port}/shop{rest}");
    let (ca, other) = (file("ca.crt"), file("other.crt"));
    let bearer = format!("?sslcert={}&sslkey={}", file("bearer.crt"), file("bearer.key"));
    private(&world.path("bearer.key"));
    let cases: Vec<(String, bool)> = vec![
        (encrypted(""), true),
        (encrypted("?sslmode=disable"), false),
        (encrypted("?sslmode=allow"), true),
        (encrypted("?sslmode=require"), true),
        (encrypted(&format!("?sslmode=verify-full&sslrootcert={ca}")), true),
        (encrypted(&format!("?sslmode=verify-full&sslrootcert={other}")), false),
        (encrypted(&format!("?sslmode=verify-ca&sslrootcert={other}")), false),
        (encrypted("?sslmode=verify-full"), false),
        (encrypted("?sslrootcert=system"), false),
        // With something to verify by, it is verified.
        (encrypted(&format!("?sslmode=require&sslrootcert={ca}")), true),
        (encrypted(&format!("?sslmode=require&sslrootcert={other}")), false),
        (
            encrypted(&format!("?sslmode=verify-full&sslrootcert={ca}")).replace("localhost", "127.0.0.1"),
            false,
        ),
        (
            encrypted(&format!("?sslmode=verify-ca&sslrootcert={ca}")).replace("localhost", "127.0.0.1"),
            true,
        ),
        (format!("postgresql://plain@localhost:{port}/shop"), true),
        (
            format!("postgresql://plain@localhost:{port}/shop?sslmode=require"),
            false,
        ),
        (format!("postgresql://bearer@localhost:{port}/shop{bearer}"), true),
        (
            format!("postgresql://bearer@localhost:{port}/shop?sslmode=require"),
            false,
        ),
        (format!("postgresql://secret:s3%20cret@localhost:{port}/shop"), true),
        (format!("postgresql://secret:s3cretive@localhost:{port}/shop"), false),
        (format!("postgresql://secret@localhost:{port}/shop"), false),
        (
            format!(
                "postgresql://keeper@/shop?host={}&port={port}&sslmode=require",
                server.path("")
            ),
            true,
        ),
    ];
    for (url, comes_in) in cases {
        let outcome = world.run(&["log", "--url", &url]);
        assert_eq!(outcome.code == 0, comes_in, "{url}: {}", outcome.err);
        assert!(!outcome.err.contains("s3cretive"), "{}", outcome.err);
    }
    from_surroundings(&world, &server);
}

/// What the URL leaves out, the environment and the files of the home folder say.
fn from_surroundings(world: &World, server: &Server) {
    let port = server.port.to_string();
    let home = world.path("home").display().to_string();
    world.write(
        "home/.pgpass",
        format!("localhost:{port}:*:nobody:wrong\nlocalhost:*:shop:secret:s3 cret\n"),
    );
    private(&world.path("home/.pgpass"));
    let service = format!("[shop]\nhost=localhost\nport={port}\ndbname=shop\nuser=secret\n");
    world.write("home/.pg_service.conf", service);
    world.write("url.txt", format!("postgresql://secret@localhost:{port}/shop\n"));
    let secret = format!("postgresql://secret@localhost:{port}/shop");
    let (socket, home) = (server.path(""), ("HOME", home.as_str()));
    let whole = [
        ("PGHOST", "localhost"),
        ("PGPORT", &*port),
        ("PGUSER", "secret"),
        ("PGDATABASE", "shop"),
        ("PGPASSWORD", "s3 cret"),
    ];
    let by_socket = format!("postgresql://secret@/shop?host={socket}&port={port}");
    for (url, environment) in [
        (&*secret, &[("PGPASSWORD", "s3 cret")][..]),
        (&*secret, &[home]),
        (&*by_socket, &[home]),
        ("postgresql://", &whole),
        ("postgresql:///?service=shop", &[home]),
        ("postgresql://", &[home, ("PGSERVICE", "shop")]),
        ("file:url.txt", &[home]),
        ("env:SHOP", &[home, ("SHOP", &*secret)]),
    ] {
        let outcome = world.run_with("", environment, &["log", "--url", url]);
        assert_eq!(outcome.code, 0, "{url} {environment:?}: {}", outcome.err);
    }
    let outcome = world.run_with("", &[], &["log", "--url", &secret]);
    assert_eq!(outcome.code, 1, "{}", outcome.err);
}
