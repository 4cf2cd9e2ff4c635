//! Whole arrays of statistical devices: the same statistics and transitions as single cells.
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;

use common::{ROOM, Table};
use device_models::statistical::{Parameters, Statistical, StatisticalArray};
use device_models::variability::draw_spread;
use device_models::{DeviceCard, DeviceModel, Segment};
use numerics::rng::{Purpose, Stream};

fn card(name: &str) -> (DeviceCard, Statistical) {
    let card = DeviceCard::shipped(name, &BTreeMap::new()).unwrap();
    let model = Statistical::new(Parameters::from_values(&card.parameters).unwrap()).unwrap();
    (card, model)
}

fn quantile(values: &mut [f64], percent: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values[(percent / 100.0 * (values.len() - 1) as f64).round() as usize]
}

#[test]
fn arrays_have_the_published_quantiles() {
    for (name, hrs_published, lrs_published) in [
        ("statistical_synaptogen", [30.1e3, 75.6e3, 202e3], [4088.0, 4523.0, 5135.0]),
        ("statistical_hfo2_1t1r", [9.5e3, 92.1e3, 876e3], [4127.0, 4935.0, 8725.0]),
    ] {
        let (card, model) = card(name);
        let set = 3.0 * model.set_polarity() as f32;
        let mut array = StatisticalArray::new(model, 6, 2000, card.states["lrs"]);
        let (mut hrs, mut lrs) = (Vec::new(), Vec::new());
        for _ in 0..if name.ends_with("1t1r") { 300 } else { 64 } {
            array.pulse(-set);
            hrs.extend(array.conductances().map(|g| 1.0 / f64::from(g)));
            array.pulse(set);
            lrs.extend(array.conductances().map(|g| 1.0 / f64::from(g)));
        }
        let mut table = Table::default();
        for (k, percent) in [2.3, 50.0, 97.7].into_iter().enumerate() {
            table.compare(
                &format!("HRS in Ω, {percent} %"),
                quantile(&mut hrs, percent),
                hrs_published[k],
                0.10,
                0.0,
            );
            table.compare(
                &format!("LRS in Ω, {percent} %"),
                quantile(&mut lrs, percent),
                lrs_published[k],
                0.10,
                0.0,
            );
        }
        table.finish(&format!("Array of {name}"));
    }
}

/// The same devices form at the same voltages as single cells, and to the same conductance.
#[test]
fn devices_are_those_of_single_cells() {
    let (card, model) = card("statistical_hfo2_1t1r");
    let pristine = card.states["pristine"];
    let mut array = StatisticalArray::new(model.clone(), 11, 1001, pristine);
    assert_eq!((array.len(), array.is_empty()), (1001, false));
    array.pulse(3.3);
    let mut formed = 0;
    for (device, g) in array.conductances().enumerate() {
        let spread = draw_spread(&card, 11, device as u64);
        let mut noise = Stream::new(1, Purpose::StateNoise, 0, 0);
        let mut state = model.rest(pristine, &ROOM);
        let pulse = Segment::constant(3.3, 1e-6);
        model.advance(&spread, &mut state, &pulse, &ROOM, None, Some(&mut noise)).unwrap();
        assert!((f64::from(g) / state[0] - 1.0).abs() < 1e-5, "{device}: {g} {}", state[0]);
        formed += u32::from(state[0] > 1e-6);
    }
    assert!((550..750).contains(&formed), "{formed}");
}

#[test]
fn reset_is_gradual_and_does_not_go_back() {
    let (card, model) = card("statistical_synaptogen");
    let mut array = StatisticalArray::new(model, 2, 512, card.states["hrs"]);
    array.pulse(-1.5);
    let read = |array: &StatisticalArray| array.conductances().collect::<Vec<f32>>();
    let low = read(&array);
    array.pulse(-1.5);
    array.pulse(0.3);
    assert_eq!(read(&array), low);
    let mut before = low.clone();
    for voltage in [0.7, 0.8, 0.9, 1.0, 1.2, 1.4] {
        array.pulse(voltage);
        let after = read(&array);
        assert!(after.iter().zip(&before).all(|(a, b)| a <= b));
        array.pulse(voltage - 0.05);
        assert_eq!(read(&array), after, "{voltage} V");
        before = after;
    }
    array.pulse(1.5);
    let high = read(&array);
    let fallen = high.iter().zip(&low).filter(|(h, l)| **h < 0.5 * **l).count();
    assert!(fallen > 500, "{fallen}");
    // Each its own voltage; cells beyond the list rest.
    array.pulse_each(&[-1.5, 0.0, -1.5]);
    let own = read(&array);
    assert!(own[0] > 2.0 * high[0] && own[2] > 2.0 * high[2]);
    assert!(own[1].to_bits() == high[1].to_bits() && own[3..] == high[3..]);
}

/// Which cells are pulsed when decides nothing about what their next cycle is.
#[test]
fn cycles_belong_to_devices_not_to_the_order_of_pulses() {
    let (card, model) = card("statistical_synaptogen");
    let mut together = StatisticalArray::new(model.clone(), 4, 40, card.states["lrs"]);
    let mut apart = together.clone();
    for _ in 0..5 {
        together.pulse(1.5);
        together.pulse(-1.5);
    }
    for half in [0, 1] {
        let share = |voltage: f32| -> Vec<f32> {
            (0..40).map(|k| if (k % 2 == 0) == (half == 0) { voltage } else { 0.0 }).collect()
        };
        for _ in 0..5 {
            apart.pulse_each(&share(1.5));
            apart.pulse_each(&share(-1.5));
        }
    }
    assert!(together.conductances().eq(apart.conductances()));
}
