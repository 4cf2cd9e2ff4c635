//! The cells of the array: what is in series with each, and their states before.

use device_models::CurrentLimit;
use device_models::card::DeviceCard;
use device_models::variability::draw_spread;
use numerics::rng::{Purpose, Stream};
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::cell::{positive, slow_state};
use super::super::limit::{Transistor, limit};
use super::CrossbarTransient;
use crate::crossbar::transient::{Population, ThresholdSelector};
use crate::experiment::FieldError;
use crate::experiment::script::{Ampere, Ohm, Ratio, Siemens, Volt};

/// What is in series with each cell: at most one of these.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InSeries {
    /// Ideal limit of the magnitude of the current.
    #[serde(default)]
    compliance_current: Option<Ampere>,
    /// A resistor.
    #[serde(default)]
    series_resistance: Option<Ohm>,
    /// A transistor (1T1R) with its gate on a line along the row; the gates of rows that are not selected are
    /// off.
    #[serde(default)]
    transistor: Option<Transistor>,
    /// A volatile threshold selector (1S1R).
    #[serde(default)]
    selector: Option<Selector>,
}

/// A volatile threshold selector.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Selector {
    /// Conductance when off.
    off: Siemens,
    /// Conductance when on.
    on: Siemens,
    /// Its own voltage at which it turns on.
    threshold: Volt,
    /// Current below which it turns off.
    hold_current: Ampere,
}

impl InSeries {
    fn limit(&self) -> Result<CurrentLimit, FieldError> {
        limit(self.compliance_current, self.series_resistance, self.transistor)
            .map_err(|error| error.inside("in_series"))
    }

    fn selector(&self) -> Option<ThresholdSelector> {
        self.selector.map(|s| ThresholdSelector {
            off: s.off.0,
            on: s.on.0,
            threshold: s.threshold.0,
            hold_current: s.hold_current.0,
        })
    }

    /// The transistor of a row with its gate on; `None` for cells without one.
    pub(super) fn gates(&self) -> Option<CurrentLimit> {
        self.transistor.and_then(|_| self.limit().ok())
    }

    pub(super) fn check(&self) -> Result<(), FieldError> {
        let limit = self.limit()?;
        let Some(selector) = &self.selector else { return Ok(()) };
        if limit != CurrentLimit::None {
            let text = "is given beside another element in series; give one of them";
            return Err(FieldError::new("in_series.selector", text));
        }
        for (field, value, unit) in [
            ("off", selector.off.0, "S"),
            ("on", selector.on.0, "S"),
            ("threshold", selector.threshold.0, "V"),
            ("hold_current", selector.hold_current.0, "A"),
        ] {
            positive(&format!("in_series.selector.{field}"), value, unit)?;
        }
        if selector.off.0 >= selector.on.0 {
            let text =
                format!("must be below that when on, {} S, but is {} S", selector.on.0, selector.off.0);
            return Err(FieldError::new("in_series.selector.off", text));
        }
        Ok(())
    }
}

/// States of the cells before.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pattern {
    /// State of the selected cell and of all others that `layout` does not give the other state: a name
    /// from the card (`hrs`, `lrs`) or a value of the slow state variable.
    #[serde(default = "super::super::cell::high_resistance")]
    state: String,
    /// The other state.
    #[serde(default = "low_resistance")]
    other_state: String,
    /// Which cells have the other state.
    #[serde(default)]
    layout: Layout,
    /// Share of cells with the other state, for the random layout.
    #[serde(default = "half")]
    other_share: Ratio,
}

/// Which cells have the other state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Layout {
    /// None.
    #[default]
    Uniform,
    /// Every second one.
    Checkerboard,
    /// Each with the probability `other_share`.
    Random,
    /// All but the selected one.
    AllOthers,
}

fn low_resistance() -> String {
    "lrs".to_owned()
}

fn half() -> Ratio {
    Ratio(0.5)
}

impl Default for Pattern {
    fn default() -> Self {
        Self {
            state: super::super::cell::high_resistance(),
            other_state: low_resistance(),
            layout: Layout::Uniform,
            other_share: half(),
        }
    }
}

impl Pattern {
    fn state_of(card: &DeviceCard, field: &str, text: &str) -> Result<f64, FieldError> {
        slow_state(card, text).map_err(|error| FieldError::new(format!("pattern.{field}"), error.message))
    }

    pub(super) fn check(&self, card: &DeviceCard) -> Result<(), FieldError> {
        Self::state_of(card, "state", &self.state)?;
        if self.layout != Layout::Uniform {
            Self::state_of(card, "other_state", &self.other_state)?;
        }
        if !(0.0..=1.0).contains(&self.other_share.0) {
            let text = format!("must be 0 to 1, but is {}", self.other_share.0);
            return Err(FieldError::new("pattern.other_share", text));
        }
        Ok(())
    }
}

/// The cells of a study.
pub(super) fn population<'a>(
    study: &CrossbarTransient,
    card: &'a DeviceCard,
    seed: u64,
) -> Result<Population<'a>, FieldError> {
    let pattern = &study.pattern;
    let state = Pattern::state_of(card, "state", &pattern.state)?;
    let other = match pattern.layout {
        Layout::Uniform => state,
        _ => Pattern::state_of(card, "other_state", &pattern.other_state)?,
    };
    let count = study.rows * study.columns;
    let [row, column] = study.selected;
    let selected = row * study.columns + column;
    let spreads: Vec<Vec<f64>> = if study.spread {
        (0..count).map(|k| draw_spread(card, seed, k as u64)).collect()
    } else {
        Vec::new()
    };
    let mut stream = Stream::new(seed, Purpose::Pattern, 0, 0);
    let slow = (0..count).map(|k| {
        let drawn = stream.uniform() < pattern.other_share.0;
        let chosen = match pattern.layout {
            Layout::Uniform => false,
            Layout::Checkerboard => (k / study.columns + k % study.columns + row + column) % 2 == 1,
            Layout::Random => drawn && k != selected,
            Layout::AllOthers => k != selected,
        };
        let (low, high) = card.model.bounds(spreads.get(k).map_or(&[], Vec::as_slice));
        (if chosen { other } else { state }).clamp(low.min(high), high.max(low))
    });
    Ok(Population {
        slow: slow.collect(),
        model: card.model.as_ref(),
        spreads,
        limit: study.in_series.limit()?,
        selector: study.in_series.selector(),
        ambient_temperature: study.ambient_temperature.0,
    })
}
