//! What scripts and people rely on, to the letter.

mod adoption; // `adopt` on a database that Alembic made
pub(crate) mod alembic; // `-c alembic.ini`
pub(crate) mod bridge; // revisions that Python runs
mod diff; // `diff --from --to`
mod entities; // `entities --to`
mod init; // `init`, in the places where people begin
mod json; // what programs read
mod json_told; // what programs read of what was done, and of errors
mod listing; // `heads`, `history`, `branches`, `show`: what needs no database, and how it looks
mod new_revisions; // `revision` and `merge`, with all their options
mod offline; // `--sql`
mod paths; // where things are looked for, and what the environment says instead
mod server; // how a server is reached
mod standing; // `upgrade`, `downgrade`, `stamp`, `check`, `edit`
mod urls; // which database is meant
mod within; // the command line within an app's own runtime
