//! Properties every model must have at any drive a user may choose.
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use common::{ROOM, jart};
use device_models::card::SHIPPED;
use device_models::registry::MODELS;
use device_models::{
    Crossing, CurrentLimit, DeviceCard, DeviceError, DeviceModel, JartVcmV1b, Segment, Surroundings, jart_vcm,
};
use proptest::prelude::*;

/// The model of every shipped card but those that count whole pulses or whole vacancies, which have
/// tests of their own.
fn models() -> &'static [Arc<dyn DeviceModel>] {
    static MODELS: OnceLock<Vec<Arc<dyn DeviceModel>>> = OnceLock::new();
    MODELS.get_or_init(|| {
        let card = |(name, _): &(&str, _)| DeviceCard::shipped(name, &BTreeMap::new()).unwrap().model;
        let counts = |model: &Arc<dyn DeviceModel>| {
            let name = model.name();
            name.ends_with("_step") || ["soft_bounds_pmax", "jart_vcm_v1b_discrete"].contains(&name)
        };
        SHIPPED.iter().map(card).filter(|model| !counts(model)).collect()
    })
}

/// A slow variable at `share` of its range: geometric for concentrations, linear for gaps.
fn slow_at(model: &dyn DeviceModel, share: f64) -> f64 {
    let (low, high) = model.bounds(&[]);
    if low > 1.0 && high / low > 100.0 { low * (high / low).powf(share) } else { low + (high - low) * share }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn states_stay_in_bounds_and_everything_is_finite(
        share in 0.0..=1.0_f64,
        first in -1.5..2.0_f64,
        second in -1.5..2.0_f64,
        decade in -10.0..0.0_f64,
        compliance in proptest::option::of(20e-6..1e-3_f64),
    ) {
        let surroundings = Surroundings { limit: compliance.map_or(CurrentLimit::None, CurrentLimit::Ideal), ..ROOM };
        for model in models() {
            let model = model.as_ref();
            let (low, high) = model.bounds(&[]);
            let mut state = model.rest(slow_at(model, share), &surroundings);
            let half = 10_f64.powf(decade);
            for segment in [
                Segment::constant(first, half),
                Segment { start_voltage: first, end_voltage: second, duration: half },
                Segment::constant(0.0, half),
                Segment::constant(second, half),
            ] {
                let motion = model.advance(&[], &mut state, &segment, &surroundings, None, None).unwrap();
                prop_assert!((low..=high).contains(&state[0]), "{} {state:?}", model.name());
                prop_assert!(state.iter().all(|x| x.is_finite()));
                prop_assert!(motion.energy >= -1e-30 && motion.energy.is_finite(), "{motion:?}");
                prop_assert!((motion.elapsed - half).abs() <= 1e-12 * half, "{} {motion:?}", model.name());
                let v = segment.end_voltage;
                let point = model.operating_point(&[], &state, v, &surroundings).unwrap();
                prop_assert!(point.current * v > 0.0 || (v == 0.0 && point.current == 0.0), "{point:?}");
                prop_assert!(point.differential_conductance > 0.0 && point.temperature >= 200.0);
                prop_assert!(point.voltage.abs() <= v.abs() * (1.0 + 1e-9) + 1e-15, "{} {point:?} {state:?}", model.name());
                if let Some(limit) = compliance {
                    prop_assert!(point.current.abs() <= limit * (1.0 + 1e-9));
                }
            }
        }
    }

    #[test]
    fn a_segment_equals_its_parts(
        share in 0.0..=1.0_f64,
        from in -1.3..1.6_f64,
        to in -1.3..1.6_f64,
        decade in -9.0..-1.0_f64,
        cut in 0.05..0.95_f64,
    ) {
        // The explicit tier hands segments of less than a nanosecond to the full model and may then
        // differ by its own error, which `jart_explicit.rs` bounds.
        for model in models().iter().filter(|model| model.name() != "jart_vcm_v1b_explicit") {
            let model = model.as_ref();
            let duration = 10_f64.powf(decade);
            let whole = Segment { start_voltage: from, end_voltage: to, duration };
            let middle = from + (to - from) * cut;
            let parts = [
                Segment { start_voltage: from, end_voltage: middle, duration: cut * duration },
                Segment { start_voltage: middle, end_voltage: to, duration: (1.0 - cut) * duration },
            ];
            let mut once = model.rest(slow_at(model, share), &ROOM);
            let mut twice = once.clone();
            let single = model.advance(&[], &mut once, &whole, &ROOM, None, None).unwrap();
            let mut energy = 0.0;
            for part in &parts {
                energy += model.advance(&[], &mut twice, part, &ROOM, None, None).unwrap().energy;
            }
            // An abrupt transition at the very end turns accepted errors of time into errors of state.
            let close = |a: f64, b: f64| (a - b).abs() <= 5e-3 * a.abs().max(b.abs());
            // States that may be 0 are integrated to an absolute accuracy.
            let (low, high) = model.bounds(&[]);
            let same = (once[0] - twice[0]).abs() <= 2e-4 * (high - low) && low < 1.0;
            prop_assert!(same || close(once[0], twice[0]), "{}: {once:?} {twice:?}", model.name());
            prop_assert!(close(single.energy, energy) || energy < 1e-18, "{} {energy:e} {single:?}", model.name());
        }
    }
}

