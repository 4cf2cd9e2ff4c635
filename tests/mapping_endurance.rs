//! Cells of arrays that die of their write pulses, and what cells have gone through.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;

use device_models::DeviceCard;
use device_models::conductance_step::array::{PulseSequence, SIDE};
use device_models::failure::FailureCause;
use neurofilament::mapping::cells::{Plane, source};
use neurofilament::mapping::config::{
    CellConfig, Endurance, FaultConfig, SchemeConfig, UpdateConfig, UpdateRule, WeightCells,
};
use neurofilament::mapping::{AnalogConfig, AnalogHardware, AnalogMatrix, Histogram, Inputs, Synapses};
use numerics::matrix::Matrix;
use numerics::rng::{Purpose, Stream};

const TABLES: &str = "vteam_memtorch";
const STEPS: &str = "step_reram_exponential";

fn card(name: &str) -> DeviceCard {
    DeviceCard::shipped(name, &BTreeMap::new()).unwrap()
}

fn endurance(median_pulses: f64, spread: f64, low: f64, as_it_is: f64) -> Endurance {
    Endurance { median_pulses, spread, low_resistance_share: low, as_it_is_share: as_it_is }
}

/// Cells without noise of any kind.
fn design(endurance: Option<Endurance>) -> AnalogConfig {
    AnalogConfig {
        cells: CellConfig {
            read_noise: Some(0.0),
            cycle_noise: Some(0.0),
            device_variants: 4,
            faults: FaultConfig { endurance, ..FaultConfig::default() },
            ..CellConfig::default()
        },
        ..AnalogConfig::default()
    }
}

fn plane(name: &str, endurance: Option<Endurance>, shape: (usize, usize)) -> Plane {
    Plane::new(shape, &*source(&card(name), &design(endurance), 293.0, 3).unwrap(), 1, 0)
}

fn step(plane: &mut Plane, counts: &[i32]) {
    let (cells, draw) = plane.operate();
    cells.step(counts, draw);
}

fn bits(plane: &Plane) -> Vec<u32> {
    plane.cells().conductances().iter().map(|g| g.to_bits()).collect()
}

/// Φ.
fn below(z: f64) -> f64 {
    let mut stream = Stream::new(5, Purpose::Pattern, 0, 0);
    let n = 400_000;
    f64::from((0..n).map(|_| u32::from(stream.normal() < z)).sum::<u32>()) / f64::from(n)
}

#[test]
fn lifetimes_are_log_normal_in_pulses_whatever_the_cells_and_however_the_pulses_come() {
    let (median, spread) = (40.0, 1.0_f64);
    println!("| cells | pulses | dead, expected | ours |\n|---|---|---|---|");
    for name in [TABLES, STEPS] {
        for at_once in [1, 5, 30] {
            let mut plane = plane(name, Some(endurance(median, spread, 0.6, 0.3)), (100, 100));
            let mut sent = 0;
            for (turn, until) in [30, 60, 180].into_iter().enumerate() {
                while sent < until {
                    // Up and down in turn.
                    let sign = if (sent / at_once) % 2 == 0 { 1 } else { -1 };
                    step(&mut plane, &vec![sign * at_once; 10_000]);
                    sent += at_once;
                }
                // A cell that bears ⌊N⌋ pulses has died by the n-th where ⌊N⌋ < n.
                let expected = below((f64::from(sent) / median).ln() / spread);
                let dead = plane.cells().dead() as f64 / 1e4;
                println!("| {name}, {at_once} at once | {sent} | {expected:.3} | {dead:.3} |");
                assert!((dead - expected).abs() < 0.02, "{name} {at_once} {turn}");
            }
            let of = |cause| {
                let found = plane.cells().stuck().iter().filter(|(_, own)| *own == cause).count();
                found as f64 / plane.cells().dead() as f64
            };
            let shares = [FailureCause::StuckLow, FailureCause::WornOut, FailureCause::StuckHigh].map(of);
            for (share, expected) in shares.iter().zip([0.6, 0.3, 0.1]) {
                assert!((share - expected).abs() < 0.02, "{shares:?}");
            }
            assert!(plane.cells().pulses().iter().all(|pulses| *pulses == 180), "pulses on the dead count");
        }
    }
}

