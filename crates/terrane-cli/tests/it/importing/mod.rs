//! Histories of other tools, in their own formats.

mod books; // what their version tables say
mod formats; // a history in the format of each tool
mod generate; // histories that nobody wrote
mod recognised; // whose files they are
mod refused; // what no revision can say
mod whole; // what comes over is what the tool would have made
