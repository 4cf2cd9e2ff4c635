//! The command line: arguments, progress bars, exit codes. Nothing is computed here.