/// A cell that stays where it is has taken exactly the pulses that it bears, also when more come at once.
#[test]
fn worn_out_cells_stay_where_their_last_pulse_left_them() {
    for name in [TABLES, STEPS] {
        let shape = (20, 30);
        let mut mortal = plane(name, Some(endurance(9.0, 0.7, 0.0, 1.0)), shape);
        let mut whole = plane(name, None, shape);
        let mut after = vec![bits(&whole)];
        for _ in 0..60 {
            step(&mut whole, &[1; 600]);
            after.push(bits(&whole));
        }
        // Four at a time, past the end of most.
        let mut left = vec![None; 600];
        for turn in 1..=12 {
            step(&mut mortal, &[4; 600]);
            for (cell, _) in mortal.cells().stuck() {
                left[*cell as usize].get_or_insert(4 * turn);
            }
        }
        assert!(mortal.cells().dead() > 550);
        for (cell, g) in bits(&mortal).into_iter().enumerate() {
            let on_the_way: Vec<usize> = (0..after.len()).filter(|n| after[*n][cell] == g).collect();
            let close = |n: usize| {
                let own = f32::from_bits(after[n][cell]);
                (own - f32::from_bits(g)).abs() < 1e-5 * own
            };
            let range = left[cell].map_or(48..=48, |n: usize| n - 4..=n - 1);
            let found = if name == TABLES {
                on_the_way.iter().any(|n| range.contains(n))
            } else {
                // Pulses at once are a power and not a product, which rounds otherwise.
                range.clone().any(close)
            };
            assert!(found, "{name}: cell {cell} is at the conductance after {on_the_way:?}, not {range:?}");
        }
    }
}

/// Trains for 20 bit lines and 30 word lines.
struct Trains(Vec<Vec<i32>>);

impl Trains {
    fn new() -> Self {
        let count = |k: i32, cell: i32| if (cell + k) % 3 == 0 { (cell * 7 + k * 5) % 9 - 4 } else { 0 };
        Self((0..6).map(|k| (0..600).map(|cell| count(k, cell)).collect()).collect())
    }
}

impl PulseSequence for Trains {
    fn operations(&self) -> usize {
        self.0.len()
    }

    fn most(&self) -> u32 {
        4 * self.0.len() as u32
    }

    fn lines(&self, _operation: usize) -> &[u32] {
        &[
            0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26,
            27, 28, 29,
        ]
    }

    fn counts(&self, operation: usize, first: usize, lines: &[u32], counts: &mut [[i32; SIDE]]) {
        for (line, counts) in lines.iter().zip(counts) {
            let of = |lane: usize| self.0[operation].get((first + lane) * 30 + *line as usize);
            *counts = std::array::from_fn(|lane| of(lane).copied().unwrap_or(0));
        }
    }
}

#[test]
fn sequences_of_trains_end_cells_where_single_operations_do() {
    let trains = Trains::new();
    for shares in [(0.5, 0.5), (0.5, 0.0)] {
        let plane_of = || plane(STEPS, Some(endurance(25.0, 0.6, shares.0, shares.1)), (20, 30));
        let (mut whole, mut parts) = (plane_of(), plane_of());
        assert!(whole.cells().takes_sequences() && !plane(TABLES, None, (2, 2)).cells().takes_sequences());
        for _ in 0..8 {
            let (cells, draw) = whole.operate_for(6);
            cells.step_sequence(&trains, draw).unwrap();
            trains.0.iter().for_each(|counts| step(&mut parts, counts));
        }
        assert!(parts.cells().dead() > 100 && parts.cells().dead() < 590, "{}", parts.cells().dead());
        assert_eq!(whole.cells().stuck(), parts.cells().stuck());
        assert_eq!(whole.cells().pulses(), parts.cells().pulses());
        assert_eq!(bits(&whole), bits(&parts));
    }
}

fn single(name: &str, rule: UpdateRule, endurance: Option<Endurance>) -> AnalogMatrix {
    let update = UpdateConfig { rule, weight_step: Some(0.01), ..UpdateConfig::default() };
    let weight = if name == STEPS { WeightCells::FixedReference } else { WeightCells::default() };
    let scheme = SchemeConfig { weight, ..SchemeConfig::default() };
    let mut config = AnalogConfig { update, scheme, ..design(endurance) };
    config.cells.cycle_noise = None;
    config.cells.read_noise = None;
    let hardware = AnalogHardware::new(&card(name), &config, 293.0, 3).unwrap();
    AnalogMatrix::new(70, 90, &hardware, 3, 0)
}

fn uniform(rows: usize, columns: usize, key: u64) -> Matrix {
    let mut stream = Stream::new(3, Purpose::Pattern, key, 0);
    Matrix::from_fn(rows, columns, |_, _| 2.0 * stream.uniform() as f32 - 1.0)
}

