//! JART VCM v1b against reference values.
#![allow(clippy::unwrap_used)]
use device_models::jart_vcm::Parameters;
use device_models::{Crossing, DeviceModel, JartVcmV1b, Motion, Segment, Surroundings};

const ROOM: Surroundings = Surroundings { ambient_temperature: 293.0, compliance_current: None };

fn published(thermal_resistance: f64) -> Parameters {
    Parameters {
        permittivity: 17.0,
        barrier_permittivity: 5.5,
        barrier_height: 0.18,
        fermi_depth: 0.10,
        electron_mobility: 4e-6,
        minimum_concentration: 0.008e26,
        maximum_concentration: 20e26,
        plug_concentration: 20e26,
        hopping_distance: 0.25e-9,
        attempt_frequency: 2e13,
        activation_energy: 1.35 * 1.602_176_634e-19,
        thermal_resistance,
        reset_thermal_scaling: 0.27,
        thermal_capacitance: 1e-18,
        filament_radius: 45e-9,
        cell_length: 3e-9,
        disc_length: 0.4e-9,
        oxide_resistance: 650.0,
        line_resistance: 719.2437,
        line_thermal_resistance: 90471.47,
        line_temperature_coefficient: 3.92e-3,
        richardson_constant: 6.01e5,
        effective_mass: 9.10938e-31,
        charge_number: 2.0,
    }
}

#[test]
fn probe() {
    let model = JartVcmV1b::new(published(15.72e6));
    for (v, t) in [(-0.5, 9.68e-1), (-0.6, 1.72e-2), (-0.75, 5.83e-5), (-0.9, 3.89e-7), (-1.1, 1.8e-9)] {
        let mut s = model.rest(0.008e26, &ROOM);
        let now = std::time::Instant::now();
        let m: Motion = model
            .advance(&[], &mut s, &Segment::constant(v, 10.0), &ROOM, Some(Crossing::Above(1e-4)), None)
            .unwrap();
        eprintln!("{v} {:e} dev {:.4} {m:?} {:?}", m.elapsed, m.elapsed / t - 1.0, now.elapsed());
    }
    for (n, t) in
        [(20.0, 1.31e-6), (15., 6.85e-7), (10., 2.32e-7), (7.5, 9.48e-8), (5.0, 2.26e-8), (2.0, 5.9e-10)]
    {
        let mut s = model.rest(n * 1e26, &ROOM);
        let now = std::time::Instant::now();
        let m = model.advance(
            &[],
            &mut s,
            &Segment::constant(1.5, 1.0),
            &ROOM,
            Some(Crossing::Below(3e-4)),
            None,
        );
        eprintln!("{n} {m:?} {s:?} ref {t:e} {:?}", now.elapsed());
    }
    for n in [0.008, 0.2, 1.0, 20.0] {
        let s = model.rest(n * 1e26, &ROOM);
        let r = |v| v / model.operating_point(&[], &s, v, &ROOM).unwrap().current;
        eprintln!("{n} {} {}", r(-0.2), r(0.2));
    }
}
