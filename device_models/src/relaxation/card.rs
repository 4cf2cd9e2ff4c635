//! The `relaxation` block of a device card: text with units, checked.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Level, Loss, MOST_PLACES, Relaxation};
use crate::constants::CHARGE;
use crate::error::CardError;
use crate::units;

/// The block as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawRelaxation {
    #[serde(rename = "source")]
    _source: String,
    places: u32,
    attempt_frequency: String,
    highest_barrier: String,
    asymmetry: String,
    #[serde(default)]
    loss: Option<RawLoss>,
    levels: Vec<RawLevel>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLoss {
    attempt_frequency: String,
    barrier_spread: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLevel {
    conductance: String,
    occupancy: String,
    lowest_barrier: String,
    rise_share: String,
    amplitude: String,
    amplitude_spread: String,
    read_noise: String,
    #[serde(default)]
    loss_barrier: Option<String>,
}

impl RawRelaxation {
    /// Checks the block of the card `origin`.
    pub(crate) fn read(&self, origin: &str) -> Result<Relaxation, CardError> {
        let reader = Reader { origin };
        if !(1..=MOST_PLACES).contains(&self.places) {
            return Err(
                reader.fault("places", &format!("is {}, but must be 1 to {MOST_PLACES}", self.places))
            );
        }
        let relaxation = Relaxation {
            places: self.places,
            attempt_frequency: reader.positive("attempt_frequency", &self.attempt_frequency, "Hz")?,
            highest_barrier: reader.positive("highest_barrier", &self.highest_barrier, "J")?,
            asymmetry: reader.positive("asymmetry", &self.asymmetry, "J")?,
            loss: self.loss.as_ref().map(|loss| loss.read(&reader)).transpose()?,
            levels: (self.levels.iter().enumerate())
                .map(|(i, level)| level.read(&reader, i, self.loss.is_some()))
                .collect::<Result<_, _>>()?,
        };
        if relaxation.levels.is_empty() {
            return Err(reader.fault("levels", "is empty; give at least one level"));
        }
        for (i, pair) in relaxation.levels.windows(2).enumerate() {
            if pair[0].conductance >= pair[1].conductance {
                let text = "must exceed that of the level before; order the levels by conductance";
                return Err(reader.fault(&format!("levels[{}].conductance", i + 1), text));
            }
        }
        for (i, level) in relaxation.levels.iter().enumerate() {
            if level.lowest_barrier >= relaxation.highest_barrier {
                let text = "must lie below highest_barrier";
                return Err(reader.fault(&format!("levels[{i}].lowest_barrier"), text));
            }
        }
        Ok(relaxation)
    }
}

impl RawLoss {
    fn read(&self, reader: &Reader<'_>) -> Result<Loss, CardError> {
        Ok(Loss {
            attempt_frequency: reader.positive("loss.attempt_frequency", &self.attempt_frequency, "Hz")?,
            barrier_spread: reader.not_negative("loss.barrier_spread", &self.barrier_spread, "J")?,
        })
    }
}

impl RawLevel {
    fn read(&self, reader: &Reader<'_>, index: usize, loses: bool) -> Result<Level, CardError> {
        let name = |field: &str| format!("levels[{index}].{field}");
        let probability = |field: &str, text: &str| {
            let value = reader.not_negative(&name(field), text, "1")?;
            let fault = || reader.fault(&name(field), "is a probability and must not exceed 1");
            if value <= 1.0 { Ok(value) } else { Err(fault()) }
        };
        let loss_barrier = match (&self.loss_barrier, loses) {
            (Some(text), true) => reader.positive(&name("loss_barrier"), text, "J")?,
            (None, false) => 0.0,
            (None, true) => {
                return Err(reader.fault(&name("loss_barrier"), "is missing; the block has a loss"));
            }
            (Some(_), false) => {
                let text = "has no meaning without the block's \"loss\"; give that or leave this away";
                return Err(reader.fault(&name("loss_barrier"), text));
            }
        };
        Ok(Level {
            conductance: reader.not_negative(&name("conductance"), &self.conductance, "S")?,
            occupancy: probability("occupancy", &self.occupancy)?,
            lowest_barrier: reader.positive(&name("lowest_barrier"), &self.lowest_barrier, "J")?,
            rise_share: probability("rise_share", &self.rise_share)?,
            amplitude: reader.positive(&name("amplitude"), &self.amplitude, "S")?,
            amplitude_spread: reader.not_negative(&name("amplitude_spread"), &self.amplitude_spread, "1")?,
            read_noise: reader.not_negative(&name("read_noise"), &self.read_noise, "S")?,
            loss_barrier,
        })
    }
}

struct Reader<'a> {
    origin: &'a str,
}

impl Reader<'_> {
    fn fault(&self, field: &str, message: &str) -> CardError {
        CardError::Field {
            origin: self.origin.to_owned(),
            field: format!("relaxation.{field}"),
            message: message.to_owned(),
        }
    }

    fn not_negative(&self, field: &str, text: &str, unit: &str) -> Result<f64, CardError> {
        let value = units::parse(text, unit).map_err(|error| self.fault(field, &error.to_string()))?;
        if value < 0.0 {
            return Err(self.fault(field, &format!("is {text}, but must not be negative")));
        }
        Ok(value)
    }

    fn positive(&self, field: &str, text: &str, unit: &str) -> Result<f64, CardError> {
        let value = self.not_negative(field, text, unit)?;
        if value > 0.0 {
            Ok(value)
        } else {
            Err(self.fault(field, &format!("is {text}, but must be positive")))
        }
    }
}

impl Relaxation {
    /// The block as a card writes it; `source` says where its numbers come from.
    pub fn to_json(&self, source: &str) -> Value {
        let energy = |joule: f64| format!("{:.4} eV", joule / CHARGE);
        let conductance = |siemens: f64| format!("{} uS", significant(siemens * 1e6));
        let levels: Vec<Value> = (self.levels.iter())
            .map(|level| {
                let mut value = json!({
                    "conductance": conductance(level.conductance),
                    "occupancy": format!("{:.4}", level.occupancy),
                    "lowest_barrier": energy(level.lowest_barrier),
                    "rise_share": format!("{:.4}", level.rise_share),
                    "amplitude": conductance(level.amplitude),
                    "amplitude_spread": format!("{:.4}", level.amplitude_spread),
                    "read_noise": conductance(level.read_noise),
                });
                if self.loss.is_some() {
                    value["loss_barrier"] = energy(level.loss_barrier).into();
                }
                value
            })
            .collect();
        let mut value = json!({
            "source": source,
            "places": self.places,
            "attempt_frequency": format!("{:e} Hz", self.attempt_frequency),
            "highest_barrier": energy(self.highest_barrier),
            "asymmetry": energy(self.asymmetry),
            "levels": levels,
        });
        if let Some(loss) = self.loss {
            value["loss"] = json!({
                "attempt_frequency": format!("{:.3e} Hz", loss.attempt_frequency),
                "barrier_spread": energy(loss.barrier_spread),
            });
        }
        value
    }
}

/// Four significant digits, written plainly.
fn significant(value: f64) -> f64 {
    format!("{value:.3e}").parse().unwrap_or(value)
}
