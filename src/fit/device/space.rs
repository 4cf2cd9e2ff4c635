//! The free parameters and the ranges in which they are sought.
//!
//! A parameter of one sign is fitted in q = ln|p|, any other in q = p. LM knows no bounds: it moves
//! u, with q = q_mid + ½ (q_high − q_low) sin u, so that q cannot leave its range.
//!
//! | symbol | unit | here |
//! |---|---|---|
//! | p | that of the parameter | [`Free::value`] |
//! | q | 1, or that of p | `coordinate` |
//! | u | 1 | what the optimiser moves |
//!
//! Validity: at an end of the range the slope of sin vanishes; starts are kept a little inside, and a
//! fit that ends there says so.
//!
//! Reference for the sine: F. James, M. Roos, Comput. Phys. Commun. 10, 343 (1975),
//! doi:10.1016/0010-4655(75)90039-9.
//! Pinned by: the tests below.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use device_models::card::DeviceCard;
use device_models::error::DeviceError;
use device_models::{DeviceModel, units};

use crate::fit::FitError;

/// Name under which the state before the measurement is a free parameter.
pub const INITIAL_STATE: &str = "initial_state";
/// Without a documented range: this factor to either side of the card's value.
const DEFAULT_FACTOR: f64 = 10.0;
/// A documented range that begins at zero begins here instead, as a share of the card's value.
const ABOVE_ZERO: f64 = 1e-3;
/// Share of the range that starts keep from its ends, and within which an end counts as reached.
pub(super) const MARGIN: f64 = 1e-3;

/// One free parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Free {
    /// Name in the card, or [`INITIAL_STATE`].
    pub name: String,
    /// Symbol in the source paper.
    pub symbol: &'static str,
    /// Unit in which it is written, that of the base card.
    pub unit: String,
    /// That unit in SI.
    pub per_unit: f64,
    /// The base card's value, SI.
    pub start: f64,
    /// Lowest value, SI.
    pub low: f64,
    /// Highest value, SI.
    pub high: f64,
}

impl Free {
    /// The parameter has one sign over its range and is fitted in ln|p|.
    pub fn logarithmic(&self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }

    /// q at the value p.
    fn coordinate(&self, value: f64) -> f64 {
        if self.logarithmic() { value.abs().ln() } else { value }
    }

    /// p at the coordinate q.
    pub(super) fn value(&self, coordinate: f64) -> f64 {
        if self.logarithmic() { coordinate.exp().copysign(self.low) } else { coordinate }
    }

    /// Lowest and highest q.
    pub(super) fn ends(&self) -> (f64, f64) {
        let (a, b) = (self.coordinate(self.low), self.coordinate(self.high));
        (a.min(b), a.max(b))
    }

    /// Length of the range in q.
    pub(super) fn width(&self) -> f64 {
        let (low, high) = self.ends();
        high - low
    }

    /// q held inside the range, a margin away from its ends.
    fn inside(&self, coordinate: f64) -> f64 {
        let (low, high) = self.ends();
        let margin = MARGIN * (high - low);
        coordinate.clamp(low + margin, high - margin)
    }

    /// q at the optimiser's u.
    pub(super) fn bounded(&self, u: f64) -> f64 {
        let (low, high) = self.ends();
        (low + 0.5 * (high - low) * (1.0 + u.sin())).clamp(low, high)
    }

    /// The optimiser's u at q.
    pub(super) fn unbounded(&self, coordinate: f64) -> f64 {
        let (low, high) = self.ends();
        (2.0 * (self.inside(coordinate) - low) / (high - low) - 1.0).clamp(-1.0, 1.0).asin()
    }

    /// dq/du.
    pub(super) fn stretch(&self, u: f64) -> f64 {
        0.5 * self.width() * u.cos()
    }
}

/// The free parameters of a card, and what is the same for all trials.
#[derive(Debug, Clone)]
pub(super) struct Space<'a> {
    pub(super) card: &'a DeviceCard,
    pub(super) free: Vec<Free>,
    /// State before the measurement where it is not free, SI.
    initial: f64,
}

