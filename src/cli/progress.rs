//! Progress bars on stderr, and Ctrl-C.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::experiment::Progress;

/// Set by Ctrl-C (and SIGTERM).
static CANCELLED: AtomicBool = AtomicBool::new(false);

/// Lets Ctrl-C end the work cleanly; a second one ends the program at once.
pub(super) fn listen() -> Result<(), ctrlc::Error> {
    ctrlc::set_handler(|| {
        if CANCELLED.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
    })
}

/// A bar with the time that is left, if there is a terminal to show it on.
pub(super) struct Bar(ProgressBar);

impl Bar {
    /// A bar, or nothing where nobody sees it.
    pub(super) fn new(quiet: bool) -> Self {
        let visible = !quiet && std::io::stderr().is_terminal();
        let target =
            if visible { ProgressDrawTarget::stderr_with_hz(8) } else { ProgressDrawTarget::hidden() };
        Self(ProgressBar::with_draw_target(Some(0), target))
    }

    /// Takes the bar away.
    pub(super) fn clear(&self) {
        self.0.finish_and_clear();
    }
}

impl Progress for Bar {
    fn start(&self, what: &str, total: u64) {
        if let Ok(style) = ProgressStyle::with_template(
            "{prefix} {wide_bar} {human_pos}/{human_len}  {elapsed} elapsed, {eta} left",
        ) {
            self.0.set_style(style);
        }
        self.0.set_prefix(what.to_owned());
        self.0.set_length(total);
        self.0.set_position(0);
        self.0.reset_eta();
    }

    fn advance(&self, steps: u64) {
        self.0.inc(steps);
    }

    fn cancelled(&self) -> bool {
        CANCELLED.load(Ordering::Relaxed)
    }
}
