//! Exit codes, which scripts rely on.

use std::process::ExitCode;

/// What the program ends with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exit {
    /// 0: what was asked for is done, or there was nothing to do.
    Done,
    /// 1: it failed.
    Failed,
    /// 2: the command line or the configuration makes no sense.
    Usage,
    /// 3: differences, or revisions that are not applied, were found by a command that looks for them.
    Differs,
    /// 4: refused: another layer's object would be touched, a change cannot be carried over, or a question is open.
    Refused,
}

impl Exit {
    /// The end that a number means; what means nothing is a failure.
    pub(crate) fn of(code: i32) -> Exit {
        let all = [Exit::Done, Exit::Failed, Exit::Usage, Exit::Differs, Exit::Refused];
        let found = all.into_iter().find(|exit| i32::from(exit.code()) == code);
        found.unwrap_or(Exit::Failed)
    }

    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Differs => 3,
            Exit::Refused => 4,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

impl From<terrane::Kind> for Exit {
    fn from(kind: terrane::Kind) -> Exit {
        match kind {
            terrane::Kind::Failed => Exit::Failed,
            terrane::Kind::Usage => Exit::Usage,
            terrane::Kind::Refused => Exit::Refused,
        }
    }
}
