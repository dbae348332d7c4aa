//! The program itself, run in folders of its own.

mod bad_input; // what users get wrong: one clear diagnostic each, and nothing changed
mod help; // the help of every command
mod importing; // histories of other tools
mod interfaces; // what scripts and people rely on, to the letter
mod pains; // what hurts users of other tools, one test each
mod world; // a folder, a project in it, and the program
