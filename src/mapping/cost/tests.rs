use std::collections::BTreeMap;

use device_models::DeviceCard;
use numerics::matrix::Matrix;
use proptest::prelude::*;

use super::{CostCard, CostReport, Extent, FIGURES, Part, SHIPPED};
use crate::mapping::config::{AnalogConfig, CostConfig, Encoding, PeripheryConfig, PlanePlaces};
use crate::mapping::synapses::Activity;
use crate::mapping::{AnalogHardware, AnalogMatrix, Inputs, Synapses as _};

fn card(name: &str) -> CostCard {
    CostCard::shipped(name, &BTreeMap::new()).unwrap()
}

fn design(
    (encoding, dac_bits, adc_bits): (Encoding, u32, u32),
    columns_per_adc: usize,
    planes: PlanePlaces,
) -> AnalogConfig {
    AnalogConfig {
        periphery: PeripheryConfig { encoding, dac_bits, adc_bits, ..PeripheryConfig::default() },
        cost: CostConfig { columns_per_adc, planes, ..CostConfig::default() },
        ..AnalogConfig::default()
    }
}

/// Lines of a table of `docs/validation.md`; the largest ratio either way.
fn compare(lines: &[(&str, f64, f64)]) -> f64 {
    let mut largest: f64 = 1.0;
    for (name, reference, ours) in lines {
        println!("| {name} | {reference:.4} | {ours:.4} | {:+.1} % |", 100.0 * (ours / reference - 1.0));
        largest = largest.max(ours / reference).max(reference / ours);
    }
    largest
}

#[test]
fn isaacs_tile_has_its_power_area_and_throughput() {
    // 96 arrays of 128 × 128 cells of 2 bits; 16 weights of 8 slices in each, inputs of 16 bits one bit in 100 ns, one
    // converter for 128 lines.
    let extent = Extent {
        matrix: (96 * 128, 96 * 16),
        tiles: 96,
        cells: 96 * 128 * 128,
        arrays: 8,
        inputs: 96 * 128,
        bit_lines: 96 * 128,
        outputs: 96 * 16,
        converters: 96,
        read_width: 100e-9,
        write_pulses: None,
    };
    // One product: 16 reads. Arrays at the table's 0.3 mW.
    let activity = Activity {
        products: 1,
        tile_reads: 96 * 16,
        dac_conversions: 96 * 16 * 128,
        adc_conversions: 96 * 16 * 128,
        read_energy: 96.0 * 0.3e-3 * 1.6e-6,
        ..Activity::default()
    };
    let report = CostReport::new(
        &card("isaac_32nm"),
        &design((Encoding::BitSerial, 17, 8), 128, PlanePlaces::Adjacent),
        &extent,
        &activity,
    );
    println!("{report}");
    let milliwatt = |part: Part| report.part(part).energy / 1.6e-6 * 1e3;
    let square_millimetre = |part: Part| report.part(part).area * 1e6;
    println!("| ISAAC tile | reference | ours | deviation |");
    let parts = compare(&[
        ("converters, mW", 12.0 * 16.0, milliwatt(Part::OutputConverters)),
        ("input converters, mW", 12.0 * 4.0, milliwatt(Part::InputConverters)),
        ("shift and add, mW", 12.0 * 0.2, milliwatt(Part::Addition)),
        ("converters, mm²", 12.0 * 0.0096, square_millimetre(Part::OutputConverters)),
        ("input registers and results, mW", 12.0 * 1.24, milliwatt(Part::Buffers)),
        ("memory, bus and router, mW", 20.7 + 7.0 + 42.0 / 4.0, milliwatt(Part::Routing)),
        ("arrays, mm²", 12.0 * 0.0002, square_millimetre(Part::Cells)),
    ]);
    assert!(parts < 1.35, "{parts}");
    // The table's tile also has output registers, pooling and sigmoid units, and control: 4 % of its power.
    let macs_per_second = 96.0 * 128.0 * 16.0 / report.interval();
    let whole = compare(&[
        ("tile, mW", 330.0, report.energy() / 1.6e-6 * 1e3),
        ("tile, mm²", 0.372, report.area() * 1e6),
        ("16-bit products, 10⁹/s", 96.0 * 128.0 * 16.0 / 1.6e-6 / 1e9, macs_per_second / 1e9),
    ]);
    assert!(whole < 1.1, "{whole}");
}

