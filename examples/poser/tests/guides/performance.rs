//! One document from its first block to its last.

use crate::document::{Block, Deed, Hunk, commands, hunks, parse};
use crate::outcome::{Ids, compare};
use crate::project::Project;
use crate::root;
use std::fs;

/// Set to `write`, the documents are made to say what came out.
const WRITE: &str = "TERRANE_DOCUMENTS";

/// Does what the document at that path shows.
pub(crate) fn perform(path: &str) {
    let document = fs::read_to_string(root().join(path)).expect("the document");
    let blocks = parse(&document).unwrap_or_else(|why| panic!("{path}: {why}"));
    let name = path.trim_end_matches(".md").replace('/', "-").to_lowercase();
    let mut performance = Performance {
        project: Project::new(&name),
        ids: Ids::default(),
        faults: Vec::new(),
        writes: std::env::var(WRITE).is_ok_and(|value| value == "write"),
    };
    for id in performance.project.revision_ids() {
        performance.ids.bind(&id, &id);
    }
    let mut lines: Vec<String> = document.lines().map(str::to_owned).collect();
    let mut written = Vec::new();
    for block in &blocks {
        match performance.block(block) {
            Ok(text) => written.push((block, text)),
            Err(why) => {
                performance.faults.push(format!("block at line {}: {why}", block.line));
                // What follows stands on what did not happen.
                break;
            }
        }
    }
    if performance.writes {
        for (block, text) in written.into_iter().rev() {
            lines.splice(block.line - 1..block.line - 1 + block.text.len(), text);
        }
        fs::write(root().join(path), lines.join("\n") + "\n").expect("the document can be written");
    }
    let faults = performance.faults.join("\n\n");
    assert!(faults.is_empty(), "{path} does not say what happens\n\n{faults}\n");
}

struct Performance {
    project: Project,
    ids: Ids,
    faults: Vec<String>,
    writes: bool,
}

impl Performance {
    /// Does one block; its text as it should be.
    fn block(&mut self, block: &Block) -> Result<Vec<String>, String> {
        match &block.deed {
            Deed::Read => {}
            Deed::Run { code } => return self.run(block, *code),
            Deed::Create { path } => {
                let file = self.project.folder.join(path);
                if file.exists() {
                    return Err(format!("`{path}` is there already"));
                }
                let folder = file.parent().expect("a file in a folder");
                fs::create_dir_all(folder)
                    .and_then(|()| fs::write(&file, block.text.join("\n") + "\n"))
                    .map_err(|error| format!("`{path}`: {error}"))?;
            }
            Deed::Edit { path } => self.edit(path, &block.text)?,
            Deed::Show { path } => {
                let file = self.project.file(&self.ids.in_run(path))?;
                let text = fs::read_to_string(file).map_err(|error| format!("`{path}`: {error}"))?;
                let text: Vec<String> = text.lines().map(str::to_owned).collect();
                let what = format!("line {}: `{path}` says otherwise", block.line);
                return Ok(self.against(&block.text, text, &what));
            }
        }
        Ok(block.text.clone())
    }

    fn run(&mut self, block: &Block, code: i32) -> Result<Vec<String>, String> {
        let commands = commands(&block.text)?;
        let mut written = Vec::new();
        for (index, command) in commands.iter().enumerate() {
            let script = self.ids.in_run(&command.script());
            let (printed, ended) = self.project.run(&script);
            let expected = if index + 1 == commands.len() { code } else { 0 };
            let line = block.line + command.offset;
            if ended != expected {
                let printed = printed.join("\n");
                return Err(format!(
                    "line {line}: `{script}` ended with {ended} instead of {expected}\n{printed}"
                ));
            }
            written.extend(command.shown.iter().cloned());
            let what = format!("line {line}: `{script}` prints otherwise");
            written.extend(self.against(&command.output, printed, &what));
        }
        Ok(written)
    }

    /// Holds lines of the document against what came out; the lines as they should be.
    fn against(&mut self, documented: &[String], actual: Vec<String>, what: &str) -> Vec<String> {
        let Err(why) = compare(documented, &actual, &mut self.ids) else {
            return documented.to_vec();
        };
        if self.writes {
            return actual.iter().map(|line| self.ids.in_document(line)).collect();
        }
        self.faults.push(format!("{what}\n{why}"));
        documented.to_vec()
    }

    fn edit(&self, path: &str, text: &[String]) -> Result<(), String> {
        let file = self.project.file(&self.ids.in_run(path))?;
        let whole = fs::read_to_string(&file).map_err(|error| format!("`{path}`: {error}"))?;
        let mut lines: Vec<String> = whole.lines().map(str::to_owned).collect();
        for Hunk { before, after } in hunks(text)? {
            let before: Vec<String> = before.iter().map(|line| self.ids.in_run(line)).collect();
            let places: Vec<usize> = (0..lines.len())
                .filter(|at| lines[*at..].starts_with(&before))
                .collect();
            let [at] = places[..] else {
                let hunk = before.join("\n");
                return Err(format!("{} places of `{path}` read\n{hunk}", places.len()));
            };
            lines.splice(at..at + before.len(), after.iter().map(|line| self.ids.in_run(line)));
        }
        fs::write(&file, lines.join("\n") + "\n").map_err(|error| format!("`{path}`: {error}"))
    }
}
