//! The folders in which Python would look for a package, found without running Python.
//!
//! In the order of Python's own: what the configuration puts in front, `PYTHONPATH`, then the `site-packages` of the
//! virtual environment with what its `.pth` files add (docs.python.org/3/library/site.html), and last the packages that
//! were installed to be edited by a finder in a module of its own, as setuptools has it since version 64.

use std::fs;
use std::path::{Path, PathBuf};

/// The variables and paths by which packages are found, read once when the program starts.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Surroundings {
    /// The virtual environment, where somebody named one: a setting, or the variable `VIRTUAL_ENV`.
    pub environment: Option<PathBuf>,
    /// The folder of the program that runs: in an environment's `bin/`, that environment is meant.
    pub program: Option<PathBuf>,
    /// The folders of `PYTHONPATH`.
    pub python_path: Vec<PathBuf>,
}

/// Where packages are looked for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SearchPath {
    /// Folders, the first one first.
    folders: Vec<PathBuf>,
    /// Packages that lie elsewhere, by name.
    mapped: Vec<(String, PathBuf)>,
    /// The environments that were looked into, for messages.
    environments: Vec<PathBuf>,
}

/// Where an environment is looked for beside a project, when nobody names one.
const USUAL: &[&str] = &[".venv", "venv", "env"];

impl SearchPath {
    /// The search path of a project in `folder`, with what its configuration puts in front.
    pub fn of(surroundings: &Surroundings, folder: &Path, prepended: &[PathBuf]) -> SearchPath {
        let mut path = SearchPath::default();
        path.folders.extend(prepended.iter().cloned());
        path.folders.extend(surroundings.python_path.iter().cloned());
        for environment in environments(surroundings, folder) {
            for packages in site_packages(&environment) {
                path.add_site(&packages);
            }
            path.environments.push(environment);
        }
        path
    }

    /// The environments that were looked into.
    pub fn environments(&self) -> &[PathBuf] {
        &self.environments
    }

    /// The folder of a package, by its dotted name.
    pub fn package(&self, name: &str) -> Option<PathBuf> {
        let relative: PathBuf = name.split('.').collect();
        let in_folders = self.folders.iter().map(|folder| folder.join(&relative));
        let mut found = in_folders.filter(|folder| folder.is_dir());
        // A folder without `__init__.py` is a package only where no other has one; PEP 420.
        let first = found.next();
        let regular = |folder: &PathBuf| folder.join("__init__.py").is_file();
        if let Some(first) = first.as_ref().filter(|folder| regular(folder)) {
            return Some(first.clone());
        }
        found.find(regular).or_else(|| self.mapped_package(name)).or(first)
    }

    /// The version of an installed distribution, major and minor, by the folder of its metadata: `SQLAlchemy-1.4.54.dist-info`.
    pub fn version(&self, distribution: &str) -> Option<(u32, u32)> {
        let is_it = |name: &str| {
            let (own, version) = name.strip_suffix(".dist-info")?.rsplit_once('-')?;
            own.eq_ignore_ascii_case(distribution).then(|| version.to_owned())
        };
        let entries = self
            .folders
            .iter()
            .filter_map(|folder| fs::read_dir(folder).ok())
            .flatten()
            .flatten();
        let version = entries.filter_map(|entry| is_it(entry.file_name().to_str()?)).next()?;
        let mut numbers = version.split('.').map(str::parse);
        Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
    }

    /// The file of a module that lies in no package.
    pub fn module(&self, name: &str) -> Option<PathBuf> {
        let files = self.folders.iter().map(|folder| folder.join(format!("{name}.py")));
        files.into_iter().find(|file| file.is_file())
    }

    fn mapped_package(&self, name: &str) -> Option<PathBuf> {
        let found = self.mapped.iter().find_map(|(package, folder)| {
            let rest = name.strip_prefix(package.as_str())?;
            match rest.strip_prefix('.') {
                Some(rest) => Some(folder.join(rest.split('.').collect::<PathBuf>())),
                None => rest.is_empty().then(|| folder.clone()),
            }
        });
        found.filter(|folder| folder.is_dir())
    }

    /// A folder of installed packages, with what its `.pth` files and finders lead to.
    fn add_site(&mut self, packages: &Path) {
        self.folders.push(packages.to_owned());
        let Ok(entries) = fs::read_dir(packages) else { return };
        let mut names: Vec<String> = entries
            .flatten()
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect();
        // `site.py` reads them in that order.
        names.sort();
        for name in names {
            let path = packages.join(&name);
            if name.ends_with(".pth") {
                self.add_links(packages, &path);
            } else if name.starts_with("__editable__") && name.ends_with("_finder.py") {
                let text = fs::read_to_string(&path).unwrap_or_default();
                self.mapped.extend(crate::finder::mapping(&text));
            }
        }
    }

    /// The folders that a `.pth` file names, a line each; lines with code are not run.
    fn add_links(&mut self, packages: &Path, file: &Path) {
        let text = fs::read_to_string(file).unwrap_or_default();
        let lines = text.lines().map(str::trim_end);
        let folders = lines.filter(|line| !line.is_empty() && !line.starts_with(['#']) && !is_code(line));
        for folder in folders.map(|line| packages.join(line)) {
            if folder.is_dir() && !self.folders.contains(&folder) {
                self.folders.push(folder);
            }
        }
    }
}

