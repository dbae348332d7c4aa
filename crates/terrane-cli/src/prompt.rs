//! Questions on a terminal.

use crate::render;
use std::io::{self, BufRead, IsTerminal};
use terrane::{Answer, OpenQuestion};

/// Whether somebody is there to be asked.
pub(crate) fn is_possible() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks all of them; none, as soon as one is left open.
pub(crate) fn ask(questions: &[OpenQuestion]) -> Option<Vec<Answer>> {
    let mut answers = Vec::new();
    for question in questions {
        render::diagnostic(&question.diagnostic);
        answers.extend(answer(question, &mut io::stdin().lock(), render::note)?);
    }
    Some(answers)
}

/// The choice that is made by its number. Anything else, an empty line and the end of the input, leaves it open.
fn answer(question: &OpenQuestion, input: &mut impl BufRead, say: impl Fn(String)) -> Option<Vec<Answer>> {
    for (at, choice) in question.choices.iter().enumerate() {
        say(format!("  {}: {}", at + 1, choice.meaning));
    }
    say("which? (nothing leaves it open, and no file is written)".to_owned());
    let mut line = String::new();
    input.read_line(&mut line).ok()?;
    let number: usize = line.trim().parse().ok()?;
    let choice = question.choices.get(number.checked_sub(1)?)?;
    Some(choice.answers.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use terrane::Choice;
    use terrane::core::diagnostic::{Diagnostic, codes};

    #[test]
    fn a_number_chooses_and_all_else_leaves_it_open() {
        let answers: Vec<Answer> = ["rename:t.x=y", "drop:t.x"].map(|text| text.parse().unwrap()).into();
        let choice = |answer: &Answer| Choice {
            meaning: answer.to_string(),
            answers: vec![answer.clone()],
        };
        let question = OpenQuestion {
            diagnostic: Diagnostic::warning(codes::QUESTION, "was it?"),
            choices: answers.iter().map(choice).collect(),
        };
        let said = |text: &str| answer(&question, &mut text.as_bytes(), |_| ());
        assert_eq!(said("1\n"), Some(vec![answers[0].clone()]));
        assert_eq!(said(" 2 \n"), Some(vec![answers[1].clone()]));
        for text in ["", "\n", "0\n", "3\n", "y\n", "-1\n", "rename\n"] {
            assert_eq!(said(text), None, "{text}");
        }
    }
}
