//! The I-V loop of one cell as CSV: a shipped card, a triangular sweep, current and state.
//!
//! `cargo run --release --example iv_loop > iv.csv`

use std::collections::BTreeMap;

use neurofilament::device_models::card::DeviceCard;
use neurofilament::device_models::{CurrentLimit, Segment, Surroundings};

/// Corners of the sweep, V.
const CORNERS: [f64; 4] = [0.0, -1.5, 1.5, 0.0];
/// Sweep rate, V/s, and distance of the samples, V.
const RATE: f64 = 1.0;
const STEP: f64 = 0.01;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Parameters can be replaced by name: "activation_energy" → "1.3 eV".
    let card = DeviceCard::shipped("jart_vcm_v1b_iv", &BTreeMap::new())?;
    let model = &card.model;
    let room = Surroundings { ambient_temperature: 293.0, limit: CurrentLimit::None };
    let start = card.state("hrs").ok_or("the card names no state hrs")?;
    let mut state = model.rest(start, &room);

    let names: Vec<String> =
        model.state_variables().iter().map(|v| format!("{} ({})", v.name, v.unit)).collect();
    println!("voltage (V),current (A),{}", names.join(","));
    for corners in CORNERS.windows(2) {
        let [from, to] = *corners else { continue };
        let samples = ((to - from).abs() / STEP).round() as i32;
        let at = |k: i32| from + (to - from) * f64::from(k) / f64::from(samples);
        for k in 1..=samples {
            let ramp = Segment { start_voltage: at(k - 1), end_voltage: at(k), duration: STEP / RATE };
            model.advance(&[], &mut state, &ramp, &room, None, None)?;
            let point = model.operating_point(&[], &state, at(k), &room)?;
            let values: Vec<String> = state.iter().map(|v| format!("{v:.6e}")).collect();
            println!("{:.3},{:.6e},{}", at(k), point.current, values.join(","));
        }
    }
    Ok(())
}
