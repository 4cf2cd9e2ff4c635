//! The Stanford–PKU model with the published fits of its 2016 form.
//!
//! Z. Jiang et al., IEEE TED 63, 1884 (2016), doi:10.1109/TED.2016.2545412. The fits come without a
//! noise amplitude, so that success probabilities of short pulses cannot be computed from them; tested
//! is what follows from the fits alone.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use device_models::{Crossing, CurrentLimit, DeviceCard, Segment, Surroundings};

const ROOM: Surroundings = Surroundings { ambient_temperature: 300.0, limit: CurrentLimit::None };
/// Name, resistance window exp((g_max − g_min)/g_0), compliance.
const FITS: [(&str, f64, f64); 6] = [
    ("stanford_pku_tiox_hfox_1p7nm", 1096.6, 100e-6),
    ("stanford_pku_tiox_hfox_2p1nm", 563.0, 100e-6),
    ("stanford_pku_tiox_hfox_3p3nm", 148.4, 100e-6),
    ("stanford_pku_hfox_al_0", 22026.0, 10e-6),
    ("stanford_pku_hfox_al_18", 1808.0, 10e-6),
    ("stanford_pku_hfox_al_45", 212.1, 10e-6),
];

fn card(name: &str) -> DeviceCard {
    DeviceCard::shipped(name, &BTreeMap::new()).unwrap()
}

fn read(card: &DeviceCard, state: &[f64]) -> f64 {
    0.1 / card.model.operating_point(&[], state, 0.1, &ROOM).unwrap().current
}

/// Time until the gap has passed 90 % of its range, s; `None` when it never does within 1 s.
fn set_time(card: &DeviceCard, voltage: f64) -> Option<f64> {
    let (low, high) = card.model.bounds(&[]);
    let goal = [low + 0.1 * (high - low)];
    let target = card.model.operating_point(&[], &goal, voltage, &ROOM).unwrap().current;
    let pulse = Segment::constant(voltage, 1.0);
    let stop = Some(Crossing::Above(target));
    let motion = card.model.advance(&[], &mut [high], &pulse, &ROOM, stop, None).unwrap();
    motion.crossed.then_some(motion.elapsed)
}

#[test]
fn resistance_windows() {
    for (name, window, _) in FITS {
        let card = card(name);
        let (lrs, hrs) = (read(&card, &[card.states["lrs"]]), read(&card, &[card.states["hrs"]]));
        println!("| {name} | {lrs:.3e} Ω | {hrs:.3e} Ω | {:.1} |", hrs / lrs);
        assert!((hrs / lrs / window - 1.0).abs() < 1e-3, "{name}: {}", hrs / lrs);
    }
}

#[test]
fn a_sweep_sets_above_zero_and_resets_below() {
    for (name, _, compliance) in FITS {
        let card = card(name);
        let limited = Surroundings { limit: CurrentLimit::Ideal(compliance), ..ROOM };
        let ramp = |from: f64, to: f64| Segment { start_voltage: from, end_voltage: to, duration: 1.0 };
        let mut state = vec![card.states["hrs"]];
        let high = read(&card, &state);
        for (from, to) in [(0.0, 2.5), (2.5, 0.0)] {
            card.model.advance(&[], &mut state, &ramp(from, to), &limited, None, None).unwrap();
        }
        let low = read(&card, &state);
        for (from, to) in [(0.0, -2.5), (-2.5, 0.0)] {
            let motion = card.model.advance(&[], &mut state, &ramp(from, to), &ROOM, None, None).unwrap();
            assert!(!motion.flags.overheated, "{name}");
        }
        let again = read(&card, &state);
        println!("| {name} | {high:.3e} Ω | {low:.3e} Ω | {again:.3e} Ω |");
        assert!(low < 0.1 * high && again > 5.0 * low, "{name}: {high:e} {low:e} {again:e}");
    }
}

#[test]
fn set_times_fall_with_the_voltage() {
    for (name, _, _) in FITS {
        let card = card(name);
        let times: Vec<f64> =
            [1.3, 1.6, 1.9].into_iter().filter_map(|voltage| set_time(&card, voltage)).collect();
        // The voltage of a 10 ns SET.
        let (mut low, mut high) = (0.5, 5.0);
        for _ in 0..40 {
            let middle = 0.5 * (low + high);
            if set_time(&card, middle).is_some_and(|t| t < 1e-8) { high = middle } else { low = middle }
        }
        println!("{name}: {times:?} s at 1.3, 1.6, 1.9 V; 10 ns at {high:.3} V");
        assert!(
            times.len() == 3 && times[0] > 5.0 * times[1] && times[1] > 5.0 * times[2],
            "{name} {times:?}"
        );
    }
}