impl<'a> Space<'a> {
    /// The space of the parameters `names`; `ranges` are texts `name=lo..hi`. Notes say what was
    /// assumed.
    pub(super) fn new(
        card: &'a DeviceCard,
        names: &[String],
        ranges: &[String],
        initial: f64,
        notes: &mut Vec<String>,
    ) -> Result<Self, FitError> {
        let fault = |message: String| FitError::Option { option: "--free", message };
        let mut free: Vec<Free> = Vec::new();
        for name in names {
            if free.iter().any(|other| other.name == *name) {
                return Err(fault(format!("\"{name}\" is named twice")));
            }
            free.push(default_range(card, name, initial, notes)?);
        }
        if free.is_empty() {
            return Err(fault(format!(
                "name at least one parameter; {} has {}",
                card.name,
                known(card).join(", ")
            )));
        }
        let mut given = BTreeSet::new();
        for text in ranges {
            let (name, low, high) = range(card, text)?;
            if !given.insert(name.clone()) {
                return Err(FitError::Option {
                    option: "--range",
                    message: format!("{name} has two ranges"),
                });
            }
            let parameter = free.iter_mut().find(|p| p.name == name).ok_or_else(|| FitError::Option {
                option: "--range",
                message: format!("\"{name}\" is not free; add it to --free"),
            })?;
            (parameter.low, parameter.high) = (low, high);
            if parameter.start < low || parameter.start > high {
                notes.push(format!(
                    "{name}: the base card's {:e} lies outside the range given",
                    parameter.start
                ));
            }
        }
        if let Some(p) = free.iter().find(|p| !(p.low < p.high && p.low.is_finite() && p.high.is_finite())) {
            let message = format!(
                "\"{}\" has no documented range and no value to build one around; give --range {0}=lo..hi",
                p.name
            );
            return Err(FitError::Option { option: "--range", message });
        }
        Ok(Self { card, free, initial })
    }

    /// The starting point: the base card, held inside the ranges.
    pub(super) fn start(&self) -> Vec<f64> {
        self.free.iter().map(|p| p.inside(p.coordinate(p.start.clamp(p.low, p.high)))).collect()
    }

    /// The card's parameters with those at q in place, SI, and the state before the measurement.
    pub(super) fn at(&self, q: &[f64]) -> (BTreeMap<String, f64>, f64) {
        let mut values = self.card.parameters.clone();
        let mut initial = self.initial;
        for (parameter, q) in self.free.iter().zip(q) {
            if parameter.name == INITIAL_STATE {
                initial = parameter.value(*q);
            } else {
                values.insert(parameter.name.clone(), parameter.value(*q));
            }
        }
        (values, initial)
    }

    /// The model at q and the state before the measurement, held inside the model's bounds.
    pub(super) fn model(&self, q: &[f64]) -> Result<(Arc<dyn DeviceModel>, f64), DeviceError> {
        let (values, initial) = self.at(q);
        let model = (self.card.entry.build)(&values)?;
        let (low, high) = model.bounds(&[]);
        let initial = if low <= high { initial.clamp(low, high) } else { initial };
        Ok((model, initial))
    }
}

/// Names that can be free.
fn known(card: &DeviceCard) -> Vec<&'static str> {
    card.entry.parameters.iter().filter(|p| !p.list).map(|p| p.name).chain([INITIAL_STATE]).collect()
}

/// A parameter with the range its source documents, or one around the card's value.
fn default_range(
    card: &DeviceCard,
    name: &str,
    initial: f64,
    notes: &mut Vec<String>,
) -> Result<Free, FitError> {
    if name == INITIAL_STATE {
        let (low, high) = card.model.bounds(&[]);
        let (low, high) = above_zero(low, high, initial);
        let (name, unit) = (INITIAL_STATE.to_owned(), card.entry.slow_unit.to_owned());
        return Ok(Free { name, symbol: "", unit, per_unit: 1.0, start: initial, low, high });
    }
    let spec = card.entry.parameters.iter().find(|p| p.name == name).ok_or_else(|| {
        let names = known(card);
        let near = names
            .iter()
            .copied()
            .max_by(|a, b| strsim::jaro_winkler(a, name).total_cmp(&strsim::jaro_winkler(b, name)));
        FitError::Option {
            option: "--free",
            message: format!(
                "\"{name}\" is not a parameter of {}; did you mean \"{}\"? Its parameters are {}",
                card.entry.name,
                near.unwrap_or_default(),
                names.join(", ")
            ),
        }
    })?;
    if spec.list {
        let message = format!(
            "\"{name}\" is a list of numbers, and only single numbers can be free; those of {} are {}",
            card.entry.name,
            known(card).join(", ")
        );
        return Err(FitError::Option { option: "--free", message });
    }
    let start = card.parameters.get(name).copied().unwrap_or(f64::NAN);
    let (low, high) = if let Some((low, high)) = spec.documented {
        let (low, high) = above_zero(low, high, start);
        if start < low || start > high {
            notes.push(format!(
                "{name}: the base card lies outside the documented range, which is widened to it"
            ));
        }
        (low.min(start), high.max(start))
    } else {
        let (a, b) = (start / DEFAULT_FACTOR, start * DEFAULT_FACTOR);
        notes.push(format!(
            "{name}: no range is documented; a factor of {DEFAULT_FACTOR} around the base card is searched"
        ));
        (a.min(b), a.max(b))
    };
    let (unit, per_unit) = written_unit(card, name, spec.unit);
    Ok(Free { name: name.to_owned(), symbol: spec.symbol, unit, per_unit, start, low, high })
}