fn learn(matrix: &mut AnalogMatrix, turns: u64) -> Vec<u32> {
    matrix.program(&Matrix::from_fn(70, 90, |k, j| 0.01 * ((k * 5 + j * 3) % 41) as f32 - 0.2));
    let mut seen = Vec::new();
    for turn in 0..turns {
        let (x, mut e) = (uniform(4, 90, turn), uniform(4, 70, 1000 + turn));
        // One way in the long run, so that steps do not cancel.
        e.as_mut_slice().iter_mut().for_each(|e| *e = e.abs());
        matrix.update(Inputs::Dense(&x), &e, 0.02);
        let mut delta = uniform(70, 90, 2000 + turn);
        delta.as_mut_slice().iter_mut().for_each(|d| *d *= 0.02);
        matrix.adjust(&delta);
        seen.extend(matrix.forward(Inputs::Dense(&x)).as_slice().iter().map(|y| y.to_bits()));
        seen.extend(matrix.backward(&e).as_slice().iter().map(|y| y.to_bits()));
    }
    seen.extend(matrix.weights().as_slice().iter().map(|w| w.to_bits()));
    seen
}

/// Cells that bear everything are those without a limit, bit for bit, under every rule.
#[test]
fn lifetimes_that_do_not_end_change_no_bits() {
    for name in [TABLES, STEPS] {
        for rule in [UpdateRule::Pulsed, UpdateRule::MixedPrecision { threshold: 1.0 }] {
            let endless = Some(endurance(1e12, 0.1, 0.3, 0.3));
            let (mut with, mut without) =
                (single(name, rule.clone(), endless), single(name, rule.clone(), None));
            assert_eq!(learn(&mut with, 3), learn(&mut without, 3), "{name} {rule:?}");
            assert_eq!(with.activity(), without.activity());
        }
    }
}

#[test]
fn cells_die_during_learning_and_fail_honestly_when_they_are_written() {
    let mut runs = Vec::new();
    for threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        runs.push(pool.install(|| {
            let mut matrix = single(TABLES, UpdateRule::Pulsed, Some(endurance(25.0, 0.5, 0.5, 0.2)));
            let seen = learn(&mut matrix, 6);
            let after = matrix.activity();
            let written = matrix.program(&Matrix::zeros(70, 90));
            (seen, after, written, matrix)
        }));
    }
    let (seen, after, written, matrix) = &runs[0];
    assert_eq!((seen, after, written), (&runs[1].0, &runs[1].1, &runs[1].2));
    println!("{after:?}\n{written:?}");
    assert!(after.dead_cells > after.cells / 10 && after.dead_cells < after.cells / 2, "{after:?}");
    // A dead cell that happens to be where it should be does not fail; all that fail are dead.
    let dead = matrix.activity().dead_cells;
    assert!(written.failed > dead / 2 && written.failed <= dead, "{written:?}, {dead} dead");
    // The budget of every one of them was spent.
    assert!(written.pulses >= 900 * written.failed, "{written:?}");
}

#[test]
fn the_wear_map_adds_up_to_the_pulses_that_were_sent() {
    let mut matrix = single(TABLES, UpdateRule::MixedPrecision { threshold: 1.0 }, None);
    learn(&mut matrix, 2);
    let done = matrix.activity();
    let map = matrix.wear_map();
    assert_eq!(map.iter().sum::<u64>(), done.set_pulses + done.reset_pulses);
    let planes: Vec<_> = matrix.wear().collect();
    assert_eq!(planes.len(), 2 * matrix.tiles().count());
    let most = planes.iter().flat_map(|plane| plane.pulses).copied().max().unwrap();
    assert_eq!(u64::from(most), done.max_cell_pulses);
    // Weight (67, 3) is in the tile of outputs from 64 on.
    let mine: u64 = planes
        .iter()
        .filter(|plane| plane.first == (64, 0))
        .map(|plane| u64::from(plane.pulses[3 * plane.shape.1 + 3]))
        .sum();
    assert_eq!(map[67 * 90 + 3], mine);
    let pulses = matrix.pulse_histogram(16);
    assert_eq!(pulses.counts.iter().sum::<u64>(), done.cells);
    let conductances = matrix.conductance_histogram(20);
    let outside = conductances.outside.0 + conductances.outside.1;
    assert_eq!(conductances.counts.iter().sum::<u64>() + outside, done.cells);
    assert_eq!(outside, done.saturated_cells);
}

#[test]
fn histograms_count_every_value_once() {
    let mut histogram = Histogram::new((0.0, 2.0), 4);
    histogram.add([0.0, 0.49, 0.5, 1.99, 2.0, -0.1, 2.1, f64::NAN].into_iter());
    assert_eq!((histogram.counts.clone(), histogram.outside), (vec![2, 1, 0, 2], (1, 2)));
    assert_eq!(histogram.centres(), [0.25, 0.75, 1.25, 1.75]);
}

#[test]
fn shares_beyond_one_are_refused() {
    let wrong = design(Some(endurance(1e6, 1.0, 0.7, 0.4))).check().unwrap_err().to_string();
    assert!(
        wrong.starts_with("cells.faults.endurance.low_resistance_share + endurance.as_it_is_share is 1.1"),
        "{wrong}"
    );
    assert!(design(Some(endurance(1e6, 1.0, 0.7, 0.3))).check().is_ok());
}
