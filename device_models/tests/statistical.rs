//! How the statistical device moves: SET, RESET, forming, any division of a ramp, current limits.
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;

use common::ROOM;
use device_models::statistical::{Parameters, Statistical};
use device_models::variability::draw_spread;
use device_models::{Crossing, CurrentLimit, DeviceCard, DeviceModel, Segment, Surroundings};
use numerics::rng::{Purpose, Stream};
use proptest::prelude::*;

fn card(name: &str) -> DeviceCard {
    DeviceCard::shipped(name, &BTreeMap::new()).unwrap()
}

fn model(name: &str) -> Statistical {
    Statistical::new(Parameters::from_values(&card(name).parameters).unwrap()).unwrap()
}

fn ramp(from: f64, to: f64) -> Segment {
    Segment { start_voltage: from, end_voltage: to, duration: (to - from).abs() }
}

#[test]
fn one_cycle_of_the_nominal_cell_passes_its_features() {
    let model = model("statistical_synaptogen");
    let mut state = model.rest(1.0 / 75e3, &ROOM);
    let cycle = model.cycle(&[], &state).unwrap();
    let run = |state: &mut Vec<f64>, segment: Segment, stop| {
        model.advance(&[], state, &segment, &ROOM, stop, None).unwrap()
    };
    // Nothing below V_SET, the whole LRS above it.
    run(&mut state, ramp(0.0, 0.999 * cycle.set_voltage), None);
    assert_eq!(state[0].to_bits(), (1.0_f64 / 75e3).to_bits());
    let set = run(&mut state, ramp(0.0, -1.5), Some(Crossing::Above(0.9e-4)));
    assert!(set.crossed && (set.elapsed + cycle.set_voltage).abs() < 1e-9, "{set:?} {cycle:?}");
    assert!((state[0] * cycle.lrs - 1.0).abs() < 1e-12);
    // A second SET changes nothing.
    let low = state.clone();
    run(&mut state, Segment::constant(-1.5, 1e-6), None);
    assert_eq!(state, low);
    // RESET begins at V_RESET, is gradual, does not go back, and ends in the HRS.
    run(&mut state, ramp(0.0, 0.999 * cycle.reset_voltage), None);
    assert_eq!(state, low);
    let mut before = state[0];
    for step in 1..=20 {
        let peak = cycle.reset_voltage + (1.46 - cycle.reset_voltage) * f64::from(step) / 20.0;
        run(&mut state, ramp(0.0, peak), None);
        let after = state[0];
        assert!(after < before, "{peak}: {before} {after}");
        run(&mut state, ramp(0.0, 0.99 * peak), None);
        assert_eq!(state[0].to_bits(), after.to_bits());
        before = after;
    }
    let next = model.cycle(&[], &state).unwrap();
    assert!((state[0] * next.hrs - 1.0).abs() < 1e-12);
    // Half-way RESET can be SET again.
    run(&mut state, Segment::constant(-1.5, 1e-6), None);
    run(&mut state, Segment::constant(1.0, 1e-6), None);
    assert!(state[0] < 0.9 / next.lrs && state[0] > 1.5 / next.hrs, "{state:?}");
    run(&mut state, Segment::constant(-1.5, 1e-6), None);
    assert!((state[0] * next.lrs - 1.0).abs() < 1e-9);
}

