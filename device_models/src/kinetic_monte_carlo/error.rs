//! What can go wrong in a kinetic Monte Carlo simulation.

/// An error of the kinetic Monte Carlo filament.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum KineticError {
    /// A parameter has a value no cell can have.
    #[error("kinetic Monte Carlo: the parameter '{parameter}' is {value}, but {demand}")]
    Parameter {
        /// Name of the parameter.
        parameter: &'static str,
        /// The value given, in the SI unit.
        value: f64,
        /// What the value must satisfy.
        demand: &'static str,
    },
    /// The card's parameters do not belong together.
    #[error(transparent)]
    Device(#[from] crate::DeviceError),
    /// The lattice has no site or more than the index can address.
    #[error("kinetic Monte Carlo: a lattice of {0} sites cannot be simulated; give 1 to 2147483648 sites")]
    Size(usize),
    /// The solution of the potential or the temperature did not converge.
    #[error(
        "kinetic Monte Carlo: the {field} did not converge in {iterations} iterations (error {error:.1e} of the applied one); loosen `exponent_tolerance`"
    )]
    NotConverged {
        /// Potential or temperature.
        field: &'static str,
        /// Iterations done.
        iterations: usize,
        /// Estimated error, relative.
        error: f64,
    },
    /// Two events undo each other faster than the waveform advances.
    #[error(
        "kinetic Monte Carlo: {events} events passed before {time:.3e} s of the waveform; shorten the segments, lower the voltage or raise `most_events`"
    )]
    TooManyEvents {
        /// Events since the beginning of the waveform.
        events: u64,
        /// Time since the beginning of the waveform, s.
        time: f64,
    },
}