#[test]
fn neurrams_core_has_its_measured_energy_time_and_area() {
    // One core: 128 pairs of rows × 256 columns; inputs of 4 bits with sign (three pulses of 1, 2 and 4 units), outputs
    // of 6 bits. A read is its 7/3 integrations of 0.27 µs and 0.3 µs of sampling.
    let extent = Extent {
        matrix: (128, 256),
        tiles: 1,
        cells: 256 * 256,
        arrays: 2,
        inputs: 128,
        bit_lines: 256,
        outputs: 256,
        converters: 256,
        read_width: 7.0 / 3.0 * 0.27e-6 + 0.3e-6,
        write_pulses: None,
    };
    let activity = Activity {
        products: 1,
        tile_reads: 3,
        dac_conversions: 3 * 128,
        adc_conversions: 256,
        ..Activity::default()
    };
    let report = CostReport::new(
        &card("neurram_130nm"),
        &design((Encoding::BitSerialAnalog, 4, 6), 1, PlanePlaces::Separate),
        &extent,
        &activity,
    );
    println!("{report}");
    let operations = 2.0 * 256.0 * 128.0;
    let femtojoule = |part: Part| report.part(part).energy / operations * 1e15;
    let neurons = femtojoule(Part::Sensing) + femtojoule(Part::OutputConverters) + femtojoule(Part::Addition);
    println!("| NeuRRAM core | reference | ours | deviation |");
    let ratio = compare(&[
        ("lines, fJ per operation", 21.76, femtojoule(Part::Lines)),
        ("neurons, fJ per operation", 29.11, neurons),
        ("lines and neurons, fJ per operation", 21.76 + 29.11, femtojoule(Part::Lines) + neurons),
        ("48 cores, 10¹² operations/s", 0.744, 48.0 * operations / report.latency() / 1e12),
        ("core without registers and control, mm²", 0.61 * 1.27e-3 * 256.0 / 0.28, report.area() * 1e6),
    ]);
    // An order of magnitude is what such a model is good for.
    assert!(ratio < 2.5, "{ratio}");
}

#[test]
fn shipped_cards_give_a_source_for_every_figure() {
    for (name, _) in SHIPPED {
        let card = card(name);
        assert_eq!(card.name, *name);
        assert_eq!(card.sources.len(), FIGURES.len());
        for (figure, source) in &card.sources {
            assert!(source.source.len() > 20, "{name}: {figure}");
        }
    }
}

#[test]
fn cards_that_are_wrong_say_where() {
    let replaced = |name: &str, value: &str| {
        let figures = BTreeMap::from([(name.to_owned(), value.to_owned())]);
        CostCard::shipped("isaac_32nm", &figures).unwrap_err().to_string()
    };
    assert_eq!(
        replaced("adc_energy", "2 ns"),
        "cost card isaac_32nm, figure adc_energy: \"2 ns\" is a quantity in s, expected one in J; write e.g. \"0.5 J\""
    );
    assert!(
        replaced("adc_power", "2 W")
            .starts_with("cost card isaac_32nm, figure adc_power: is not known; the figures are cell_area, ")
    );
    assert_eq!(
        replaced("adc_bits", "0"),
        "cost card isaac_32nm, figure adc_bits: is 0, but must be at least 1"
    );
    let config = CostConfig { card: "tpu".to_owned(), ..CostConfig::default() };
    let error = config.check().unwrap_err();
    assert_eq!(error.field, "card");
    assert!(error.expected.contains("isaac_32nm, neurram_130nm"), "{error}");
}

fn activities() -> impl Strategy<Value = Activity> {
    (0_u64..1000, 0_u64..1000, 0_u64..100_000, 0_u64..100_000, 0_u64..1000, 0_u64..1000).prop_map(
        |(products, tile_reads, dac_conversions, adc_conversions, set_pulses, reset_pulses)| Activity {
            products,
            tile_reads,
            dac_conversions,
            adc_conversions,
            set_pulses,
            reset_pulses,
            cell_reads: set_pulses + reset_pulses,
            read_energy: tile_reads as f64 * 1e-12,
            write_energy: set_pulses as f64 * 1e-11,
            ..Activity::default()
        },
    )
}