#[test]
fn the_published_reset_transition_is_followed() {
    // I = a (U_max − U)^η + c between the LRS at V_RESET and the HRS at U_max.
    let model = model("statistical_synaptogen");
    let mut state = model.rest(model.bounds(&[]).1, &ROOM);
    model.advance(&[], &mut state, &Segment::constant(1.46, 1.0), &ROOM, None, None).unwrap();
    model.advance(&[], &mut state, &Segment::constant(-1.5, 1.0), &ROOM, None, None).unwrap();
    let now = model.cycle(&[], &state).unwrap();
    let current = |state: &[f64], u: f64| model.operating_point(&[], state, u, &ROOM).unwrap().current;
    let begin = current(&state, now.reset_voltage);
    let mut end = state.clone();
    model.advance(&[], &mut end, &Segment::constant(1.46, 1.0), &ROOM, None, None).unwrap();
    let last = current(&end, 1.46);
    for u in [0.8, 1.0, 1.2, 1.4] {
        let mut own = state.clone();
        model.advance(&[], &mut own, &Segment::constant(u, 1.0), &ROOM, None, None).unwrap();
        let share = ((1.46 - u) / (1.46 - now.reset_voltage)).powf(3.0567);
        let expected = last + (begin - last) * share;
        assert!((current(&own, u) / expected - 1.0).abs() < 1e-9, "{u}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// The same draws and the same state however a drive is divided, behind any limit.
    #[test]
    fn any_division_of_a_ramp_is_the_same(
        seed in 0_u64..1000,
        peaks in proptest::collection::vec(-2.0..2.0_f64, 2..8),
        cuts in proptest::collection::vec(0.02..0.98_f64, 1..5),
        limit in 0..4_usize,
        forming in proptest::bool::ANY,
    ) {
        let name = if forming { "statistical_hfo2_1t1r" } else { "statistical_synaptogen" };
        let card = card(name);
        let model = card.model.as_ref();
        let limit = [
            CurrentLimit::None,
            CurrentLimit::Ideal(1.5e-4),
            CurrentLimit::Resistor(2e3),
            CurrentLimit::Transistor { transconductance: 1e-3, overdrive: 0.8 },
        ][limit];
        let around = Surroundings { limit, ..ROOM };
        let spread = draw_spread(&card, seed, 1);
        let mut once = model.rest(card.states[if forming { "pristine" } else { "hrs" }], &around);
        let mut twice = once.clone();
        let mut streams = [0, 1].map(|_| Stream::new(seed, Purpose::StateNoise, 1, 0));
        let mut at = 0.0;
        let mut cuts = cuts.clone();
        cuts.sort_by(f64::total_cmp);
        // Beyond the forming voltage now and then.
        for peak in peaks.iter().map(|p| if forming { 2.0 * p } else { *p }) {
            let whole = Segment { start_voltage: at, end_voltage: peak, duration: 1e-3 };
            let total = model.advance(&spread, &mut once, &whole, &around, None, Some(&mut streams[0])).unwrap();
            let mut energy = 0.0;
            for pair in [&[0.0], cuts.as_slice(), &[1.0]].concat().windows(2) {
                let part = Segment {
                    start_voltage: whole.voltage_at(pair[0] * 1e-3),
                    end_voltage: whole.voltage_at(pair[1] * 1e-3),
                    duration: (pair[1] - pair[0]) * 1e-3,
                };
                energy += model
                    .advance(&spread, &mut twice, &part, &around, None, Some(&mut streams[1]))
                    .unwrap()
                    .energy;
            }
            prop_assert!((once[0] / twice[0] - 1.0).abs() < 1e-9, "{once:?} {twice:?}");
            prop_assert_eq!(&once[1..], &twice[1..]);
            prop_assert!((total.energy - energy).abs() <= 5e-3 * energy, "{} {}", total.energy, energy);
            at = peak;
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_bits_and_another_other_ones() {
    let card = card("statistical_hfo2_1t1r");
    let cycles = |seed: u64| {
        let spread = draw_spread(&card, seed, 5);
        let mut noise = Stream::new(seed, Purpose::StateNoise, 5, 0);
        let mut state = card.model.rest(card.states["hrs"], &ROOM);
        let mut seen = Vec::new();
        for _ in 0..5 {
            for voltage in [3.0, -3.0] {
                let pulse = Segment::constant(voltage, 1e-7);
                card.model.advance(&spread, &mut state, &pulse, &ROOM, None, Some(&mut noise)).unwrap();
                seen.push(state[0].to_bits());
            }
        }
        seen
    };
    assert_eq!(cycles(3), cycles(3));
    assert_ne!(cycles(3), cycles(4));
    let (a, b) = (draw_spread(&card, 1, 0), draw_spread(&card, 1, 1));
    assert!(a.len() == card.model.spread_parameters().len() && a != b);
}

#[test]
fn a_series_resistor_costs_its_voltage_and_makes_reset_snap() {
    let model = model("statistical_synaptogen");
    let resistor = Surroundings { limit: CurrentLimit::Resistor(5e3), ..ROOM };
    let mut state = model.rest(model.bounds(&[]).1, &resistor);
    for voltage in [4.0, -4.0] {
        model.advance(&[], &mut state, &Segment::constant(voltage, 1.0), &resistor, None, None).unwrap();
    }
    let cycle = model.cycle(&[], &state).unwrap();
    let current = model.operating_point(&[], &state, cycle.reset_voltage, &ROOM).unwrap().current;
    let needed = cycle.reset_voltage + 5e3 * current;
    let low = state[0];
    model.advance(&[], &mut state, &ramp(0.0, needed - 1e-6), &resistor, None, None).unwrap();
    assert_eq!(state[0].to_bits(), low.to_bits());
    // Just above, the falling current gives the cell more voltage: most of the transition at once.
    model.advance(&[], &mut state, &ramp(0.0, needed + 1e-6), &resistor, None, None).unwrap();
    assert!(state[0] < 0.75 * low, "{low} {}", state[0]);
    let point = model.operating_point(&[], &state, needed, &resistor).unwrap();
    assert!(point.voltage > cycle.reset_voltage + 0.05, "{point:?}");
}

#[test]
fn a_cell_before_forming_needs_its_own_voltage() {
    let card = card("statistical_hfo2_1t1r");
    let model = card.model.as_ref();
    let mut state = model.rest(card.states["pristine"], &ROOM);
    for voltage in [3.2, -3.9] {
        model.advance(&[], &mut state, &Segment::constant(voltage, 1.0), &ROOM, None, None).unwrap();
        assert_eq!(state[0].to_bits(), card.states["pristine"].to_bits());
    }
    model.advance(&[], &mut state, &Segment::constant(3.3, 1.0), &ROOM, None, None).unwrap();
    assert!((1.0 / state[0] / 7300.0 - 1.0).abs() < 1e-9, "{state:?}");
    // The share of cells that never form.
    let never = (0..4000).filter(|d| draw_spread(&card, 2, *d)[8].is_infinite()).count();
    assert!((never as f64 / 4000.0 - 0.09).abs() < 0.02, "{never}");
}

#[test]
fn drift_follows_the_logarithm_of_the_cycles() {
    let model = model("statistical_hfo2_1t1r");
    let mut state = model.rest(1e-5, &ROOM);
    let mut hrs = Vec::new();
    for _ in 0..300 {
        for voltage in [3.0, -3.0] {
            model.advance(&[], &mut state, &Segment::constant(voltage, 1.0), &ROOM, None, None).unwrap();
        }
        hrs.push(1.0 / state[0]);
    }
    let decades = (hrs[9] / hrs[289]).log10();
    let expected = 0.1417 * ((1.0 + 289.0 / 19.0_f64).log10() - (1.0 + 9.0 / 19.0_f64).log10());
    assert!((decades / expected - 1.0).abs() < 1e-6, "{decades} {expected}");
}

#[test]
fn voltages_beyond_the_measured_range_are_told_and_bad_cards_refused() {
    let synaptogen = model("statistical_synaptogen");
    let mut state = synaptogen.rest(1e-5, &ROOM);
    let motion =
        synaptogen.advance(&[], &mut state, &Segment::constant(-1.7, 1.0), &ROOM, None, None).unwrap();
    assert!(motion.flags.field_capped);
    for (name, text, says) in [
        ("slow_cycles", "1, 2, 3", "it must hold 4 numbers"),
        ("device_mean", "1, 2", "8 numbers"),
        ("device_factor", "1, 2", "36 numbers"),
        ("device_weight", "1, -1, 1", "every weight must be positive"),
        ("hrs_latent", "1, 0", "knots must rise"),
        ("white_loading", "1, 2, x", "white_loading"),
        ("lrs_value", "0, 1 V", "lrs_value"),
        ("forming_yield", "110 %", "at most 1"),
        ("reset_end_voltage", "0.5 V", "opposite to V_SET"),
        ("high_current", "-1e-3 A", "conduct more"),
        ("maximum_conductance", "0.5 uS", "minimum_conductance"),
        ("reset_exponent", "-1", "reset_exponent"),
    ] {
        let overrides = [(name.to_owned(), text.to_owned())].into();
        let error = DeviceCard::shipped("statistical_synaptogen", &overrides).unwrap_err().to_string();
        assert!(error.contains(says) && error.contains("statistical_synaptogen"), "{name}: {error}");
    }
}
