//! The three ways to limit a cell's current, on every shipped card.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use device_models::card::SHIPPED;
use device_models::{CurrentLimit, DeviceCard, Segment, Surroundings};

const LIMITS: [CurrentLimit; 3] = [
    CurrentLimit::Ideal(1e-4),
    CurrentLimit::Resistor(5e3),
    CurrentLimit::Transistor { transconductance: 5e-4, overdrive: 0.6 },
];

/// Voltages add up along the chain, or the current is at its limit.
#[test]
fn cell_and_limit_share_the_applied_voltage() {
    let mut held = 0;
    for (name, _) in SHIPPED {
        let card = DeviceCard::shipped(name, &BTreeMap::new()).unwrap();
        for limit in LIMITS {
            let around = Surroundings { ambient_temperature: 293.0, limit };
            for state in card.states.values() {
                let state = card.model.rest(*state, &around);
                for voltage in [-1.5, -0.4, -0.05, 0.05, 0.4, 1.5] {
                    let point = card.model.operating_point(&[], &state, voltage, &around).unwrap();
                    let lost = limit.drop(point.current.abs()).0.copysign(voltage);
                    if point.limited {
                        let most = limit.maximum().unwrap();
                        assert!((point.current.abs() / most - 1.0).abs() < 1e-9, "{name} {point:?}");
                        assert!(point.voltage.abs() < voltage.abs());
                        held += 1;
                    } else {
                        let sum = point.voltage + lost;
                        assert!((sum - voltage).abs() < 1e-6, "{name} {limit:?} {voltage}: {point:?}");
                    }
                }
            }
        }
    }
    assert!(held > 5, "{held}");
}

/// The state after a SET pulse is set by the limit: a wider channel leaves a lower resistance, and a
/// saturated transistor leaves what an ideal limit of the same current leaves.
#[test]
fn a_wider_channel_leaves_a_lower_resistance() {
    let card = DeviceCard::shipped("jart_vcm_v1b_kinetics", &BTreeMap::new()).unwrap();
    let after = |limit| {
        let around = Surroundings { ambient_temperature: 293.0, limit };
        let mut state = card.model.rest(card.states["hrs"], &around);
        let pulse = Segment::constant(-1.4, 1e-6);
        card.model.advance(&[], &mut state, &pulse, &around, None, None).unwrap();
        let free = Surroundings { limit: CurrentLimit::None, ..around };
        let rest = card.model.rest(state[0], &free);
        card.model.operating_point(&[], &rest, 0.2, &free).unwrap().current / 0.2
    };
    let narrow = after(CurrentLimit::Transistor { transconductance: 2e-3, overdrive: 0.25 });
    let wide = after(CurrentLimit::Transistor { transconductance: 2e-3, overdrive: 0.4 });
    assert!(wide > 1.5 * narrow, "{narrow:e} S, {wide:e} S");
    // Saturated nearly all along: I_sat = ½ · 2 mA/V² · (0.25 V)² = 62.5 µA.
    let ideal = after(CurrentLimit::Ideal(62.5e-6));
    assert!((narrow / ideal - 1.0).abs() < 0.03, "{narrow:e} S, {ideal:e} S");
}
