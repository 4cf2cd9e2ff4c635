//! Lines on stdout and errors on stderr; a closed pipe is no reason to panic.

use std::error::Error;
use std::io::{self, Write};

/// Standard output.
#[derive(Debug)]
pub(super) struct Output(io::Stdout);

impl Output {
    /// The standard output of the program.
    pub(super) fn new() -> Self {
        Self(io::stdout())
    }

    /// Writes a line.
    pub(super) fn line(&mut self, text: &str) -> io::Result<()> {
        self.raw(&format!("{text}\n"))
    }

    /// Writes text as it is.
    pub(super) fn raw(&mut self, text: &str) -> io::Result<()> {
        let mut stdout = self.0.lock();
        stdout.write_all(text.as_bytes())?;
        stdout.flush()
    }
}

/// The chain of an error as one sentence on one line of stderr.
pub(super) fn fail(error: &dyn Error) {
    let mut sentence = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if !sentence.contains(&text) {
            sentence.push_str(": ");
            sentence.push_str(&text);
        }
        source = cause.source();
    }
    warn("error", &sentence);
}

/// One line on stderr.
pub(super) fn warn(what: &str, sentence: &str) {
    let line = sentence.split_whitespace().collect::<Vec<_>>().join(" ");
    let _ = writeln!(io::stderr(), "{what}: {line}");
}
