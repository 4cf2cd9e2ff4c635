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
