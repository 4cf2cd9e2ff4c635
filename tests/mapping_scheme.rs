//! Schemes, tilings and renewal on matrices of simulated cells.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use device_models::DeviceCard;
use neurofilament::mapping::cells::PulsedSource;
use neurofilament::mapping::config::{
    CellConfig, Encoding, Partition, PeripheryConfig, Placement, ProgrammingConfig, Scaling, SchemeConfig,
    Signs, WeightCells,
};
use neurofilament::mapping::cost::Part;
use neurofilament::mapping::{
    AnalogConfig, AnalogHardware, AnalogMatrix, CellSource, DeviceLibrary, Inputs, Synapses,
};
use numerics::matrix::{Matrix, Op, product};
use numerics::rng::{Purpose, Stream};

fn quiet(scheme: SchemeConfig) -> AnalogConfig {
    AnalogConfig {
        cells: CellConfig {
            read_noise: Some(0.0),
            cycle_noise: Some(0.0),
            device_variants: 4,
            ..CellConfig::default()
        },
        periphery: PeripheryConfig {
            adc_bits: 16,
            dac_bits: 16,
            adc_range: 12.0,
            ..PeripheryConfig::default()
        },
        programming: ProgrammingConfig { tolerance: 0.02, ..ProgrammingConfig::default() },
        scheme,
        ..AnalogConfig::default()
    }
}

fn matrix(shape: (usize, usize), config: &AnalogConfig) -> AnalogMatrix {
    static LIBRARY: OnceLock<Arc<DeviceLibrary>> = OnceLock::new();
    let library = LIBRARY.get_or_init(|| {
        let card = DeviceCard::shipped("jart_vcm_v1b_kinetics", &BTreeMap::new()).unwrap();
        let config = quiet(SchemeConfig::default());
        Arc::new(DeviceLibrary::compile(&card, &config, 293.0, 1).unwrap())
    });
    let source: Arc<dyn CellSource> = Arc::new(PulsedSource::new(Arc::clone(library), &config.cells));
    AnalogMatrix::new(shape.0, shape.1, &AnalogHardware::of(source, config).unwrap(), 7, 0)
}

fn random(rows: usize, columns: usize, scale: f32, key: u64) -> Matrix {
    let mut stream = Stream::new(key, Purpose::Pattern, 0, 0);
    Matrix::from_fn(rows, columns, |_, _| scale * (2.0 * stream.uniform() as f32 - 1.0))
}

