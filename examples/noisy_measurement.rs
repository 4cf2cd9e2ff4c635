//! Writes synthetic measurements of cells: an I-V loop, or a train of pulses, read with noise.
//!
//! `data/devices/README.md` says what they are for and what is hidden in them.
//!
//! ```sh
//! cargo run --release --example noisy_measurement -- iv > iv_loop.csv
//! cargo run --release --example noisy_measurement -- pulses > pulses.csv
//! ```

use std::collections::BTreeMap;
use std::error::Error;

use neurofilament::device_models::{CurrentLimit, DeviceCard, Segment, Surroundings};
use neurofilament::numerics::rng::{Purpose, Stream};

/// What differs from the card `jart_vcm_v1b_iv` in the loop.
const LOOP: [(&str, &str); 3] =
    [("activation_energy", "1.37 eV"), ("thermal_resistance", "11e6 K/W"), ("oxide_resistance", "800 Ohm")];
/// Turning points of its voltage, in steps of 10 mV.
const TURNS: [i32; 4] = [0, -120, 150, 0];
/// Rate of its ramps, V/s.
const RATE: f64 = 1.0;
/// What differs from the card `step_reram_soft_bounds` in the pulses.
const PULSES: [(&str, &str); 3] = [("step", "0.008"), ("slope_up", "0.8"), ("slope_down", "1.1")];
/// Pulses up, and as many down.
const COUNT: usize = 100;
const ROOM: Surroundings = Surroundings { ambient_temperature: 293.0, limit: CurrentLimit::None };

fn main() -> Result<(), Box<dyn Error>> {
    match std::env::args().nth(1).as_deref() {
        Some("iv") => iv(),
        Some("pulses") => pulses(),
        _ => Err("give iv or pulses".into()),
    }
}

fn card(name: &str, changed: &[(&str, &str)]) -> Result<DeviceCard, Box<dyn Error>> {
    let changed: BTreeMap<String, String> =
        changed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Ok(DeviceCard::shipped(name, &changed)?)
}

/// One loop, read every 10 mV with 3 % of relative noise and 2 nA near zero.
fn iv() -> Result<(), Box<dyn Error>> {
    let card = card("jart_vcm_v1b_iv", &LOOP)?;
    let mut state = card.model.rest(card.state("hrs").ok_or("no hrs")?, &ROOM);
    let mut noise = Stream::new(2026, Purpose::ReadNoise, 0, 0);
    println!("time (s),voltage (V),current (A)");
    let (mut time, mut last) = (0.0, 0.0);
    let steps = TURNS.windows(2).flat_map(|turn| {
        let way = (turn[1] - turn[0]).signum();
        (1..=(turn[1] - turn[0]).abs()).map(move |i| turn[0] + way * i)
    });
    for step in std::iter::once(0).chain(steps) {
        let voltage = f64::from(step) / 100.0;
        let duration = (voltage - last).abs() / RATE;
        if duration > 0.0 {
            let ramp = Segment { start_voltage: last, end_voltage: voltage, duration };
            card.model.advance(&[], &mut state, &ramp, &ROOM, None, None)?;
        }
        (time, last) = (time + duration, voltage);
        let current = card.model.operating_point(&[], &state, voltage, &ROOM)?.current;
        let read = current * (1.0 + 0.03 * noise.normal()) + 2e-9 * noise.normal();
        println!("{time:.4},{voltage:.2},{read:.4e}");
    }
    Ok(())
}

/// Potentiation and depression, read after each pulse with 1 % of relative noise.
fn pulses() -> Result<(), Box<dyn Error>> {
    let card = card("step_reram_soft_bounds", &PULSES)?;
    let mut noise = Stream::new(2026, Purpose::ReadNoise, 1, 0);
    let mut state = card.model.rest(card.state("hrs").ok_or("no hrs")?, &ROOM);
    println!("pulse,voltage (V),width (ns),conductance (uS)");
    for i in 0..2 * COUNT {
        let voltage = if i < COUNT { 1.0 } else { -1.0 };
        card.model.advance(&[], &mut state, &Segment::constant(voltage, 100e-9), &ROOM, None, None)?;
        let point = card.model.operating_point(&[], &state, card.read_voltage, &ROOM)?;
        let read = point.current / point.voltage * (1.0 + 0.01 * noise.normal());
        println!("{},{voltage},100,{:.4}", i + 1, read * 1e6);
    }
    Ok(())
}
