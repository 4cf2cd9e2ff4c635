//! One device: drawn from a mixture of kinds; and the features of its cycles.

use numerics::rng::Stream;

use super::parameters::{DEVICE, FEATURES, Parameters};

/// What a cycle of one device is made of. Voltages in the polarity of the card.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cycle {
    /// Resistance after a complete RESET, Ω.
    pub hrs: f64,
    /// V_SET, V.
    pub set_voltage: f64,
    /// Resistance after SET, Ω.
    pub lrs: f64,
    /// V_RESET, V.
    pub reset_voltage: f64,
}

/// The own numbers of one device.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Device {
    /// Means and deviations of the latents.
    latent: [f64; DEVICE],
    /// Voltage at which it forms, V; infinite if it does not.
    pub(crate) forming_voltage: f64,
    /// Resistance after forming, Ω.
    pub(crate) formed_resistance: f64,
}

impl Device {
    /// The device in the middle of the distribution.
    pub(crate) fn nominal(p: &Parameters) -> Self {
        let mut latent = [0.0; DEVICE];
        for kind in &p.kinds {
            for (sum, mean) in latent.iter_mut().zip(&kind.mean) {
                *sum += kind.weight * mean;
            }
        }
        Self { latent, forming_voltage: p.forming_voltage, formed_resistance: p.formed.at(0.0) }
    }

    /// A device of the mixture.
    pub(crate) fn draw(p: &Parameters, stream: &mut Stream) -> Self {
        let mut at = stream.uniform();
        let mut chosen = p.kinds.last();
        for kind in &p.kinds {
            if at < kind.weight {
                chosen = Some(kind);
                break;
            }
            at -= kind.weight;
        }
        let mut latent = [0.0; DEVICE];
        if let Some(kind) = chosen {
            let mut z = [0.0; DEVICE];
            z.fill_with(|| stream.normal());
            let mut factors = kind.factor.iter();
            for (i, own) in latent.iter_mut().enumerate() {
                *own = kind.mean[i] + z[..=i].iter().zip(&mut factors).map(|(z, f)| z * f).sum::<f64>();
            }
        }
        let forms = stream.uniform() < p.forming_yield;
        let weibull = (-stream.uniform().ln()).powf(1.0 / p.forming_slope);
        let forming_voltage = if forms { p.forming_voltage * weibull } else { f64::INFINITY };
        Self { latent, forming_voltage, formed_resistance: p.formed.at(stream.normal()) }
    }

    /// Means and deviations of the latents.
    pub(crate) fn latent(&self) -> &[f64; DEVICE] {
        &self.latent
    }

    /// The numbers that `spread` multiplies, in the order of [`SPREAD`].
    fn numbers(&self) -> [f64; DEVICE + 2] {
        let mut all = [0.0; DEVICE + 2];
        all[..DEVICE].copy_from_slice(&self.latent);
        (all[DEVICE], all[DEVICE + 1]) = (self.forming_voltage, self.formed_resistance);
        all
    }

    /// The device of these multipliers; missing ones are 1.
    pub(crate) fn of(nominal: &Self, spread: &[f64]) -> Self {
        let mut all = nominal.numbers();
        all.iter_mut().zip(spread).for_each(|(own, multiplier)| *own *= multiplier);
        let mut latent = [0.0; DEVICE];
        latent.copy_from_slice(&all[..DEVICE]);
        Self { latent, forming_voltage: all[DEVICE], formed_resistance: all[DEVICE + 1] }
    }

    /// Multipliers of a device drawn from the mixture.
    pub(crate) fn multipliers(p: &Parameters, nominal: &Self, stream: &mut Stream) -> Vec<f64> {
        let ratio = |(own, nominal): (f64, f64)| if nominal == 0.0 { 1.0 } else { own / nominal };
        Self::draw(p, stream).numbers().into_iter().zip(nominal.numbers()).map(ratio).collect()
    }

    /// The features at normal scores `x` after `cycles` cycles.
    pub(crate) fn cycle(&self, p: &Parameters, x: &[f64; FEATURES], cycles: f64) -> Cycle {
        let feature = |f: usize| {
            let score = p.cycle[f].iter().rev().fold(0.0, |sum, factor| sum * x[f] + factor);
            p.maps[f].at(self.latent[f] + self.latent[FEATURES + f] * score)
        };
        let wear = wear(p, cycles);
        Cycle {
            hrs: 10_f64.powf(feature(0) - p.hrs_wear * wear),
            set_voltage: feature(1),
            lrs: feature(2) - p.lrs_wear * wear,
            reset_voltage: feature(3),
        }
    }
}

/// log10(1 + n/n_0) less its mean over the cycles of the measurement.
pub(crate) fn wear(p: &Parameters, cycles: f64) -> f64 {
    let m = p.measured_cycles / p.wear_cycles;
    let mean = ((1.0 + m) * m.ln_1p() - m) / m;
    ((cycles / p.wear_cycles).ln_1p() - mean) / std::f64::consts::LN_10
}

/// Names of what differs from device to device.
pub(crate) const SPREAD: &[&str] = &[
    "hrs_mean",
    "set_voltage_mean",
    "lrs_mean",
    "reset_voltage_mean",
    "hrs_deviation",
    "set_voltage_deviation",
    "lrs_deviation",
    "reset_voltage_deviation",
    "forming_voltage",
    "formed_resistance",
];
