//! Cells behind access transistors: every kind of cell, scheme and read against G/(1 + G R).

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;

use device_models::DeviceCard;
use device_models::limit::CurrentLimit;
use device_models::model::Surroundings;
use device_models::pulse::CellReader;
use neurofilament::mapping::cells::{Cells, Direction, Draw, Shot, Target};
use neurofilament::mapping::config::{
    CellConfig, FaultConfig, OutcomeConfig, PeripheryConfig, Placement, ProgrammingConfig, SchemeConfig,
    Signs, UpdateConfig, UpdateRule, WeightCells,
};
use neurofilament::mapping::{AnalogConfig, AnalogHardware, AnalogMatrix, Inputs, Synapses};
use numerics::matrix::{Matrix, Op, product};
use numerics::rng::{Purpose, Stream};

const R: f32 = 15e3;
const CELLS: usize = 300;

fn hardware(card: &str, config: AnalogConfig, access_resistance: f32) -> AnalogHardware {
    let card = DeviceCard::shipped(card, &BTreeMap::new()).unwrap();
    let cells = CellConfig { access_resistance, device_variants: 4, ..config.cells };
    AnalogHardware::new(&card, &AnalogConfig { cells, ..config }, 293.0, 3).unwrap()
}

fn through(g: f32) -> f32 {
    1.0 / (1.0 / g + R)
}

fn near(a: f32, b: f32) -> bool {
    (a - b).abs() <= 2e-5 * b.abs().max(1e-9)
}

/// Conductances and variances of reads.
fn seen(cells: &dyn Cells) -> (Vec<f32>, Vec<f32>) {
    let mut variances = vec![1e-14; cells.len()];
    cells.add_read_variances(&mut variances);
    (cells.conductances().to_vec(), variances)
}

#[test]
fn every_kind_of_cell_is_read_through_the_resistance_and_pulsed_as_without() {
    let faults = FaultConfig { stuck_low_resistance: 0.1, not_formed: 0.1, ..FaultConfig::default() };
    for (card, disturb) in [
        ("vteam_memtorch", false),
        ("step_neurosim_alox_hfo2", false),
        ("statistical_hfo2_1t1r", false),
        ("technology_c", false),
        ("pcm_joshi", true),
    ] {
        let cells = CellConfig { faults: faults.clone(), ..CellConfig::default() };
        let config = AnalogConfig { cells, ..AnalogConfig::default() };
        let [bare, behind] = [0.0, R].map(|r| hardware(card, config.clone(), r));
        let (low, high) = bare.source().window();
        let ends = behind.source().window();
        assert!(near(ends.0, through(low)) && near(ends.1, through(high)), "{card}");
        let place = Draw { seed: 5, address: 9, operation: 0 };
        let mut pair = [&bare, &behind].map(|hardware| hardware.source().cells((1, CELLS), place));
        let targets: Vec<f32> =
            (0..CELLS).map(|c| low + (high - low) * (0.1 + 0.8 * c as f32 / CELLS as f32)).collect();
        let shots: Vec<Shot> = (0..CELLS as u32)
            .map(|cell| Shot {
                cell,
                direction: if cell % 3 == 0 { Direction::Reset } else { Direction::Set },
                strength: 0,
            })
            .collect();
        let counts: Vec<i32> = (0..300).map(|c| c % 7 - 3).collect();
        for round in 0..5_u64 {
            let draw = Draw { operation: round + 1, ..place };
            for (k, cells) in pair.iter_mut().enumerate() {
                let written = |g: f32| if k == 0 { g } else { through(g) };
                // Tolerances of the cell; behind the resistance they are as much narrower as the slope.
                let tolerance = |g: &f32| {
                    let own = 0.02 * (high - low);
                    if k == 0 { own } else { own * (1.0 + g * R).powi(-2) }
                };
                match round {
                    0 if cells.strengths() == (0, 0) => {
                        let target = |(cell, g): (u32, &f32)| Target {
                            cell,
                            conductance: written(*g),
                            tolerance: tolerance(g),
                        };
                        cells.place(&(0..).zip(&targets).map(target).collect::<Vec<_>>(), draw).unwrap();
                    }
                    0 => (0..CELLS).for_each(|cell| cells.settle(cell, written(targets[cell]))),
                    1 if cells.strengths() != (0, 0) => {
                        cells.shoot(&shots, draw);
                    }
                    2 => {
                        cells.step(&counts, draw);
                    }
                    3 => cells.elapse(1e3, 293.0, draw),
                    _ => {}
                }
            }
            let [own, read] = [0, 1].map(|k| seen(&*pair[k]));
            assert_eq!(pair[0].pulses(), pair[1].pulses(), "{card}");
            assert_eq!(pair[0].stuck(), pair[1].stuck(), "{card}");
            for cell in 0..CELLS {
                let (g, after) = (own.0[cell], read.0[cell]);
                let expected = if g == 0.0 { 0.0 } else { through(g) };
                assert!(near(after, expected) || (after - expected).abs() < 3e-5 * ends.1, "{card} {round}");
                // A small deviation of the cell, looked at through the resistance.
                let deviation = pair[0].read_variance(cell).sqrt();
                let h = 1e-2 * g;
                let slope = if g > 0.0 { (through(g + h) - through(g - h)) / (2.0 * h) } else { 1.0 };
                let ours = pair[1].read_variance(cell).sqrt();
                assert!((ours - deviation * slope).abs() <= 2e-3 * deviation * slope + 1e-12, "{card}");
                let sum = ours * ours + 1e-14;
                assert!((read.1[cell] / sum - 1.0).abs() < 1e-4, "{card}: added to what is there");
            }
        }
        assert!(!disturb || pair[1].stuck().len() > 20);
    }
}

