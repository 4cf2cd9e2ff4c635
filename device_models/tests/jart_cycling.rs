//! From cycle to cycle: the random walk inside the windows, and a cell that changes while it switches
//! (C. Bengel et al., IEEE TCAS-I 67, 4618 (2020), doi:10.1109/TCSI.2020.3018502, JART VCM v1b var).
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;

use common::{ROOM, jart};
use device_models::cycling::CyclingCell;
use device_models::variability::{draw_spread, next_cycle};
use device_models::{DeviceCard, DeviceModel, JartVcmV1b, Morph, Motion, Segment};

#[test]
fn the_walk_stays_in_the_windows_and_has_the_published_steps() {
    for name in ["jart_vcm_v1b_var", "jart_vcm_v1b_var_iv", "jart_vcm_v1b_var_endurance"] {
        let card = DeviceCard::shipped(name, &BTreeMap::new()).unwrap();
        assert_eq!(card.windows.iter().filter(|w| w.largest_step > 0.0).count(), 4);
        let mut spread = draw_spread(&card, 9, 4);
        let mut seen = vec![(f64::MAX, f64::MIN); 4];
        for half_cycle in 0..2000 {
            let next = next_cycle(&card, &spread, 9, 4, half_cycle);
            assert_eq!(next, next_cycle(&card, &spread, 9, 4, half_cycle));
            for (window, seen) in card.windows.iter().zip(&mut seen) {
                let value = next[window.index] * window.nominal;
                assert!(value >= window.min * (1.0 - 1e-12) && value <= window.max * (1.0 + 1e-12));
                let step = next[window.index] / spread[window.index] - 1.0;
                assert!(step.abs() <= window.largest_step * (1.0 + 1e-12), "{name}: {step}");
                *seen = (seen.0.min(value), seen.1.max(value));
            }
            spread = next;
        }
        for (window, seen) in card.windows.iter().zip(&seen) {
            let share = (seen.1 - seen.0) / (window.max - window.min);
            assert!(share > 0.95, "{name}: {share}");
        }
        assert_ne!(next_cycle(&card, &spread, 9, 5, 0), next_cycle(&card, &spread, 9, 4, 0));
        assert_ne!(next_cycle(&card, &spread, 9, 4, 1), next_cycle(&card, &spread, 9, 4, 0));
    }
    let constant = DeviceCard::shipped("jart_vcm_v1b_kinetics", &BTreeMap::new()).unwrap();
    let spread = draw_spread(&constant, 9, 4);
    assert_eq!(next_cycle(&constant, &spread, 9, 4, 7), spread);
}

#[test]
fn steps_away_from_the_bounds_are_uniform() {
    let card = DeviceCard::shipped("jart_vcm_v1b_var", &BTreeMap::new()).unwrap();
    let window = card.windows.iter().find(|w| w.index == 0).unwrap();
    // From the middle, steps of less than the window's half width are not held.
    let n = 20_000;
    let start = vec![1.0; 4];
    let steps: Vec<f64> = (0..n).map(|k| next_cycle(&card, &start, 1, 0, k)[0] - 1.0).collect();
    let mean = steps.iter().sum::<f64>() / n as f64;
    let variance = steps.iter().map(|x| x * x).sum::<f64>() / n as f64;
    assert!((window.largest_step - 0.1).abs() < 1e-12);
    let expected = 0.01 / 3.0;
    assert!(mean.abs() < 5.0 * (expected / n as f64).sqrt(), "{mean}");
    // Variance of x²: Δ⁴ (1/5 − 1/9).
    assert!((variance - expected).abs() < 5.0 * 0.01 * (0.8_f64 / 9.0 / n as f64).sqrt(), "{variance}");
}

