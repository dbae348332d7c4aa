//! A throwaway PostgreSQL server for one run of the tests, or for one benchmark.
//!
//! From the binaries that are installed, in a folder that goes with the run, on a free port of the loopback interface, with
//! durability off. It refuses to run as root, so that root starts it as another user.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::process::{output, program, run};
use crate::setup::{apt_install, is_root, may_install};

/// Who runs the server where root must not; the first that is there.
const USERS: [&str; 2] = ["postgres", "nobody"];

/// What nothing that is thrown away needs, and what many tests at once do.
const SETTINGS: [&str; 7] = [
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
    "max_connections=200",
    // A benchmark makes thousands of tables in one transaction.
    "max_locks_per_transaction=256",
    // A test waits for an autovacuum; in a minute, none might come.
    "autovacuum_naptime=10s",
    "listen_addresses=127.0.0.1",
];

/// A server that runs; it stops with this value, or with this process, however that ends.
pub(crate) struct Server {
    binaries: PathBuf,
    data: PathBuf,
    user: Option<&'static str>,
    url: String,
    keeper: Option<Child>,
}

/// Waits until the pipe from this process closes, which a kill does as well as a return, then runs its arguments. It
/// ignores the signals that a terminal sends to everybody in the foreground.
const KEEPER: &str = r#"trap '' INT TERM HUP QUIT; cat >/dev/null; exec "$@""#;

impl Server {
    /// A fresh server in a folder of its own, or why there is none.
    pub(crate) fn start(folder: &Path) -> Result<Server, String> {
        let binaries = binaries().ok_or(
            "PostgreSQL is not installed (Debian: apt-get install postgresql, macOS: brew install postgresql@17, or put \
             `initdb` and `pg_ctl` on the path)",
        )?;
        let user = is_root()
            .then(|| USERS.into_iter().find(|user| is_user(user)))
            .flatten();
        let home = folder.join("postgresql");
        fs::create_dir_all(&home).map_err(|error| format!("{}: {error}", home.display()))?;
        if let Some(user) = user {
            run(program("chown").arg(user).arg(&home))?;
        }
        let port = free_port()?;
        let mut server = Server {
            binaries,
            data: home.join("data"),
            user,
            url: format!("postgresql://postgres@127.0.0.1:{port}/postgres"),
            keeper: None,
        };
        let mut initdb = server.command("initdb");
        initdb.args([
            "--no-sync",
            "--auth=trust",
            "--username=postgres",
            "--locale=C",
            "--encoding=UTF8",
        ]);
        server.quietly(initdb.arg("-D").arg(&server.data))?;
        let mut options = format!("-p {port} -k {}", home.display());
        for setting in SETTINGS {
            options.push_str(" -c ");
            options.push_str(setting);
        }
        let mut start = server.command("pg_ctl");
        start
            .arg("-D")
            .arg(&server.data)
            .args(["-w", "-o", &options, "-l"])
            .arg(server.log())
            .arg("start");
        server.keeper = Some(server.keep()?);
        server.quietly(&mut start)?;
        Ok(server)
    }

    /// Starts the process that stops the server.
    fn keep(&self) -> Result<Child, String> {
        let mut stop = self.command("pg_ctl");
        stop.arg("-D").arg(&self.data).args(["-m", "immediate", "stop"]);
        keeper(&stop).map_err(|error| format!("PostgreSQL cannot be started: {error}"))
    }

    /// Where it answers.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// What it has to say.
    pub(crate) fn log(&self) -> PathBuf {
        self.data.with_file_name("log")
    }

    /// The folder of the programs that came with it.
    pub(crate) fn programs(&self) -> &Path {
        &self.binaries
    }

    /// Where a client program is that came with the server.
    pub(crate) fn client(&self, name: &str) -> PathBuf {
        self.binaries.join(name)
    }

    /// One of the server's programs, as the user that runs it.
    fn command(&self, name: &str) -> Command {
        let path = self.binaries.join(name);
        match self.user {
            Some(user) => {
                let group = output(program("id").args(["-g", user])).unwrap_or_default();
                let mut command = program("setpriv");
                command
                    .arg(format!("--reuid={user}"))
                    .arg(format!("--regid={}", group.trim()))
                    .args(["--clear-groups", "--"])
                    .arg(path)
                    .current_dir("/");
                command
            }
            None => program(path),
        }
    }

    fn quietly(&self, command: &mut Command) -> Result<(), String> {
        let told = command
            .output()
            .map_err(|error| format!("PostgreSQL cannot be started: {error}"))?;
        if told.status.success() {
            return Ok(());
        }
        let why = String::from_utf8_lossy(&told.stderr).into_owned();
        Err(format!("PostgreSQL does not start: {}", why.trim()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut keeper) = self.keeper.take() {
            drop(keeper.stdin.take());
            // A server that does not stop is gone with the machine.
            let _ = keeper.wait();
        }
    }
}

/// A process that runs a command once its standard input is closed.
fn keeper(then: &Command) -> std::io::Result<Child> {
    Command::new("sh")
        .args(["-c", KEEPER, "sh"])
        .arg(then.get_program())
        .args(then.get_args())
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
}

/// The folder of `initdb`: on the path, or where distributions keep it, the newest first.
fn binaries() -> Option<PathBuf> {
    installed().or_else(|| {
        if may_install() {
            apt_install("postgresql", "on which some tests and benchmarks run");
        }
        installed()
    })
}

fn installed() -> Option<PathBuf> {
    let mut majors: Vec<PathBuf> = ["/usr/lib/postgresql", "/opt/homebrew/opt"]
        .iter()
        .filter_map(|parent| fs::read_dir(parent).ok())
        .flat_map(|entries| entries.flatten().map(|entry| entry.path().join("bin")))
        .filter(|bin| bin.join("initdb").exists() && bin.join("pg_ctl").exists())
        .collect();
    majors.sort_by_key(|bin| major(bin));
    majors.pop().or_else(|| {
        let found = output(program("sh").args(["-c", "command -v initdb"]))?;
        Some(Path::new(found.trim()).parent()?.to_owned())
    })
}

/// The number in the path of a version's folder.
fn major(bin: &Path) -> u32 {
    let digits: String = bin.to_string_lossy().chars().filter(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(0)
}

fn is_user(name: &str) -> bool {
    output(program("id").args(["-u", name])).is_some_and(|id| !id.trim().is_empty())
}

fn free_port() -> Result<u16, String> {
    let socket = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
    socket
        .map(|address| address.port())
        .map_err(|error| format!("no port is free: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::succeeds;
    use crate::throwaway::Throwaway;
    use std::time::Duration;

    #[test]
    fn an_interrupted_run_leaves_no_server() {
        let place = Throwaway::new().unwrap();
        let stopped = place.path().join("stopped");
        let mut keeper = keeper(Command::new("touch").arg(&stopped)).unwrap();
        let id = keeper.id().to_string();
        // The shell sets its traps first; a signal before that would end it.
        std::thread::sleep(Duration::from_millis(300));
        for signal in ["-INT", "-TERM", "-HUP"] {
            assert!(succeeds(program("kill").args([signal, &id])));
        }
        std::thread::sleep(Duration::from_millis(100));
        assert!(keeper.try_wait().unwrap().is_none() && !stopped.exists());
        drop(keeper.stdin.take());
        assert!(keeper.wait().unwrap().success() && stopped.exists());
    }

    #[test]
    fn the_newest_version_is_the_one_of_the_greatest_number() {
        assert!(major(Path::new("/usr/lib/postgresql/15/bin")) > major(Path::new("/usr/lib/postgresql/9/bin")));
    }
}
