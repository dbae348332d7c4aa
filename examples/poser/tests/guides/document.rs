//! What a document shows, block by block.

/// A fenced block.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// The number of its first line, counted from 1; that of the fence is one less.
    pub(crate) line: usize,
    pub(crate) deed: Deed,
    pub(crate) text: Vec<String>,
}

/// What is to be done with it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// Commands after `$`, each with what it prints; the last one ends with that code.
    Run { code: i32 },
    /// A new file.
    Create { path: String },
    /// Hunks that each fit one place of a file.
    Edit { path: String },
    /// What a file says.
    Show { path: String },
    /// Nothing: the block is marked as something to be read only.
    Read,
}

/// The blocks of a document.
pub(crate) fn parse(document: &str) -> Result<Vec<Block>, String> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    let mut after_blank = true;
    for (index, line) in document.lines().enumerate() {
        let number = index + 1;
        match &mut open {
            Some(_) if line == "```" => blocks.extend(open.take()),
            Some(block) => block.text.push(line.to_owned()),
            None if line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~") => {
                let deed = line.strip_prefix("```").and_then(deed).ok_or_else(|| {
                    format!("line {number}: `{line}` says nothing that could be done; `text` is for what is only read")
                })?;
                open = Some(Block {
                    line: number + 1,
                    deed,
                    text: Vec::new(),
                });
            }
            None if after_blank && line.starts_with("    ") => {
                return Err(format!("line {number}: an indented block; put it between fences"));
            }
            None => {}
        }
        after_blank = line.is_empty();
    }
    match open {
        Some(block) => Err(format!("line {}: the block is not closed", block.line - 1)),
        None => Ok(blocks),
    }
}

/// What stands behind the fence: the language, which is for the eye, and what is to be done.
fn deed(info: &str) -> Option<Deed> {
    let words: Vec<&str> = info.split_whitespace().collect();
    let path = |path: &str| path.to_owned();
    match words[..] {
        ["text"] => Some(Deed::Read),
        ["console"] => Some(Deed::Run { code: 0 }),
        ["console", "exit", code] => Some(Deed::Run {
            code: code.parse().ok()?,
        }),
        ["diff", file] => Some(Deed::Edit { path: path(file) }),
        ["rust" | "toml" | "sql", "create", file] => Some(Deed::Create { path: path(file) }),
        ["rust" | "toml" | "sql", "show", file] => Some(Deed::Show { path: path(file) }),
        _ => None,
    }
}

/// A command with the lines that follow it: what it prints.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Command {
    /// The lines as they stand there.
    pub(crate) shown: Vec<String>,
    pub(crate) output: Vec<String>,
    /// Of its first line, from that of the block.
    pub(crate) offset: usize,
}

impl Command {
    /// What the shell gets.
    pub(crate) fn script(&self) -> String {
        self.shown.join("\n").trim_start_matches("$ ").to_owned()
    }
}

/// The commands of a block.
pub(crate) fn commands(lines: &[String]) -> Result<Vec<Command>, String> {
    let mut commands: Vec<Command> = Vec::new();
    let mut continued = false;
    for (offset, line) in lines.iter().enumerate() {
        if line.starts_with("$ ") && !continued {
            commands.push(Command {
                shown: vec![line.clone()],
                output: Vec::new(),
                offset,
            });
        } else {
            let command = commands.last_mut().ok_or("output before the first `$ ` line")?;
            let part = if continued {
                &mut command.shown
            } else {
                &mut command.output
            };
            part.push(line.clone());
        }
        continued = line.ends_with('\\') && (continued || line.starts_with("$ "));
    }
    Ok(commands)
}

/// One change to a file: the lines before, and those after.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Hunk {
    pub(crate) before: Vec<String>,
    pub(crate) after: Vec<String>,
}

/// The hunks of an edit.
pub(crate) fn hunks(lines: &[String]) -> Result<Vec<Hunk>, String> {
    let mut hunks = vec![Hunk::default()];
    for line in lines {
        let Hunk { before, after } = hunks.last_mut().expect("there is always one");
        let (mark, rest) = line.split_at_checked(1).unwrap_or((" ", ""));
        match mark {
            " " => {
                before.push(rest.to_owned());
                after.push(rest.to_owned());
            }
            "-" => before.push(rest.to_owned()),
            "+" => after.push(rest.to_owned()),
            "@" => hunks.push(Hunk::default()),
            _ => return Err(format!("`{line}` begins with none of ` `, `-`, `+`, `@@`")),
        }
    }
    hunks.retain(|hunk| *hunk != Hunk::default());
    if hunks.is_empty()
        || hunks
            .iter()
            .any(|hunk| hunk.before == hunk.after || hunk.before.is_empty())
    {
        return Err("a hunk needs lines to find its place, and something to change".to_owned());
    }
    Ok(hunks)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn blocks_have_deeds_and_lines() {
        let blocks = parse("a\n\n```console exit 4\n$ x\n```\n```text\n```\n```sql show a/*.sql\nb\n```\n").unwrap();
        let deeds: Vec<_> = blocks.iter().map(|block| (block.line, &block.deed)).collect();
        let path = "a/*.sql".to_owned();
        assert_eq!(
            deeds,
            [(4, &Deed::Run { code: 4 }), (7, &Deed::Read), (9, &Deed::Show { path })]
        );
    }

    #[test]
    fn nothing_slips_in_that_is_not_done() {
        for (document, line) in [
            ("```\nx\n```", 1),
            ("```rust\nx\n```", 1),
            ("```sh\n$ x\n```", 1),
            ("a\n- b\n  ```console\n  ```", 3),
            ("~~~console\n~~~", 1),
            ("a\n\n    b", 3),
            ("```console\n$ x", 1),
        ] {
            let why = parse(document).unwrap_err();
            assert!(why.starts_with(&format!("line {line}: ")), "{document}: {why}");
        }
    }

    #[test]
    fn a_command_may_take_several_lines() {
        let commands = commands(&lines("$ a \\\n  b\nout\n$ c")).unwrap();
        assert_eq!(commands[0].script(), "a \\\n  b");
        assert_eq!(commands[0].output, ["out"]);
        assert_eq!((commands[1].script().as_str(), commands[1].offset), ("c", 3));
    }

    #[test]
    fn a_hunk_changes_something_at_a_place() {
        let found = hunks(&lines("@@\n a\n-b\n+c\n\n@@ x\n d\n+e")).unwrap();
        let (before, after) = (lines("a\nb\n\n"), lines("a\nc\n\n"));
        assert_eq!(found[0], Hunk { before, after });
        assert_eq!(found.len(), 2);
        assert!(
            hunks(&[]).is_err()
                && hunks(&lines("+c")).is_err()
                && hunks(&lines(" a")).is_err()
                && hunks(&lines("a")).is_err()
        );
    }
}