fn schemes() -> Vec<WeightCells> {
    let pair = |placement| WeightCells::DifferentialPair { placement, significance: vec![1.0] };
    vec![
        pair(Placement::Balanced),
        pair(Placement::OneSided { refresh_at: 0.9, refresh_other: None }),
        WeightCells::DifferentialPair { placement: Placement::Balanced, significance: vec![0.75, 0.25] },
        WeightCells::ReferenceColumn,
        WeightCells::Offset,
        WeightCells::FixedReference,
        WeightCells::BitSliced { bits_per_cell: 4, slices: 4, signs: Signs::default() },
    ]
}

fn weights(outputs: usize, inputs: usize) -> Matrix {
    let mut stream = Stream::new(4, Purpose::Pattern, 0, 0);
    Matrix::from_fn(outputs, inputs, |_, _| 1.6 * stream.uniform() as f32 - 0.8)
}

#[test]
fn every_scheme_stores_its_weights_in_what_is_read() {
    let (w, x) = (weights(12, 40), weights(5, 40));
    for weight in schemes() {
        let config = AnalogConfig {
            scheme: SchemeConfig { weight: weight.clone(), ..SchemeConfig::default() },
            periphery: PeripheryConfig { dac_bits: 0, adc_bits: 0, ..PeripheryConfig::default() },
            cells: CellConfig { read_noise: Some(0.0), ..CellConfig::default() },
            programming: ProgrammingConfig { exact: true, ..ProgrammingConfig::default() },
            ..AnalogConfig::default()
        };
        let hardware = hardware("step_neurosim_alox_hfo2", config, R);
        let mut matrix = AnalogMatrix::new(12, 40, &hardware, 1, 0);
        matrix.program(&w);
        let expected = product((&x, Op::Plain), (&w, Op::Transposed));
        let y = matrix.forward(Inputs::Dense(&x));
        for (y, e) in y.as_slice().iter().zip(expected.as_slice()) {
            assert!((y - e).abs() < 2e-3, "{weight:?}: {y} {e}");
        }
    }
}

