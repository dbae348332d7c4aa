//! The one table of diagnostic codes. A number is never used twice, nor for another thing.
//!
//! Families: `C` configuration, `M` models, `S` revision files, `G` graph, `D` autogenerate, `P` plan and dialect,
//! `O` ownership, `X` execution, `L` lint.

use std::fmt;

/// The identity of a diagnostic: a letter and three digits, and a name in words.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code {
    /// `G003`.
    pub id: &'static str,
    /// `multiple-heads`.
    pub name: &'static str,
    /// What it means and what to do, for `terrane explain` and the reference.
    pub explain: &'static str,
}

impl Code {
    /// The letter of the family.
    pub fn family(&self) -> char {
        self.id.chars().next().unwrap_or('?')
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.id, self.name)
    }
}
impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

macro_rules! codes {
    ($($constant:ident $id:literal $name:literal $explain:literal;)*) => {
        $(#[doc = concat!("`", $id, "` ", $name, ": ", $explain)]
        pub const $constant: Code = Code { id: $id, name: $name, explain: $explain };)*

        /// Every code there is, in the order of the table.
        pub const ALL: &[Code] = &[$($constant),*];
    };
}

codes! {
    DUPLICATE_REVISION "G001" "duplicate-revision"
        "Two revision files carry the same Revision ID. Give one of them another id, and mend what refers to it.";
    MISSING_PARENT "G002" "missing-parent"
        "A revision names a parent or a dependency for which there is no file. Restore the file, or correct the header.";
    MULTIPLE_HEADS "G003" "multiple-heads"
        "`head` stands for one revision, and here there are several. Name one (`poser@head`), all (`heads`), or merge them.";
    UNKNOWN_REVISION "G004" "unknown-revision"
        "No revision, and no branch label, has that name or begins so.";
    AMBIGUOUS_REVISION "G005" "ambiguous-revision"
        "Several revisions begin with that text. Give more characters.";
    CYCLE "G006" "cycle"
        "Revisions follow, or depend on, one another in a circle, so that none of them can be first.";
    DUPLICATE_LABEL "G007" "duplicate-label"
        "A branch label is used twice, or is also the id of a revision. Labels and ids share one set of names.";
    NOT_ON_BRANCH "G008" "not-on-branch"
        "The revision is no member of the branch that the target names.";
    RELATIVE_TARGET "G009" "relative-target"
        "A relative target (`+1`, `-2`) walks past the end of the history, or could go several ways.";
    NOT_IN_RANGE "G010" "not-in-range"
        "The target does not lie on the way: it is neither an ancestor nor a descendant of where the database stands.";
    OVERLAPPING_ROWS "G011" "overlapping-revisions"
        "Two of the revisions asked for stand on one line: one is an ancestor of the other.";
    BAD_REVISION_ID "G012" "bad-revision-id"
        "A revision id may not hold `@`, `-`, `+`, `:`, commas or spaces, since those mean something in targets.";
    NOT_A_HEAD "G013" "not-a-head"
        "A new revision continues a head. To start a branch from an older revision, ask for it with `--splice`.";
    BAD_TARGET "G014" "bad-target"
        "The target is not written as Terrane reads targets: `head`, `heads`, `base`, an id, `label@head`, `+1`, `id-2`, `a:b`.";
    BAD_LABEL "G015" "bad-branch-label"
        "A branch label may not be empty or `head`, `heads`, `base`, `current`, nor hold `@`, `:`, commas or spaces.";
    FOREIGN_ROW "G016" "row-of-another-layer"
        "A version row of one layer names a revision of another. If the layer was renamed, `terrane adopt` moves its rows; \
         otherwise move the file back, or stamp anew with `--purge`.";
    STRANGER "G017" "layer-of-another-configuration"
        "The database has a layer that this configuration does not have: another app's, as a rule. It is left alone. One that \
         was renamed is taken over with `terrane adopt`.";
    CANNOT_ADOPT "G018" "cannot-adopt"
        "`terrane adopt` moves what the database has of a layer that was renamed: from a name that the configuration does not \
         have any more, to one that the database does not have yet, and whose files hold its revisions. Without names, it gives \
         every object of a database that Alembic made its layer, which needs Alembic's table with its rows.";
    LOWERED "G019" "lowered-vendor"
        "A version row stands below a revision that another layer's applied revision depends on: the vendor was downgraded, or \
         stamped, under an app that needs it.";

    CONFIG_NOT_FOUND "C001" "configuration-not-found"
        "There is no configuration where it was looked for. `terrane init` writes one; `-c` names one.";
    BAD_CONFIG "C002" "bad-configuration"
        "The configuration cannot be read, or says something that cannot be. The reference lists every key.";
    UNKNOWN_LAYER "C003" "unknown-layer"
        "A layer is named that the configuration does not have.";
    NO_URL "C004" "no-database-url"
        "The command needs a database, and nothing says which: set `url` in `terrane.toml`, or TERRANE_URL.";
    UNSUPPORTED_DATABASE "C005" "unsupported-database"
        "There is no dialect for the scheme of the URL.";
    PROGRAM "C006" "app-program"
        "The configuration names the app's own program (`[program]`), and `cargo` could not build or run it.";
    NO_FOLDER "C007" "no-folder"
        "A folder of revisions that the configuration names is not there, or a layer names none.";
    URL_SOURCE "C009" "url-source"
        "The URL of the database is kept in a variable (`env:NAME`) or a file (`file:PATH`), and cannot be read from there.";
    BAD_URL "C010" "bad-url"
        "The URL of the database says something that is not understood. What is passed over could be what mattered.";
    URL_OVERRIDDEN "C011" "url-overridden"
        "DATABASE_URL, or a `.env` file, names another database than the configuration; the configuration's is not used.";
    EMPTIED "C012" "emptied-source"
        "A file declares nothing, and to follow it would drop everything. A file that a shell has just emptied, as in \
         `terrane diff … > models.sql`, looks the same as one that is meant so.";

    NO_PACKAGE "C013" "no-package"
        "The configuration of an Alembic project names a folder of a Python package (`package:folder`), and no such package is \
         installed in the virtual environment, nor beside the project.";

    NO_PYTHON "C015" "no-python"
        "Models of SQLAlchemy's are asked of Python, and a revision that cannot be read is run by it, and there is none: none in the \
         virtual environment that was named or lies beside the project, and none on the path; or it lacks the packages.";

    WHICH_TOOL "C016" "which-tool"
        "The folder that is to be imported holds the migrations of no tool that is known, or its files fit several tools. \
         `--from` says whose they are.";

    NO_MODELS "M001" "no-models"
        "Autogenerate compares models with the database, and the layer has none.";
    BAD_MODEL "M002" "bad-model"
        "A statement of the models cannot be read, or the server refuses it.";
    NOT_A_DECLARATION "M003" "not-a-declaration"
        "Models say what is there: only CREATE statements (and COMMENT ON) belong in them.";
    DECLARED_TWICE "M004" "declared-twice"
        "One object is declared twice.";
    NOTHING_DECLARED "M005" "nothing-declared"
        "The module of a layer's models declares no table. A crate that is not linked declares nothing; if the layer has \
         tables, it is asked whether they are to be dropped (D009).";
    UNDECLARED_ENTITY "M006" "undeclared-entity"
        "An ORM knows an entity of the layer that is not declared beside it: write `terrane_sea_orm::table!(Entity);` there.";
    FORGOTTEN_FILE "M007" "forgotten-file"
        "A source file lies in the folder of the models and no `mod` names it, so that what it declares is not compiled.";

    UNKNOWN_FORMER_NAME "M008" "unknown-former-name"
        "The models say that something was called otherwise, and nothing was called so. A mistyped name would drop the old \
         one with its values.";
    MISPLACED_FORMER_NAME "M009" "misplaced-former-name"
        "A comment says a former name, and stands beside no column and above no table, so that it would be passed over.";

    MODELS_IN_PYTHON "M010" "models-in-python"
        "The models are SQLAlchemy's, and Python did not tell them: it ended with an error, took too long, lacks SQLAlchemy or \
         Alembic, has no metadata, or printed something else.";
    NOBODYS_MODEL "M011" "nobodys-model"
        "A table of the metadata is no class's and stands in no module of a layer's package, and no revision makes it, so that \
         nothing tells which layer it belongs to.";

    UNREADABLE_FILE "S001" "unreadable-file"
        "A revision file cannot be read, or its bytes are no UTF-8.";
    BAD_HEADER "S002" "bad-header"
        "The header of a revision file is a block of comment lines: a message, an empty one, and `Key: value` lines.";
    UNKNOWN_HEADER_KEY "S003" "unknown-header-key"
        "The header has a key that means nothing to Terrane. A misspelt key that was passed over could cost data.";
    NO_REVISION_ID "S004" "no-revision-id"
        "Every revision file says `Revision ID:`.";
    UNKNOWN_DIRECTIVE "S005" "unknown-directive"
        "A line begins as a directive (`-- upgrade`, `-- downgrade`, `-- call NAME`) and is written otherwise.";
    NOT_CLOSED "S006" "not-closed"
        "A string, a quoted name, a comment or a parenthesis is opened and never closed.";
    DUPLICATE_SECTION "S007" "duplicate-section"
        "A section of a revision file stands there twice.";
    OUTSIDE_SECTION "S008" "outside-section"
        "A statement stands before the first `-- upgrade` or `-- downgrade` line, so that nothing says when it runs.";
    BAD_DATE "S009" "bad-date"
        "A date is written `2026-11-22 21:30:00+00:00`.";
    NOT_UNDERSTOOD "S010" "not-understood"
        "A file with `Dialect: any` is lowered for the server at hand, so every statement in it must be understood.";
    TRANSACTION_CONTROL "S011" "transaction-control"
        "A revision runs in a transaction of Terrane's; one that begins or ends its own would leave half of it behind.";
    NO_SECTION "S012" "no-section-for-dialect"
        "The revision has no section that runs on this server in this direction.";
    UNKNOWN_CALL "S013" "unknown-call"
        "A revision calls a function that the app did not register.";
    WRONG_DIALECT "S014" "wrong-dialect"
        "The revision is written for another server.";
    UNKNOWN_DIALECT "S015" "unknown-dialect"
        "A header or a heading names a server that Terrane does not know, so that its statements would run nowhere.";
    READ_DIFFERENTLY "S016" "read-differently"
        "Servers differ in where a statement of the file ends, and the file does not say which of them it is for.";
    NO_WAY_BACK "S017" "no-way-back"
        "A revision has an upgrade section and no downgrade section, so that it cannot be undone.";
    PASSED_OVER "S018" "passed-over"
        "A file that looks like a revision lies in a folder of revisions where it is not read: under another ending, in a \
         sub-folder, or as a link out of the folder.";
    HOSTILE_TEXT "S019" "hostile-text"
        "A file holds a byte that no server reads, or a character that shows a text otherwise than it is read.";
    TOO_LARGE "S020" "too-large"
        "A file is larger, or nested deeper, than is read.";
    UNKNOWN_STATEMENT "S021" "unknown-statement"
        "A statement begins with words with which no statement of the server's begins.";

    BAD_PYTHON "S022" "not-python"
        "A revision of an Alembic project is not valid Python.";

    PYTHON_DECIDES "S023" "python-decides"
        "A revision of an Alembic project does something that cannot be known without running its Python. What could not be \
         read is named with its place; nothing of the revision runs.";

    UNREAD_TEMPLATE "S024" "template-not-read"
        "The `script.py.mako` of an Alembic project does more than put values in places, so that the revision is written with \
         the header of Alembic's own template.";

    NOT_CARRIED "S025" "not-carried-over"
        "A migration of another tool says something that no revision can say, or cannot be read as that tool reads it. A history \
         comes over whole or not at all, so nothing was written.";

    PYTHON_FAILED "S026" "python-failed"
        "A revision was run by the project's own Python, which ended with an error, died, said nothing for too long, or did not \
         keep to the format of the bridge. The revision was rolled back.";

    DOES_NOT_FIT "P001" "does-not-fit"
        "A statement changes something that is not there at that point of the history, or creates something that is.";
    UNSUPPORTED "P002" "unsupported"
        "The server cannot carry out a change.";
    CANNOT_CARRY_OVER "P003" "cannot-carry-over"
        "Two schemas differ in something that Terrane cannot turn from one into the other, and does not guess at.";
    NOWHERE "P004" "refers-to-nothing"
        "The models have a foreign key, a view or a trigger that refers to something which is not there: a table, a column, \
         a key; or a revision makes such a key. SQLite takes it, and each use of it fails.";
    NOT_READ "P005" "table-not-read"
        "The models declare a table that is there, but whose definition says something that Terrane does not understand, so \
         that it cannot be compared.";

    FOREIGN_OBJECT "O001" "foreign-object"
        "A revision touches an object of another layer. Extend a vendor's table by a table of your own, tied to it one-to-one.";
    FOREIGN_MODEL "O002" "foreign-model"
        "The models of a layer declare an object of another layer.";
    FOREIGN_REFERENCE "O003" "foreign-reference"
        "A foreign key points into a layer that is not required.";
    GUARD "O004" "guarded"
        "Before a revision committed, an object of another layer was found changed; everything was rolled back.";
    FOREIGN_ROWS "O005" "foreign-rows"
        "A revision writes rows of another layer's table. It runs; whether the other layer expects it is worth asking.";

    QUESTION "D001" "rename-or-replace"
        "Something goes and something like it comes, which may have been meant as a rename. Terrane never guesses, and writes \
         no file until it is answered: by `renamed_from` in the models, or by `--answer`.";
    NOT_UP_TO_DATE "D002" "not-up-to-date"
        "The layer, or one that it requires, has revisions that the database lacks; what they do would be generated again.";
    UNMODELLED "D003" "unmodelled"
        "The database holds something that Terrane has no model of; it is left as it is, and `--strict` refuses to go on.";
    UNOWNED "D004" "unowned-object"
        "The database holds something that no layer owns and no models declare; it is left as it is, and `--strict` refuses to \
         go on.";
    NO_ENTITY "D005" "no-entity"
        "The database holds something that no entity can say, a view, a trigger, a virtual table; the files leave it out.";
    UNKNOWN_TABLE "D006" "unknown-table"
        "A table is asked for that the database does not hold, or that the layer does not own.";
    TYPE_GUESSED "D007" "type-guessed"
        "The declared type of a column tells nothing of its values, so the Rust type of its field is a guess to look at.";

    NOTHING_ASKED "D008" "answer-to-nothing"
        "An `--answer` is about something that the models and the database do not differ in.";
    MODELS_LOST "D009" "models-lost"
        "The models lack everything that the layer has, or most of its tables. A file that was emptied and a module that is \
         not compiled look so; if it is meant, `--answer 'drop:*'` says it.";

    TOOLS_BOOKS "D010" "books-of-another-tool"
        "The table in which another tool keeps what has run says something that no version row can say: a migration failed, or \
         was left out, or has no file, or its file was changed since. Nothing was written.";

    DATABASE "X001" "database-refused"
        "The database refused a statement. The message is the server's own.";
    LOCKED "X002" "database-locked"
        "Another program holds the database, or a table that a statement needs, and did not let go within the time allowed.";
    READ_ONLY "X003" "read-only"
        "The database cannot be written.";
    WORSE_THAN_BEFORE "X004" "worse-than-before"
        "A revision would have left something that worked before and no longer does: rows that refer to nothing, a foreign \
         key to a table or column that is not there, a view, a trigger or an index that cannot be compiled. It was rolled \
         back, and the message names the statement.";
    CANNOT_WRITE "X005" "cannot-write"
        "A file cannot be written.";
    CANNOT_OPEN "X006" "cannot-open"
        "The database cannot be opened.";
    LEDGER_AHEAD "X007" "checksum-changed"
        "A revision that was applied was edited since: its statements are not those that ran.";
    INTERRUPTED "X008" "interrupted"
        "A revision of several transactions was interrupted between two of them. It has to be finished before anything else.";
    CALL_FAILED "X009" "call-failed"
        "A function of the app's that a revision called did not succeed.";
    CALL_COMMITTED "X010" "call-ended-transaction"
        "A function of the app's that a revision called ended the revision's transaction, so that half of it may be there.";
    POOLED "X011" "pooled-connection"
        "The connection goes through a pooler that gives each transaction another connection of the server's. Statements \
         that no transaction takes cannot be guarded there. Name the server itself by `direct_url` in `terrane.toml`, or \
         by TERRANE_DIRECT_URL.";
    BROKEN_OFF "X012" "broken-off"
        "A statement that is a transaction by itself did not do its work, though the server says that it ran: an index of \
         that name is something else, or invalid. Look at it, and drop or rename it.";
    BROKEN_OUT "X023" "broken-out"
        "A statement of a revision ended the transaction that Terrane runs the step in, so that the part before it stays, \
         and nothing held it against what other layers own. The database is marked until somebody has looked: put it \
         right by hand, and say with `terrane stamp` where it stands.";
    OUTCOME_UNKNOWN "X024" "outcome-unknown"
        "The connection was lost while a step was committed, and nobody could be asked whether it was. `terrane current` \
         tells, once the server answers.";
    HELD_SEVERAL "X025" "several-statements"
        "What Terrane read as one statement is several to the server. Nothing of it stays: write them apart.";
    MISFIT "X013" "rows-do-not-fit"
        "Rows of a table do not fit what a revision makes of it: a value would change with its column's type, a NOT NULL \
         has no value, a key is not unique. Mend them in the revision, before the statement that needs it.";
    NO_DATABASE "X017" "no-database"
        "There is no database where the URL says. A command that only looks makes none; the first upgrade does.";
    CALL_PANICKED "X020" "call-panic"
        "A function of the app's that a revision called ended in a panic. The revision is not applied.";
    PROGRAM_DIED "X021" "program-died"
        "The app's program was built and ran, and ended in a panic or by a signal. Terrane keeps its books in the transactions \
         of its steps, so that the database is at a revision, or the next command says what is unfinished.";
}