fn largest_difference(a: &Matrix, b: &Matrix) -> f32 {
    assert_eq!((a.rows(), a.columns()), (b.rows(), b.columns()));
    a.as_slice().iter().zip(b.as_slice()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// The weights the tiles hold, each at its place, and how often every place is served.
fn assembled(analog: &AnalogMatrix) -> (Matrix, Vec<u32>) {
    let (rows, columns) = (analog.outputs(), analog.inputs());
    let (mut whole, mut served) = (Matrix::zeros(rows, columns), vec![0; rows * columns]);
    for (first_output, first_input, tile) in analog.tiles() {
        let part = tile.true_weights();
        for (k, row) in part.iter_rows().enumerate() {
            for (j, w) in row.iter().enumerate() {
                whole.row_mut(first_output + k)[first_input + j] = *w;
                served[(first_output + k) * columns + first_input + j] += 1;
            }
        }
    }
    (whole, served)
}

fn weights() -> [WeightCells; 5] {
    [
        WeightCells::default(),
        WeightCells::DifferentialPair {
            placement: Placement::OneSided { refresh_at: 0.9, refresh_other: None },
            significance: vec![1.0, 1.0],
        },
        WeightCells::ReferenceColumn,
        WeightCells::Offset,
        WeightCells::BitSliced { bits_per_cell: 2, slices: 3, signs: Signs::Offset },
    ]
}

#[test]
fn any_cut_reads_the_weights_its_tiles_hold_both_ways() {
    let (outputs, inputs) = (23, 31);
    let target = random(outputs, inputs, 0.9, 1);
    let (x, e) = (random(3, inputs, 1.0, 2), random(3, outputs, 1.0, 3));
    for weight in weights() {
        for (partition, tile, scaling, spare_columns) in [
            (Partition::Largest, 64, Scaling::Fixed, 0),
            (Partition::Largest, 9, Scaling::PerColumn { percentile: 100.0 }, 2),
            (Partition::Equal, 11, Scaling::PerTile { percentile: 100.0 }, 0),
        ] {
            let scheme = SchemeConfig {
                weight: weight.clone(),
                partition,
                scaling,
                spare_columns,
                ..SchemeConfig::default()
            };
            let mut analog = matrix(
                (outputs, inputs),
                &AnalogConfig { tile_rows: tile, tile_columns: tile, ..quiet(scheme) },
            );
            let report = analog.program(&target);
            assert_eq!((report.failed, report.clipped), (0, 0), "{weight:?}: {report:?}");
            let (held, served) = assembled(&analog);
            assert!(served.iter().all(|times| *times == 1), "{weight:?} {partition:?}");
            // A pair of cells within 2 % of the window each; a single cell is half as exact.
            let error = largest_difference(&held, &target);
            assert!(error < 0.09, "{weight:?} {partition:?}: {error}");
            let forward = analog.forward(Inputs::Dense(&x));
            assert_eq!(analog.activity().adc_clipped, 0, "{weight:?} {partition:?}");
            let exact = product((&x, Op::Plain), (&held, Op::Transposed));
            let error = largest_difference(&forward, &exact);
            assert!(error < 5e-3, "{weight:?} {partition:?} forward: {error}");
            let backward = analog.backward(&e);
            let exact = product((&e, Op::Plain), (&held, Op::Plain));
            let error = largest_difference(&backward, &exact);
            assert!(error < 5e-3, "{weight:?} {partition:?} backward: {error}");
            assert_eq!(analog.activity().adc_clipped, 0, "{weight:?} {partition:?}");
        }
    }
}

#[test]
fn weights_beyond_the_range_are_counted() {
    let mut analog = matrix((2, 3), &quiet(SchemeConfig::default()));
    let target = Matrix::from_fn(2, 3, |k, j| if (k, j) == (1, 2) { -2.0 } else { 0.5 });
    assert_eq!(analog.program(&target).clipped, 1);
}

#[test]
fn one_sided_pairs_go_on_learning_because_they_are_renewed() {
    let learn = |refresh_at: f32, refresh_other: Option<f32>| {
        let placement = Placement::OneSided { refresh_at, refresh_other };
        let weight = WeightCells::DifferentialPair { placement, significance: vec![1.0] };
        let mut analog = matrix((4, 4), &quiet(SchemeConfig { weight, ..SchemeConfig::default() }));
        analog.program(&Matrix::zeros(4, 4));
        let first = analog.activity();
        let step = analog.weight_step();
        // Up and down again by a quarter of the range, many times.
        for round in 0..40 {
            let change = if round % 2 == 0 { 0.25 } else { -0.25 };
            analog.adjust(&Matrix::from_fn(4, 4, |_, _| change));
        }
        (analog.activity(), first, step)
    };
    let (renewed, before, step) = learn(0.9, None);
    // Forty quarters of the range in SET pulses, and at each renewal a RESET of both cells.
    assert!(renewed.renewed_cells >= 32, "{renewed:?}");
    assert!(renewed.cell_reads > before.cell_reads, "renewal is verified");
    assert!(renewed.reset_pulses > before.reset_pulses);
    let least = (16.0 * 40.0 * 0.25 / step * 0.9) as u64;
    assert!(renewed.set_pulses - before.set_pulses > least, "{renewed:?} for {least}");
    let (full, _, _) = learn(1.0, None);
    assert!(
        full.renewed_cells < renewed.renewed_cells,
        "{} against {}",
        full.renewed_cells,
        renewed.renewed_cells
    );
    // Only once the other cell, too, is near the top.
    let (later, _, _) = learn(0.9, Some(0.8));
    assert!(
        0 < later.renewed_cells && later.renewed_cells < renewed.renewed_cells,
        "{} against {}",
        later.renewed_cells,
        renewed.renewed_cells
    );
}

#[test]
fn designs_that_cannot_learn_say_so() {
    let sliced = WeightCells::BitSliced { bits_per_cell: 2, slices: 4, signs: Signs::Balanced };
    let design = quiet(SchemeConfig { weight: sliced, ..SchemeConfig::default() });
    assert!(design.check().is_ok());
    let error = design.check_learning().unwrap_err();
    assert_eq!(error.field, "scheme.weight.kind");
    let design = quiet(SchemeConfig { spare_columns: 64, ..SchemeConfig::default() });
    assert_eq!(
        design.check().unwrap_err().to_string(),
        "scheme.spare_columns is 64, but must be less than tile_columns, 64"
    );
}

#[test]
fn slices_and_bits_are_counted_as_the_hardware_does_them_and_priced() {
    // 20 × 30 weights of three slices on tiles of 16 × 16, inputs of 7 bits and sign one after the other: ⌈20/16⌉ ·
    // ⌈30/16⌉ = 4 tiles; 5 samples.
    let weight = WeightCells::BitSliced { bits_per_cell: 2, slices: 3, signs: Signs::Balanced };
    let mut config = AnalogConfig {
        tile_rows: 16,
        tile_columns: 16,
        ..quiet(SchemeConfig { weight, ..SchemeConfig::default() })
    };
    config.periphery.encoding = Encoding::BitSerial;
    config.periphery.dac_bits = 8;
    config.periphery.adc_bits = 8;
    let mut analog = matrix((20, 30), &config);
    analog.program(&random(20, 30, 0.9, 1));
    let before = analog.activity();
    let writing = analog.cost(&before).unwrap();
    assert!(writing.without.is_empty() && writing.part(Part::Cells).time > 0.0);
    analog.forward(Inputs::Dense(&random(5, 30, 1.0, 2)));
    let done = analog.activity().since(&before);
    assert_eq!(done.tile_reads, 4 * 5 * 7);
    // Every input drives its line on both tiles of its column, every output is converted on both of its row.
    assert_eq!(done.dac_conversions, 2 * 30 * 5 * 7);
    assert_eq!(done.adc_conversions, 2 * 20 * 3 * 5 * 7);
    let report = analog.cost(&done).unwrap();
    let energy = report.part(Part::OutputConverters).energy;
    assert!((energy / (4200.0 * 1.667e-12) - 1.0).abs() < 1e-9, "{energy}");
    // Three slices of a pair are six arrays with converters of their own.
    let energy = report.part(Part::InputConverters).energy;
    assert!((energy / (6.0 * 2100.0 * 0.3906e-12) - 1.0).abs() < 1e-9, "{energy}");
    assert!((report.part(Part::Cells).energy / done.read_energy - 1.0).abs() < 1e-12);
    // Eight lines for a converter: three slices of 16 outputs take six, of 4 outputs two, twice each.
    let converters = 2.0 * (6.0 + 2.0);
    let time = report.part(Part::OutputConverters).time;
    assert!((time / (4200.0 / converters * 0.8333e-9) - 1.0).abs() < 1e-9, "{time}");
}