#[test]
fn a_cell_morphs_into_the_next_cycle() {
    let model = JartVcmV1b::new(jart(15.72e6));
    let old = vec![1.0, 1.0, 1.0, 1.0];
    let new = vec![1.08, 0.94, 1.0, 0.95];
    let pulse = |width| Segment::constant(-0.9, width);
    let morph = |from: &Vec<f64>, to: &Vec<f64>| {
        let end = model.bounds(to).1;
        Morph { from: from.clone(), to: to.clone(), start: 0.008e26, end }
    };
    // Nothing to change: the constant cell, bit for bit up to the share's rounding.
    let mut plain = model.rest(0.008e26, &ROOM);
    let mut same = plain.clone();
    let a = model.advance(&new, &mut plain, &pulse(1e-6), &ROOM, None, None).unwrap();
    let b = model.advance_morphing(&morph(&new, &new), &mut same, &pulse(1e-6), &ROOM, None, None).unwrap();
    assert!((plain[0] / same[0] - 1.0).abs() < 1e-9 && (a.energy / b.energy - 1.0).abs() < 1e-9);
    // At the beginning the cell is the old one, at the end the new one.
    let change = morph(&old, &new);
    assert_eq!(change.spread_at(0.008e26), old);
    let half = change.spread_at(0.5 * (change.start + change.end));
    assert!((half[0] - 1.04).abs() < 1e-12 && (half[1] - 0.97).abs() < 1e-12);
    let short = pulse(1e-9);
    let speed = |advance: &dyn Fn(&mut Vec<f64>) -> Motion| {
        let mut state = model.rest(0.008e26, &ROOM);
        advance(&mut state);
        state[0] - 0.008e26
    };
    let as_old = speed(&|s| model.advance(&old, s, &short, &ROOM, None, None).unwrap());
    let as_new = speed(&|s| model.advance(&new, s, &short, &ROOM, None, None).unwrap());
    let morphing = speed(&|s| model.advance_morphing(&change, s, &short, &ROOM, None, None).unwrap());
    assert!((morphing / as_old - 1.0).abs() < 1e-3, "{morphing:e} {as_old:e}");
    assert!((as_new / as_old - 1.0).abs() > 0.05, "{as_new:e} {as_old:e}");
    let mut state = model.rest(0.008e26, &ROOM);
    let motion = model.advance_morphing(&change, &mut state, &pulse(1e-3), &ROOM, None, None).unwrap();
    assert!(motion.flags.upper_bound && (state[0] / 19e26 - 1.0).abs() < 1e-3, "{state:?}");
    assert!((change.spread_at(state[0])[0] / 1.08 - 1.0).abs() < 1e-3);
}

#[test]
fn a_segment_equals_its_parts_while_morphing() {
    let model = JartVcmV1b::new(jart(15.72e6));
    let to = vec![1.05, 1.05, 1.3, 1.0];
    let change = Morph { from: vec![1.0; 4], start: 20e26, end: model.bounds(&to).0, to };
    let mut once = model.rest(20e26, &ROOM);
    let mut twice = once.clone();
    model.advance_morphing(&change, &mut once, &Segment::constant(1.3, 4e-5), &ROOM, None, None).unwrap();
    for _ in 0..4 {
        model
            .advance_morphing(&change, &mut twice, &Segment::constant(1.3, 1e-5), &ROOM, None, None)
            .unwrap();
    }
    assert!((once[0] / twice[0] - 1.0).abs() < 1e-3, "{once:?} {twice:?}");
    assert!(once[0] < 2e26);
}

/// Loops of one cell differ from each other with cycling and are alike without; the walk is the seed's.
#[test]
fn a_cell_driven_through_loops_changes_at_every_change_of_sign() {
    let card = DeviceCard::shipped("jart_vcm_v1b_var", &BTreeMap::new()).unwrap();
    let loops = |seed: u64| {
        let mut cell = CyclingCell::new(&card, &[], seed, 3);
        let mut state = card.model.rest(card.states["hrs"], &ROOM);
        let ramp = |from: f64, to: f64| Segment { start_voltage: from, end_voltage: to, duration: 1.3 };
        let mut seen = Vec::new();
        for _ in 0..4 {
            // The second ramp changes its sign half-way.
            for segment in [ramp(0.0, -1.3), ramp(-1.3, 1.3), ramp(1.3, 0.0)] {
                cell.advance(&mut state, &segment, &ROOM, None).unwrap();
            }
            seen.push((state[0].to_bits(), cell.half_cycles()));
        }
        let spread = cell.spread_at(state[0]);
        assert!(spread.iter().all(|x| (0.4..2.1).contains(x)), "{spread:?}");
        seen
    };
    let first = loops(1);
    assert_eq!(first, loops(1));
    assert_ne!(first, loops(2));
    assert_eq!(first.iter().map(|(_, n)| *n).collect::<Vec<_>>(), [1, 3, 5, 7]);
    assert!(first.windows(2).all(|pair| pair[0].0 != pair[1].0), "{first:?}");
}
