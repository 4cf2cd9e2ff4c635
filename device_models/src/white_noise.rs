//! White noise of a read current: thermal (Johnson–Nyquist) and shot.
//!
//! σ² = (4 k T G + 2 e |I|) B with G = I/V (at 0 V the differential conductance), bandwidth B.
//!
//! Reference: A. van der Ziel, Noise in Solid State Devices and Circuits, Wiley (1986), chapter 2; used
//! so for reads by T. Hennen et al. (2024), doi:10.48550/arXiv.2404.06344.
//! Pinned by: the tests below.

use crate::constants::{BOLTZMANN, CHARGE};
use crate::model::OperatingPoint;

/// Standard deviation of the current at this point within `bandwidth` (Hz), A.
pub fn deviation(point: &OperatingPoint, bandwidth: f64) -> f64 {
    let conductance =
        if point.voltage == 0.0 { point.differential_conductance } else { point.current / point.voltage };
    let thermal = 4.0 * BOLTZMANN * point.temperature * conductance.abs();
    ((thermal + 2.0 * CHARGE * point.current.abs()) * bandwidth).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thermal_and_shot_noise_of_a_resistor() {
        let point = |voltage: f64| OperatingPoint {
            voltage,
            current: voltage * 1e-4,
            differential_conductance: 1e-4,
            temperature: 300.0,
            limited: false,
        };
        // 4 k 300 K 100 µS 100 MHz and 2 e 20 µA 100 MHz.
        let thermal = (1.656_778_8e-24_f64 * 1e8).sqrt();
        assert!((deviation(&point(0.0), 1e8) / thermal - 1.0).abs() < 1e-6);
        let both = (1.656_778_8e-24_f64 * 1e8 + 2.0 * 1.602_176_634e-19 * 2e-5 * 1e8).sqrt();
        assert!((deviation(&point(-0.2), 1e8) / both - 1.0).abs() < 1e-6);
    }
}
