//! Why an array cannot be solved.

/// Why an array cannot be solved. Each is a sentence a user can act on.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CrossbarError {
    /// A list has the wrong length.
    #[error("{field} has {found} values, expected {expected}")]
    Shape {
        /// Name of the list.
        field: &'static str,
        /// Its length.
        found: usize,
        /// The length it must have.
        expected: usize,
    },
    /// A value is negative, infinite or not a number.
    #[error("{field} is {value}, expected {expected}")]
    Value {
        /// Name of the value, with its position.
        field: String,
        /// The value.
        value: f64,
        /// What would be right.
        expected: &'static str,
    },
    /// The array has no cells.
    #[error("the array has {rows} word lines and {columns} bit lines, expected at least one of each")]
    Empty {
        /// Word lines.
        rows: usize,
        /// Bit lines.
        columns: usize,
    },
    /// A cell has no current at its voltage.
    #[error("cell ({row}, {column}): {source}")]
    Device {
        /// Its word line.
        row: usize,
        /// Its bit line.
        column: usize,
        /// What the model says.
        source: device_models::DeviceError,
    },
    /// The factorisation broke down.
    #[error(
        "the node equations could not be factorised; conductances and wire resistances span too many orders of magnitude"
    )]
    Singular,
    /// A potential or current is too large for a number.
    #[error(
        "{method} met a potential or current that is no finite number; resistances, conductances or applied potentials are too extreme"
    )]
    NotFinite {
        /// The method.
        method: &'static str,
    },
    /// No line has a way for its heat.
    #[error(
        "neither word lines nor bit lines have a heat sink; give the thickness of the oxide to a sink for one of them"
    )]
    NoHeatSink,
    /// The array cannot be reduced to its terminals.
    #[error(
        "no transfer matrix for arrays with source lines, bridges or conductances above 1e60 S; use the direct method"
    )]
    Ports,
    /// An iteration ended above its tolerance.
    #[error(
        "{method} reached a relative error of {reached:.1e} after {iterations} iterations, wanted {wanted:.1e}; \
         loosen the tolerance or use the direct method"
    )]
    NotConverged {
        /// The method.
        method: &'static str,
        /// Estimated relative error reached.
        reached: f64,
        /// Tolerance.
        wanted: f64,
        /// Iterations done.
        iterations: usize,
    },
    /// The method cannot solve such an array.
    #[error("{method} cannot solve an array with {what}; use the direct method")]
    Unsupported {
        /// The method.
        method: &'static str,
        /// What it cannot handle.
        what: &'static str,
    },
}