fn is_code(line: &str) -> bool {
    line.strip_prefix("import")
        .is_some_and(|rest| rest.starts_with([' ', '\t']))
}

/// The environments that may be meant: the one that was named; else the one whose `bin/` the program lies in; else the
/// one beside the project, or beside a folder above it.
fn environments(surroundings: &Surroundings, folder: &Path) -> Vec<PathBuf> {
    if let Some(named) = &surroundings.environment {
        return vec![named.clone()];
    }
    let beside_program = surroundings.program.as_deref().and_then(Path::parent);
    if let Some(found) = beside_program.filter(|environment| is_environment(environment)) {
        return vec![found.to_owned()];
    }
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    for above in folder.ancestors() {
        // A project may live in an environment: `/srv/envs/poser/app`, as Rattail's do.
        if is_environment(above) {
            return vec![above.to_owned()];
        }
        if let Some(found) = USUAL
            .iter()
            .map(|name| above.join(name))
            .find(|folder| is_environment(folder))
        {
            return vec![found];
        }
    }
    Vec::new()
}

/// Every environment has this file; PEP 405.
fn is_environment(folder: &Path) -> bool {
    folder.join("pyvenv.cfg").is_file()
}

/// The folders of packages in an environment, that of the newest Python first.
fn site_packages(environment: &Path) -> Vec<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = Vec::new();
    for lib in ["lib", "lib64", "Lib"] {
        let lib = environment.join(lib);
        let direct = lib.join("site-packages");
        if direct.is_dir() {
            found.push((u32::MAX, direct));
        }
        let Ok(entries) = fs::read_dir(&lib) else { continue };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let minor = name.to_str().and_then(|name| name.strip_prefix("python3."));
            let minor = minor.and_then(|minor| minor.trim_end_matches('t').parse().ok());
            let packages = entry.path().join("site-packages");
            if let Some(minor) = minor.filter(|_| packages.is_dir()) {
                found.push((minor, packages));
            }
        }
    }
    found.sort_by_key(|(minor, _)| std::cmp::Reverse(*minor));
    // `lib64` is a link to `lib` in most environments.
    let mut seen: Vec<PathBuf> = Vec::new();
    let mut is_new = |folder: &Path| {
        let real = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        let is_new = !seen.contains(&real);
        seen.push(real);
        is_new
    };
    found
        .into_iter()
        .map(|(_, folder)| folder)
        .filter(|folder| is_new(folder))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: &Path, text: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn a_package_is_found_installed_linked_or_mapped() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        let site = root.join("venv/lib/python3.11/site-packages");
        write(&root.join("venv/pyvenv.cfg"), "");
        write(&site.join("installed/__init__.py"), "");
        write(&site.join("installed/db/__init__.py"), "");
        write(&root.join("src/linked/__init__.py"), "");
        write(
            &site.join("linked.pth"),
            &format!("import nothing\n# no\n{}\n", root.join("src").display()),
        );
        write(&root.join("elsewhere/db/__init__.py"), "");
        let finder = format!(
            "MAPPING: dict[str, str] = {{'mapped': '{}'}}\nNAMESPACES = {{}}\n",
            root.join("elsewhere").display()
        );
        write(&site.join("__editable___mapped_1_0_finder.py"), &finder);
        write(&root.join("app/poser/__init__.py"), "");
        let path = SearchPath::of(&Surroundings::default(), &root.join("app"), &[root.join("app")]);
        assert_eq!(path.package("installed.db"), Some(site.join("installed/db")));
        assert_eq!(path.package("linked"), Some(root.join("src/linked")));
        assert_eq!(path.package("mapped.db"), Some(root.join("elsewhere/db")));
        assert_eq!(path.package("poser"), Some(root.join("app/poser")));
        assert_eq!(path.package("nothing"), None);
        assert_eq!(path.environments(), [root.join("venv")]);
    }

    #[test]
    fn the_named_environment_goes_before_the_one_beside_the_program_and_the_one_beside_the_project() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        for name in ["named", "running", "app/.venv"] {
            write(&root.join(name).join("pyvenv.cfg"), "");
            fs::create_dir_all(root.join(name).join("lib/python3.12/site-packages")).unwrap();
        }
        let mut surroundings = Surroundings {
            environment: Some(root.join("named")),
            program: Some(root.join("running/bin")),
            python_path: Vec::new(),
        };
        let chosen = |surroundings: &Surroundings| {
            SearchPath::of(surroundings, &root.join("app/deep"), &[])
                .environments()
                .to_vec()
        };
        assert_eq!(chosen(&surroundings), [root.join("named")]);
        surroundings.environment = None;
        assert_eq!(chosen(&surroundings), [root.join("running")]);
        surroundings.program = None;
        assert_eq!(chosen(&surroundings), [root.join("app/.venv")]);
    }
}
