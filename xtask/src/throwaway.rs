//! A folder for databases that nobody keeps.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::process::{output, program};

/// Throwaway databases need no disk; a file system in memory spares them its waits.
const MEMORY: &str = "/dev/shm";

/// What that file system must have free, in kilobytes; containers often give it a few megabytes only.
const ENOUGH: u64 = 256 * 1024;

const PREFIX: &str = "terrane-test-";

/// A fresh folder, in memory where there is room. It goes when this value goes.
pub(crate) struct Throwaway(PathBuf);

impl Throwaway {
    pub(crate) fn new() -> Result<Throwaway, String> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let parent = if free_kilobytes(MEMORY) >= ENOUGH {
            PathBuf::from(MEMORY)
        } else {
            env::temp_dir()
        };
        sweep(&parent);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let path = parent.join(format!("{PREFIX}{}-{number}", process::id()));
        fs::create_dir_all(&path).map_err(|error| format!("no place for databases: {error}"))?;
        Ok(Throwaway(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Throwaway {
    fn drop(&mut self) {
        // What is left is swept by the next run.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn free_kilobytes(folder: &str) -> u64 {
    let table = output(program("df").args(["-Pk", folder])).unwrap_or_default();
    let cells = table.lines().nth(1).unwrap_or_default().split_whitespace();
    cells.skip(3).find_map(|available| available.parse().ok()).unwrap_or(0)
}

/// Removes the folders of runs that were interrupted: those whose process is gone.
fn sweep(parent: &Path) {
    if !Path::new("/proc/self").exists() {
        return;
    }
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let id = name
            .to_string_lossy()
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.split('-').next()?.parse::<u32>().ok());
        if id.is_some_and(|id| !Path::new("/proc").join(id.to_string()).exists()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_folder_is_another_and_goes_with_its_value() {
        let (one, other) = (Throwaway::new().unwrap(), Throwaway::new().unwrap());
        let path = one.path().to_owned();
        assert!(path.is_dir() && path != other.path());
        drop(one);
        assert!(!path.exists() && other.path().is_dir());
    }
}
