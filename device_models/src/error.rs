//! What can go wrong in the physics of one cell.

/// An error of a device model or card.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DeviceError {
    /// The internal current equation has no solution.
    #[error(
        "{model}: no operating point at {voltage} V with state {state:?}; the voltage is outside the model's range"
    )]
    NoOperatingPoint {
        /// Model name.
        model: &'static str,
        /// Applied voltage, V.
        voltage: f64,
        /// State of the cell.
        state: Vec<f64>,
    },
    /// The integrator's step fell below what the time resolves.
    #[error(
        "{model}: the integration stalled {time:.3e} s into a segment at {voltage} V (state {state:?}); lower the voltage or shorten the segment"
    )]
    Stalled {
        /// Model name.
        model: &'static str,
        /// Time since the beginning of the segment, s.
        time: f64,
        /// Applied voltage, V.
        voltage: f64,
        /// State of the cell.
        state: Vec<f64>,
    },
    /// What a pulse does cannot be tabulated.
    #[error(
        "{model}: a cell remembers more than its conductance, so what a pulse does to it cannot be tabulated; run the full model (tier \"full\") or choose another card"
    )]
    NoPulseTable {
        /// Model name.
        model: &'static str,
    },
    /// A parameter the model needs was not given.
    #[error("{model}: the parameter '{parameter}' is missing; the card must give it")]
    MissingParameter {
        /// Model name.
        model: &'static str,
        /// Name of the parameter.
        parameter: &'static str,
    },
    /// A parameter has a value no device can have.
    #[error("{model}: the parameter '{parameter}' is {value}, but {demand}")]
    InvalidParameter {
        /// Model name.
        model: &'static str,
        /// Name of the parameter.
        parameter: &'static str,
        /// The value given, in the SI unit.
        value: f64,
        /// What the value must satisfy.
        demand: &'static str,
    },
}

/// An error of a device card.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CardError {
    /// No shipped card has this name.
    #[error(
        "card \"{name}\" is not known; the shipped cards are {known}, and a path ending in .json names your own"
    )]
    UnknownCard {
        /// Name asked for.
        name: String,
        /// Names there are.
        known: String,
    },
    /// The text is not JSON or lacks the structure of a card.
    #[error("card {origin}: {message}")]
    Json {
        /// File or card name.
        origin: String,
        /// What the reader says, with line and column.
        message: String,
    },
    /// One field is wrong.
    #[error("card {origin}: {field} {message}")]
    Field {
        /// File or card name.
        origin: String,
        /// Path of the field.
        field: String,
        /// What is wrong and what would be right.
        message: String,
    },
    /// The parameters are each valid but the model refuses their combination.
    #[error("card {origin}: {source}")]
    Model {
        /// File or card name.
        origin: String,
        /// What the model says.
        source: DeviceError,
    },
}
