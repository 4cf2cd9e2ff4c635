//! JART VCM v1 and v1 generic against a second, separately written solution of their equations: contact by
//! scanning and bisection, heat at rest, switching time as the quadrature ∫ dN/(dN/dt).
//!
//! Equations and parameters: A. Hardtdegen et al., IEEE TED 65, 3229 (2018), doi:10.1109/TED.2018.2849872;
//! A. Siemon et al., IEEE ISCAS (2019); model files of Jülich DATA (TQOP7I, QELKG7).
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;

use common::Table;
use common::schottky::{Schottky, duration, first_root, ohmic, settled};
use device_models::{Crossing, CurrentLimit, DeviceCard, Segment, Surroundings};

const E: f64 = 1.602_176_634e-19;
const K: f64 = 1.380_649e-23;

/// One parameter set, SI.
struct Set {
    card: &'static str,
    generic: bool,
    ambient: f64,
    contact: Schottky,
    mobility: f64,
    /// N_min, N_max, N_plug.
    concentrations: [f64; 3],
    hop: f64,
    frequency: f64,
    barrier: f64,
    heat: f64,
    lengths: [f64; 2],
    series: f64,
}

fn v1() -> Set {
    let area = std::f64::consts::PI * 30e-9 * 30e-9;
    Set {
        card: "jart_vcm_v1",
        generic: false,
        ambient: 293.0,
        contact: Schottky { barrier: 0.3, fermi: 0.1, permittivities: (17.0, 5.5), area },
        mobility: 1e-5,
        concentrations: [0.04e26, 20e26, 20e26],
        hop: 0.4e-9,
        frequency: 3e11,
        barrier: 0.9 * E,
        heat: 1.06e6,
        lengths: [1e-9, 3e-9],
        series: 1200.0,
    }
}

fn generic() -> Set {
    Set {
        card: "jart_vcm_v1_generic",
        generic: true,
        ambient: 300.0,
        contact: Schottky { barrier: 0.8, permittivities: (21.46, 5.5), ..v1().contact },
        mobility: 9.4e-6,
        concentrations: [0.9e26, 10e26, 25e26],
        frequency: 1e14,
        barrier: 0.6 * E,
        heat: 6.9e5,
        lengths: [4e-9, 6e-9],
        series: 1160.0,
        ..v1()
    }
}

impl Set {
    /// Current, voltage of the disc and of contact, disc and plug, with electrons at `t`.
    fn circuit(&self, v: f64, n: f64, t: f64) -> (f64, f64, f64) {
        let disc = ohmic(self.lengths[0], n, self.mobility, self.contact.area);
        let length = self.lengths[1] - self.lengths[0];
        let plug = ohmic(length, self.concentrations[2], self.mobility, self.contact.area);
        let all = disc + plug + self.series;
        let x = first_root(|x| x + all * self.contact.current(x, n, t) - v, 0.0, v);
        let current = self.contact.current(x, n, t);
        (current, current * disc, x + current * (disc + plug))
    }

    /// Current and d ln N/dt with the heat at rest.
    fn motion(&self, v: f64, n: f64) -> (f64, f64) {
        let electrons = |t: f64| if self.generic { self.ambient } else { t };
        let t = settled(self.ambient, |t| {
            let (current, _, drop) = self.circuit(v, n, electrons(t));
            current * drop * self.heat
        });
        let (current, disc, drop) = self.circuit(v, n, electrons(t));
        let [low, high, plug] = self.concentrations;
        let (field, limiting) = if v < 0.0 {
            (disc / self.lengths[0], 1.0 - (n / high).powi(10))
        } else {
            (drop / self.lengths[1], 1.0 - (low / n).powi(10))
        };
        let factor = if self.generic { 1.0 } else { 2.0 };
        // I_ion / (z e A).
        let flux = factor
            * 0.5
            * (plug + n)
            * self.hop
            * self.frequency
            * (-self.barrier / (K * t)).exp()
            * (2.0 * self.hop * field * E / (2.0 * K * t)).sinh();
        (current, -flux * limiting / self.lengths[0] / n)
    }

    /// Time from N₀ to the concentration at which the current is `threshold`.
    fn switching_time(&self, v: f64, start: f64, threshold: f64) -> f64 {
        let end = if v < 0.0 { self.concentrations[1] } else { self.concentrations[0] * 1.001 };
        let reached = first_root(|x| self.motion(v, x.exp()).0.abs() - threshold, start.ln(), end.ln());
        duration(|x| self.motion(v, x.exp()).1, start.ln(), reached, 40)
    }
}

#[test]
fn currents_and_switching_times() {
    let mut table = Table::default();
    for set in [v1(), generic()] {
        let card = DeviceCard::shipped(set.card, &BTreeMap::new()).unwrap();
        let around = Surroundings { ambient_temperature: set.ambient, limit: CurrentLimit::None };
        for n in [set.concentrations[0], 3e26, set.concentrations[1]] {
            for v in [-0.6, -0.2, 0.2, 0.6] {
                let state = card.model.rest(n, &around);
                let ours = card.model.operating_point(&[], &state, v, &around).unwrap().current;
                let exact = set.circuit(v, n, set.ambient).0;
                table.compare(&format!("{} I, N = {n:e}, {v} V", set.card), ours, exact, 1e-6, 0.0);
            }
        }
        for v in if set.generic { [-1.0, -1.2, 1.0, 1.5] } else { [-1.0, -1.5, 1.5, 2.0] } {
            let start = if v < 0.0 { set.concentrations[0] } else { set.concentrations[1] };
            let before = set.motion(v, start).0.abs();
            let after = set.motion(v, 3e26).0.abs();
            let threshold = 0.5 * (before + after);
            let stop = if v < 0.0 { Crossing::Above(threshold) } else { Crossing::Below(threshold) };
            let mut state = card.model.rest(start, &around);
            let drive = Segment::constant(v, 1e6);
            let motion = card.model.advance(&[], &mut state, &drive, &around, Some(stop), None).unwrap();
            let exact = set.switching_time(v, start, threshold);
            table.compare(&format!("{} t, {v} V", set.card), motion.elapsed, exact, 0.002, 0.0);
        }
    }
    table.finish("JART VCM v1");
}