#[test]
fn a_change_of_a_weight_takes_as_many_pulses_as_without() {
    let sent = |resistance: f32| {
        let config = AnalogConfig {
            scheme: SchemeConfig { weight: WeightCells::Offset, ..SchemeConfig::default() },
            update: UpdateConfig { rule: UpdateRule::Rounded, ..UpdateConfig::default() },
            programming: ProgrammingConfig { exact: true, ..ProgrammingConfig::default() },
            ..AnalogConfig::default()
        };
        let hardware = hardware("step_neurosim_alox_hfo2", config, resistance);
        let mut matrix = AnalogMatrix::new(12, 40, &hardware, 1, 0);
        matrix.program(&Matrix::zeros(12, 40));
        matrix.adjust(&weights(12, 40));
        matrix.tiles().next().unwrap().2.planes()[0].cells().pulses().to_vec()
    };
    let [bare, behind] = [0.0, R].map(sent);
    assert_eq!(bare, behind);
    assert!(bare.iter().filter(|count| **count > 0).count() > 100, "{bare:?}");
}

#[test]
fn verified_writing_reaches_its_targets_through_the_resistance() {
    let config = AnalogConfig {
        programming: ProgrammingConfig {
            tolerance: 0.02,
            outcome: OutcomeConfig::Card,
            ..ProgrammingConfig::default()
        },
        cells: CellConfig { read_noise: Some(0.0), ..CellConfig::default() },
        ..AnalogConfig::default()
    };
    for card in ["vteam_memtorch", "technology_c"] {
        let hardware = hardware(card, config.clone(), R);
        let mut matrix = AnalogMatrix::new(12, 40, &hardware, 1, 0);
        let written = matrix.program(&weights(12, 40));
        let window = hardware.source().window();
        let tolerance = 0.02 * (window.1 - window.0);
        let tile = &matrix.tiles_as_they_stand()[0];
        let within = tile.planes.iter().flat_map(|p| p.conductances.iter().zip(&p.targets));
        let missed = within.filter(|(g, target)| (*g - *target).abs() > 1.05 * tolerance).count();
        assert!(missed as u64 <= written.failed, "{card}: {missed} {}", written.failed);
    }
}

/// At voltages other than the card's a cell with a curved current is solved with the resistor in series.
#[test]
fn curved_cells_are_solved_with_the_resistor_in_series() {
    let periphery = PeripheryConfig { curved_cells: true, ..PeripheryConfig::default() };
    let config = AnalogConfig { periphery, ..AnalogConfig::default() };
    let resistance = 2e3;
    let hardware = hardware("jart_vcm_v1b_kinetics", config, resistance);
    let currents = hardware.currents().unwrap();
    let card = DeviceCard::shipped("jart_vcm_v1b_kinetics", &BTreeMap::new()).unwrap();
    let reader = CellReader::new(&card, Vec::new(), 293.0).unwrap();
    let limit = CurrentLimit::Resistor(f64::from(resistance));
    let at = Surroundings { ambient_temperature: 293.0, limit };
    let (low, high) = card.writing.unwrap().window;
    for share in [0.1, 0.5, 0.9] {
        let own = low + share * (high - low);
        let read = own / (1.0 + own * f64::from(resistance));
        let state = card.model.rest(reader.slow_state(own).unwrap(), &at);
        let found = currents.at(read as f32);
        let current = |x: f64| {
            card.model.operating_point(&[], &state, x * card.read_voltage, &at).unwrap().current
                / (read * card.read_voltage)
        };
        assert!((f64::from(found.full) / current(1.0) - 1.0).abs() < 2e-4, "{share}: {found:?}");
        for x in [-0.7_f64, 0.4, 0.9] {
            let [a, b, c] = [found.linear, found.quadratic, found.cubic].map(f64::from);
            let ours = a * x + b * x * x + c * x.powi(3);
            let error = (ours - current(x)).abs() / current(1.0);
            assert!(error < currents.max_error + 2e-4, "{share} {x}: {ours} {}", current(x));
        }
    }
}
