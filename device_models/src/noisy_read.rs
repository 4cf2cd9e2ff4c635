//! A cell that is read while vacancies come and go at its disc: random telegraph noise.
//!
//! The chain of [`crate::jart_vcm::read_noise`] runs along with the cell and shifts the
//! concentration of what is read by s/(A l); the state that switches is never touched. As in the
//! published model a shift that would leave fewer vacancies than the lower bound of the state
//! is not seen: at the bound only levels above it appear.
//!
//! The chain's rate is a draw per device from the normal distribution of the card, cut at 0 (the published
//! file draws uncut: at a deviation equal to the mean, 16 % of its devices have a negative rate).
//!
//! Reference: S. Wiefels et al., IEEE Trans. Electron Devices 67, 4208 (2020), doi:10.1109/TED.2020.3018096.
//! Pinned by: `tests/jart_read_noise.rs`.

use numerics::rng::{Purpose, Stream};

use crate::card::{DeviceCard, ReadNoise};
use crate::error::DeviceError;
use crate::jart_vcm::read_noise::ReadNoiseChain;
use crate::model::{OperatingPoint, Surroundings};

/// The read noise of one cell.
#[derive(Debug, Clone)]
pub struct NoisyRead {
    chain: ReadNoiseChain,
    stream: Stream,
}

impl NoisyRead {
    /// The noise of `device`, in its stationary distribution.
    pub fn new(noise: &ReadNoise, seed: u64, device: u64) -> Self {
        let mut stream = Stream::new(seed, Purpose::ReadNoise, device, 0);
        let rate = if noise.rate_deviation > 0.0 {
            let lowest = -noise.mean_rate / noise.rate_deviation;
            let z = stream.truncated_normal(lowest, lowest.abs() + 8.0);
            // A draw at the cut itself is rounding.
            (noise.mean_rate + noise.rate_deviation * z).max(f64::MIN_POSITIVE)
        } else {
            noise.mean_rate
        };
        let chain = ReadNoiseChain::stationary(rate, &mut stream);
        Self { chain, stream }
    }

    /// Lets time pass, s.
    pub fn elapse(&mut self, time: f64) {
        self.chain.elapse(time, &mut self.stream);
    }

    /// Vacancies more or fewer seen in a cell with this slow state.
    pub fn vacancies(&self, card: &DeviceCard, spread: &[f64], slow: f64) -> i32 {
        let step = card.model.single_vacancy(spread).unwrap_or(0.0);
        let seen = self.chain.vacancies();
        let low = card.model.bounds(spread).0;
        if seen < 0 && slow + f64::from(seen) * step < low { 0 } else { seen }
    }

    /// The operating point of the cell as it is read.
    ///
    /// # Errors
    /// As [`crate::DeviceModel::operating_point`].
    pub fn operating_point(
        &self,
        card: &DeviceCard,
        spread: &[f64],
        state: &[f64],
        voltage: f64,
        surroundings: &Surroundings,
    ) -> Result<OperatingPoint, DeviceError> {
        let mut seen = state.to_vec();
        if let (Some(slow), Some(step)) = (seen.first_mut(), card.model.single_vacancy(spread)) {
            *slow += f64::from(self.vacancies(card, spread, *slow)) * step;
        }
        card.model.operating_point(spread, &seen, voltage, surroundings)
    }
}