#[test]
fn long_and_short_times_in_one_motion() {
    // A thermal transient of 16 ps, then 1000 s; and 1e5 s at a bias that switches late.
    let model = JartVcmV1b::new(jart(15.72e6));
    let mut state = model.rest(0.008e26, &ROOM);
    let motion = model.advance(&[], &mut state, &Segment::constant(-0.2, 1e3), &ROOM, None, None).unwrap();
    assert!((motion.elapsed - 1e3).abs() < 1e-9 && motion.steps < 400, "{motion:?}");
    let late = model.advance(
        &[],
        &mut state,
        &Segment::constant(-0.4, 1e5),
        &ROOM,
        Some(Crossing::Above(1e-4)),
        None,
    );
    let late = late.unwrap();
    assert!(late.crossed && late.elapsed > 1.0 && late.steps < 400, "{late:?}");
}

#[test]
fn a_forward_branch_is_followed_until_it_ends() {
    // At 1.2 V, N = 20e26 and 293 K the low branch carries 0.711 mA, the high one 0.617 mA.
    let model = JartVcmV1b::new(jart(15.72e6));
    for (memory, expected, schottky) in [(0.0, 0.711e-3, 0.029), (0.2, 0.617e-3, 0.196)] {
        let point = model.operating_point(&[], &[20e26, 293.0, memory], 1.2, &ROOM).unwrap();
        assert!((point.current / expected - 1.0).abs() < 5e-3, "{schottky} V: {point:?}");
    }
    // At 0.1 V the high branch does not exist: its memory must not matter.
    let current = |memory| model.operating_point(&[], &[20e26, 1200.0, memory], 0.1, &ROOM).unwrap().current;
    assert!((current(0.2) / current(0.0) - 1.0).abs() < 1e-9);
}

#[test]
fn a_sweep_through_the_folds_is_continuous_in_the_state() {
    let model = JartVcmV1b::new(jart(10e6));
    let mut state = model.rest(20e26, &ROOM);
    for (from, to) in [(0.0, 1.5), (1.5, 0.0), (0.0, 1.5), (1.5, -0.3)] {
        let ramp = Segment { start_voltage: from, end_voltage: to, duration: 1.0 };
        let motion = model.advance(&[], &mut state, &ramp, &ROOM, None, None).unwrap();
        assert!(motion.steps < 3000, "{motion:?}");
    }
    assert!(state[0] < 1e26, "{state:?}");
}

#[test]
fn extreme_fields_and_bad_input_are_told() {
    let model = JartVcmV1b::new(jart(15.72e6));
    let mut state = model.rest(0.01e26, &ROOM);
    let motion = model.advance(&[], &mut state, &Segment::constant(60.0, 1e-9), &ROOM, None, None).unwrap();
    assert!(motion.flags.field_capped, "{motion:?}");
    for model in models() {
        let mut state = vec![f64::NAN; model.state_variables().len()];
        let drive = Segment::constant(0.5, 1e-6);
        assert!(model.advance(&[], &mut state, &drive, &ROOM, None, None).is_err());
        assert!(model.operating_point(&[], &[], 0.5, &ROOM).is_err());
    }
}

#[test]
fn parameters_come_from_a_card_by_name() {
    let p = jart(10e6);
    let mut values: BTreeMap<String, f64> =
        jart_vcm::PARAMETERS.iter().map(|s| (s.name.to_string(), 1.0)).collect();
    values.insert("barrier_height".into(), p.barrier_height);
    values.insert("fermi_depth".into(), p.fermi_depth);
    values.insert("maximum_concentration".into(), p.maximum_concentration);
    let read = jart_vcm::Parameters::from_values(&values).unwrap();
    assert!((read.maximum_concentration - 20e26).abs() < 1.0);
    values.insert("effective_mass".into(), -1.0);
    let error = jart_vcm::Parameters::from_values(&values).unwrap_err();
    assert!(matches!(error, DeviceError::InvalidParameter { parameter: "effective_mass", .. }), "{error}");
    values.remove("charge_number");
    values.insert("effective_mass".into(), 1.0);
    let error = jart_vcm::Parameters::from_values(&values).unwrap_err();
    assert!(matches!(error, DeviceError::MissingParameter { parameter: "charge_number", .. }), "{error}");
    for spec in MODELS.iter().flat_map(|entry| entry.parameters) {
        assert!(!spec.unit.is_empty() && !spec.meaning.is_empty());
    }
}

#[test]
fn spread_names_scale_what_they_say() {
    let model = JartVcmV1b::new(jart(15.72e6));
    assert_eq!(
        model.spread_parameters(),
        ["filament_radius", "disc_length", "minimum_concentration", "maximum_concentration"]
    );
    let (low, high) = model.bounds(&[1.0, 1.0, 1.5, 0.9]);
    assert!((low / 0.012e26 - 1.0).abs() < 1e-12 && (high / 18e26 - 1.0).abs() < 1e-12);
    let state = model.rest(0.008e26, &ROOM);
    let current = |spread: &[f64]| model.operating_point(spread, &state, 0.2, &ROOM).unwrap().current;
    // In the high-resistive state the contact limits, and its area goes with r².
    let ratio = current(&[1.1, 1.0, 1.0, 1.0]) / current(&[]);
    assert!((1.1..1.21).contains(&ratio), "{ratio}");
    assert!(current(&[1.0, 1.1, 1.0, 1.0]) < current(&[]));
}
