//! The block `read_noise` of a card: the rate of the vacancies that come and go while a cell is read.

use serde::Deserialize;

use crate::error::CardError;
use crate::model::DeviceModel;
use crate::units;

/// Rate of the chain of [`crate::jart_vcm::read_noise`], which differs from cell to cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReadNoise {
    /// Mean of the normal distribution that is cut at 0, Hz.
    pub mean_rate: f64,
    /// Its standard deviation, Hz.
    pub rate_deviation: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawReadNoise {
    #[serde(rename = "source")]
    _source: String,
    rate: RawRate,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRate {
    mean: String,
    standard_deviation: String,
}

pub(super) fn read_read_noise(
    origin: &str,
    raw: &RawReadNoise,
    model: &dyn DeviceModel,
) -> Result<ReadNoise, CardError> {
    let field = |name: &str, message: String| CardError::Field {
        origin: origin.to_owned(),
        field: format!("read_noise{name}"),
        message,
    };
    if model.single_vacancy(&[]).is_none() {
        let message = format!("is of single vacancies, which the model {} does not count", model.name());
        return Err(field("", message));
    }
    let rate = |name: &str, text: &str| {
        units::parse(text, "Hz").map_err(|error| field(&format!(".rate.{name}"), error.to_string()))
    };
    let mean_rate = rate("mean", &raw.rate.mean)?;
    let rate_deviation = rate("standard_deviation", &raw.rate.standard_deviation)?;
    if mean_rate <= 0.0 {
        return Err(field(".rate.mean", format!("is {}, but must be positive", raw.rate.mean)));
    }
    if rate_deviation < 0.0 {
        let text = &raw.rate.standard_deviation;
        return Err(field(".rate.standard_deviation", format!("is {text}, but must not be negative")));
    }
    Ok(ReadNoise { mean_rate, rate_deviation })
}
