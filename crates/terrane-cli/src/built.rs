//! Reads the messages of Cargo while it builds a program: compiler warnings, and the path of the program.

use serde::Deserialize;
use std::io::BufRead;
use std::path::PathBuf;

/// A line of Cargo's messages, of which there are other kinds.
#[derive(Deserialize)]
#[serde(tag = "reason")]
enum Message {
    #[serde(rename = "compiler-message")]
    Compiler {
        package_id: String,
        target: Target,
        message: Rendered,
    },
    #[serde(rename = "compiler-artifact")]
    Artifact {
        package_id: String,
        target: Target,
        fresh: bool,
        executable: Option<PathBuf>,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize, Clone, PartialEq, Eq)]
struct Target {
    kind: Vec<String>,
    name: String,
}

#[derive(Deserialize)]
struct Rendered {
    rendered: Option<String>,
}

/// What a compiler said of a target of a package.
struct Said {
    package_id: String,
    target: Target,
    text: String,
}

/// Reads Cargo's messages to their end: the executable of the binary of that name, if there is one. `say` is told what the
/// compiler has to say, but for what it said when it compiled a target at another time, which Cargo repeats.
pub(crate) fn executable(messages: impl BufRead, bin: &str, mut say: impl FnMut(&str)) -> Option<PathBuf> {
    let mut held: Vec<Said> = Vec::new();
    let mut found = None;
    for line in messages.lines().map_while(Result::ok) {
        match serde_json::from_str(&line) {
            Ok(Message::Compiler {
                package_id,
                target,
                message,
            }) => held.extend(message.rendered.map(|text| Said {
                package_id,
                target,
                text,
            })),
            // It comes when all is said of the target.
            Ok(Message::Artifact {
                package_id,
                target,
                fresh,
                executable,
            }) => {
                let is_of_it = |said: &Said| said.package_id == package_id && said.target == target;
                if !fresh {
                    held.iter()
                        .filter(|said| is_of_it(said))
                        .for_each(|said| say(&said.text));
                }
                held.retain(|said| !is_of_it(said));
                if target.name == bin && target.kind.iter().any(|kind| kind == "bin") {
                    found = executable.or(found);
                }
            }
            Ok(Message::Other) | Err(_) => {}
        }
    }
    // What did not compile has no artifact.
    held.iter().for_each(|said| say(&said.text));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIBRARY: &str = "\"package_id\":\"a\",\"target\":{\"kind\":[\"lib\"],\"name\":\"a\"}";
    const PROGRAM: &str = "\"package_id\":\"a\",\"target\":{\"kind\":[\"bin\"],\"name\":\"migrate\"}";

    fn message(of: &str, text: &str) -> String {
        format!("{{\"reason\":\"compiler-message\",{of},\"message\":{{\"rendered\":\"{text}\"}}}}\n")
    }

    fn artifact(of: &str, fresh: bool, executable: &str) -> String {
        format!("{{\"reason\":\"compiler-artifact\",{of},\"fresh\":{fresh},\"executable\":{executable}}}\n")
    }

    fn read(messages: &[String]) -> (Option<PathBuf>, Vec<String>) {
        let mut said = Vec::new();
        let all = messages.concat();
        let found = executable(all.as_bytes(), "migrate", |text| said.push(text.to_owned()));
        (found, said)
    }

    #[test]
    fn a_warning_is_told_when_its_target_is_compiled_and_not_again() {
        let messages = |fresh| {
            [
                message(LIBRARY, "old"),
                artifact(LIBRARY, true, "null"),
                message(PROGRAM, "new"),
                artifact(PROGRAM, fresh, "\"/there/migrate\""),
                "{\"reason\":\"build-finished\",\"success\":true}\n".to_owned(),
            ]
        };
        let there = Some(PathBuf::from("/there/migrate"));
        assert_eq!(read(&messages(false)), (there.clone(), vec!["new".to_owned()]));
        assert_eq!(read(&messages(true)), (there, Vec::new()));
    }

    #[test]
    fn what_does_not_compile_is_told() {
        let messages = [message(LIBRARY, "expected item"), "no message\n".to_owned()];
        assert_eq!(read(&messages), (None, vec!["expected item".to_owned()]));
    }
}