/// The unit in which the base card writes a parameter, and its value in SI.
fn written_unit(card: &DeviceCard, name: &str, si: &str) -> (String, f64) {
    let written: serde_json::Value = serde_json::from_str(&card.text).unwrap_or_default();
    let text = written.pointer(&format!("/parameters/{name}")).and_then(serde_json::Value::as_str);
    let unit = text.map_or("", |text| units::split_number(text.trim()).1.trim());
    // A temperature in °C has no factor.
    match units::parse(&format!("1 {unit}"), si) {
        Ok(factor) if !matches!(unit, "°C" | "degC" | "") => (unit.to_owned(), factor),
        _ => (si.to_owned(), 1.0),
    }
}

/// A range of a positive parameter that begins at zero, begun above it.
fn above_zero(low: f64, high: f64, start: f64) -> (f64, f64) {
    if low == 0.0 && start > 0.0 { (ABOVE_ZERO * start.min(high), high) } else { (low, high) }
}

/// Reads `name=lo..hi`; the unit of the upper end holds for a lower one without.
fn range(card: &DeviceCard, text: &str) -> Result<(String, f64, f64), FitError> {
    let fault = |message: String| FitError::Option { option: "--range", message };
    let form =
        || fault(format!("\"{text}\" is not of the form name=lo..hi, such as activation_energy=1.2..1.5 eV"));
    let (name, ends) = text.split_once('=').ok_or_else(form)?;
    let (low, high) = ends.split_once("..").ok_or_else(form)?;
    let (name, low, high) = (name.trim(), low.trim(), high.trim());
    let unit = if name == INITIAL_STATE {
        card.entry.slow_unit
    } else {
        card.entry
            .parameters
            .iter()
            .find(|p| p.name == name)
            .map(|p| p.unit)
            .ok_or_else(|| fault(format!("\"{name}\" is not a parameter of {}", card.entry.name)))?
    };
    let read = |text: &str| units::parse(text, unit).map_err(|error| fault(format!("{name}: {error}")));
    let upper = read(high)?;
    let lower = match low.parse::<f64>() {
        Ok(_) => read(&format!("{low} {}", units::split_number(high).1.trim()))?,
        Err(_) => read(low)?,
    };
    if lower >= upper {
        return Err(fault(format!("{name}: {low} is not below {high}")));
    }
    Ok((name.to_owned(), lower, upper))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn space(names: &[&str], ranges: &[&str]) -> Result<Vec<Free>, String> {
        let card = DeviceCard::shipped("jart_vcm_v1b_iv", &BTreeMap::new()).unwrap();
        let owned = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
        Space::new(&card, &owned(names), &owned(ranges), 8e23, &mut Vec::new())
            .map(|space| space.free)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn ranges_are_documented_or_given() {
        let free =
            space(&["thermal_resistance", "effective_mass"], &["effective_mass=0.5e-30..2e-30 kg"]).unwrap();
        assert!((free[0].low - 1e6).abs() < 1.0 && (free[0].high - 2e7).abs() < 1.0);
        assert!((free[1].low / 0.5e-30 - 1.0).abs() < 1e-12 && free[1].logarithmic());
        for p in &free {
            let (low, high) = p.ends();
            for share in [0.01, 0.4, 0.99] {
                let q = low + (high - low) * share;
                assert!((p.bounded(p.unbounded(q)) - q).abs() < 1e-12 * (high - low));
                let u = p.unbounded(q);
                let slope = (p.bounded(u + 1e-6) - p.bounded(u - 1e-6)) / 2e-6;
                assert!((slope - p.stretch(u)).abs() < 1e-6 * p.width(), "{share}");
            }
            // An end is never passed, and a start on it can still move.
            assert!(p.bounded(1e9) <= high && p.bounded(-1e9) >= low);
            assert!(p.stretch(p.unbounded(high)) > 0.0);
        }
    }

    #[test]
    fn faults_name_option_and_parameter() {
        for (names, ranges, says) in [
            (&["activation_energie"][..], &[][..], "did you mean \"activation_energy\"?"),
            (&["cell_length", "cell_length"], &[], "named twice"),
            (&[], &[], "at least one"),
            (&["cell_length"], &["cell_length=1..2 V"], "--range: cell_length"),
            (&["cell_length"], &["cell_length=2..1 nm"], "2 is not below 1 nm"),
            (&["cell_length"], &["cell_length"], "name=lo..hi"),
            (&["cell_length"], &["disc_length=1..2 nm"], "is not free"),
            (&["cell_length"], &["girth=1..2 nm"], "is not a parameter"),
        ] {
            let error = space(names, ranges).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }
}
