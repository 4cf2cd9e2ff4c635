//! The law of the cells of an array.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::crossbar::cells::{Series, SeriesCells, Sinh, SinhSelector, Threshold};
use crate::crossbar::spice::SpiceCells;
use crate::crossbar::{Array, Bridge, CellLaws, Place};
use crate::experiment::FieldError;
use crate::experiment::script::{Ampere, Siemens, Volt};

/// What a cell of conductance G does at a voltage.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum CellFields {
    /// I = G V.
    #[default]
    Linear,
    /// I = G v0 sinh(V/v0).
    Sinh {
        /// Voltage of the curvature.
        v0: Volt,
    },
    /// 1S1R: a selector I = current · sinh(V/voltage) in series with the cell.
    Selector {
        /// Current of the selector.
        current: Ampere,
        /// Voltage of its curvature.
        voltage: Volt,
        /// Voltage of the curvature of the cell; linear where left away.
        #[serde(default)]
        v0: Option<Volt>,
    },
    /// 1S1R: a selector whose conductance rises from `off` to `on` around a threshold, in series with a
    /// linear cell.
    Threshold {
        /// Selector conductance far below the threshold.
        off: Siemens,
        /// Selector conductance far above it.
        on: Siemens,
        /// Threshold of the selector's own voltage.
        threshold: Volt,
        /// Width of the transition.
        width: Volt,
    },
}

/// The law with the conductances of all cells.
#[derive(Debug, Clone)]
pub(super) enum Law {
    Linear,
    Sinh(Sinh),
    Series(Series),
    Threshold(Threshold),
}

impl CellFields {
    /// All values are above zero.
    pub(super) fn check(self, field: &str) -> Result<(), FieldError> {
        let positive = |name: &str, value: f64, unit: &str| {
            if value.is_finite() && value > 0.0 {
                Ok(())
            } else {
                Err(FieldError::new(
                    format!("{field}.{name}"),
                    format!("is {value} {unit}, must be above zero"),
                ))
            }
        };
        match self {
            Self::Linear => Ok(()),
            Self::Sinh { v0 } => positive("sinh.v0", v0.0, "V"),
            Self::Selector { current, voltage, v0 } => {
                positive("selector.current", current.0, "A")?;
                positive("selector.voltage", voltage.0, "V")?;
                v0.map_or(Ok(()), |v0| positive("selector.v0", v0.0, "V"))
            }
            Self::Threshold { off, on, threshold, width } => {
                positive("threshold.off", off.0, "S")?;
                positive("threshold.threshold", threshold.0, "V")?;
                positive("threshold.width", width.0, "V")?;
                if on.0 > off.0 && on.0.is_finite() {
                    return Ok(());
                }
                let text = format!("is {:e} S, must be above off, which is {:e} S", on.0, off.0);
                Err(FieldError::new(format!("{field}.threshold.on"), text))
            }
        }
    }

    /// The law of the cells of an array. `faulty` ones are ohmic: of a law that is not linear they are
    /// left out, and a bridge of their conductance takes their place.
    pub(super) fn law(self, array: &mut Array, faulty: &[usize]) -> Law {
        if matches!(self, Self::Linear) {
            return Law::Linear;
        }
        let mut conductances = array.conductances.clone();
        for &k in faulty {
            let conductance = std::mem::take(&mut conductances[k]);
            if conductance > 0.0 {
                let (i, j) = (k / array.columns, k % array.columns);
                let (from, to) = (Place::Word(i, j), Place::Bit(i, j));
                array.bridges.push(Bridge { from, to, resistance: 1.0 / conductance });
            }
        }
        match self {
            Self::Linear => Law::Linear,
            Self::Sinh { v0 } => Law::Sinh(Sinh { conductances, v0: v0.0 }),
            Self::Selector { current, voltage, v0 } => Law::Series(Series {
                selector: SinhSelector { current: current.0, voltage: voltage.0 },
                cells: match v0 {
                    None => SeriesCells::Ohmic(conductances),
                    Some(v0) => SeriesCells::Sinh(Sinh { conductances, v0: v0.0 }),
                },
            }),
            Self::Threshold { off, on, threshold, width } => Law::Threshold(Threshold {
                conductances,
                off: off.0,
                on: on.0,
                threshold: threshold.0,
                width: width.0,
            }),
        }
    }
}

impl Law {
    /// The law of cells that are not linear.
    pub(super) fn curved(&self) -> Option<&dyn CellLaws> {
        match self {
            Self::Linear => None,
            Self::Sinh(law) => Some(law),
            Self::Series(law) => Some(law),
            Self::Threshold(law) => Some(law),
        }
    }

    /// The law in a netlist.
    pub(super) fn spice(&self) -> SpiceCells<'_> {
        match self {
            Self::Linear => SpiceCells::Linear,
            Self::Sinh(law) => SpiceCells::Sinh(law),
            Self::Series(law) => SpiceCells::Series(law),
            Self::Threshold(law) => SpiceCells::Threshold(law),
        }
    }
}
