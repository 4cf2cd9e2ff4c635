//! The program `neurofilament`.

use std::process::ExitCode;

fn main() -> ExitCode {
    neurofilament::cli::main()
}