/// Every array of a weight drives its word lines itself, and all of them are counted.
#[test]
fn arrays_of_a_scheme_have_drivers_of_their_own() {
    let card = DeviceCard::shipped("technology_c", &BTreeMap::new()).unwrap();
    let cases = [
        (r#"{ "kind": "differential_pair" }"#, 2),
        (r#"{ "kind": "differential_pair", "significance": [0.5, 0.3, 0.2] }"#, 6),
        (r#"{ "kind": "reference_column" }"#, 1),
        (r#"{ "kind": "offset" }"#, 1),
        (r#"{ "kind": "fixed_reference" }"#, 1),
        (r#"{ "kind": "bit_sliced", "bits_per_cell": 2, "slices": 3 }"#, 6),
        (r#"{ "kind": "bit_sliced", "bits_per_cell": 2, "slices": 4, "signs": "offset" }"#, 4),
    ];
    for (weight, arrays) in cases {
        let of = |planes: &str| {
            let text = format!(r#"{{ "scheme": {{ "weight": {weight} }}, "cost": {{ {planes} }} }}"#);
            let design: AnalogConfig = serde_json::from_str(&text).unwrap();
            let hardware = AnalogHardware::new(&card, &design, 293.0, 1).unwrap();
            let mut matrix = AnalogMatrix::new(10, 100, &hardware, 1, 0);
            matrix.forward(Inputs::Dense(&Matrix::from_fn(3, 100, |_, _| 1.0)));
            let (extent, cost) = (matrix.extent(), matrix.cost(&matrix.activity()).unwrap());
            // A tile of 64 and one of 36 inputs.
            assert_eq!((extent.inputs, extent.arrays), (100, arrays), "{weight}");
            assert!(extent.bit_lines >= extent.arrays * 20, "{weight}");
            cost.part(Part::InputConverters)
        };
        let (own, together) = (of(""), of(r#""planes": "adjacent""#));
        assert!((own.energy / together.energy - arrays as f64).abs() < 1e-9, "{weight}");
        assert!((own.area / together.area - arrays as f64).abs() < 1e-9, "{weight}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn costs_of_parts_of_the_work_add_up(a in activities(), b in activities(), separate in any::<bool>()) {
        let planes = if separate { PlanePlaces::Separate } else { PlanePlaces::Adjacent };
        let extent = Extent {
            matrix: (100, 50), tiles: 4, cells: 10_000, arrays: 2, inputs: 200, bit_lines: 200, outputs: 100, converters: 12,
            read_width: 1e-7, write_pulses: Some([(1.5, 1e-7), (-1.2, 2e-7)]),
        };
        for (name, _) in SHIPPED {
            let cost = |activity: &Activity| CostReport::new(&card(name), &design((Encoding::Amplitude, 8, 8), 8, planes), &extent, activity);
            let mut all = a.clone();
            all.add(&b);
            prop_assert_eq!(&all.since(&a).dac_conversions, &b.dac_conversions);
            let (one, other, both) = (cost(&a), cost(&b), cost(&all));
            for (part, cost) in both.parts() {
                let (x, y) = (one.part(part), other.part(part));
                prop_assert!((cost.energy - x.energy - y.energy).abs() <= 1e-9 * cost.energy, "{part:?}");
                prop_assert!((cost.time - x.time - y.time).abs() <= 1e-9 * cost.time, "{part:?}");
                prop_assert!((cost.area - x.area).abs() <= 0.0 && (cost.area - y.area).abs() <= 0.0);
            }
            prop_assert!((both.energy() - one.energy() - other.energy()).abs() <= 1e-9 * both.energy());
            let half = both.per(2);
            prop_assert!((2.0 * half.latency() - both.latency()).abs() <= 1e-9 * both.latency());
            prop_assert!((half.area() - both.area()).abs() <= 0.0);
        }
    }
}
