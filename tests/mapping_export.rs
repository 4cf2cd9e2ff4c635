//! Cells of a matrix in a record and as netlists.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use device_models::DeviceCard;
use neurofilament::crossbar::spice::{RawFile, SpiceCells, compare};
use neurofilament::crossbar::{Bias, Direct};
use neurofilament::experiment::hardware::{cost_datasets, tile_datasets};
use neurofilament::mapping::config::{CellConfig, Scaling, SchemeConfig, WeightCells, WiresConfig};
use neurofilament::mapping::{AnalogConfig, AnalogHardware, AnalogMatrix, Synapses};
use neurofilament::record::{Attribute, Provenance, Record, RecordFile};
use numerics::matrix::Matrix;
use numerics::rng::{Purpose, Stream};

/// A process started while a record is open inherits the file and keeps it locked.
static FILES: Mutex<()> = Mutex::new(());

fn files() -> impl Drop {
    FILES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Word lines with half the resistance of bit lines in their segments, and a third at their terminals.
fn wires(segment: f64) -> WiresConfig {
    WiresConfig {
        word_line_segment: segment / 2.0,
        bit_line_segment: segment,
        word_line_terminal: segment / 3.0,
        bit_line_terminal: segment,
        ..WiresConfig::default()
    }
}

fn programmed(weight: WeightCells) -> AnalogMatrix {
    let card = DeviceCard::shipped("jart_vcm_v1b_kinetics", &BTreeMap::new()).unwrap();
    let config = AnalogConfig {
        tile_rows: 12,
        tile_columns: 8,
        cells: CellConfig { device_variants: 2, ..CellConfig::default() },
        scheme: SchemeConfig {
            weight,
            scaling: Scaling::PerColumn { percentile: 100.0 },
            spare_columns: 1,
            ..SchemeConfig::default()
        },
        ..AnalogConfig::default()
    };
    let hardware = AnalogHardware::new(&card, &config, 293.0, 1).unwrap();
    let mut analog = AnalogMatrix::new(10, 17, &hardware, 1, 0);
    let mut stream = Stream::new(3, Purpose::Pattern, 0, 0);
    analog.program(&Matrix::from_fn(10, 17, |_, _| stream.normal() as f32));
    analog
}

#[test]
fn a_record_holds_every_cell_and_its_place() {
    let analog = programmed(WeightCells::ReferenceColumn);
    let tiles = analog.tiles_as_they_stand();
    let _files = files();
    let folder = tempfile::tempdir().unwrap();
    let provenance = Provenance {
        script: "{}".into(),
        cards: Vec::new(),
        seed: 1,
        threads: 1,
        kind: "test".into(),
        title: "cells".into(),
    };
    let mut record = Record::create(&folder.path().join("a.h5"), &provenance).unwrap();
    let cost = analog.cost(&analog.activity()).unwrap();
    let cost = cost_datasets("/results/cost", &[cost.clone(), cost]);
    for dataset in tile_datasets("/results/layer_0", &tiles).iter().chain(&cost) {
        record.write(dataset).unwrap();
    }
    let file = RecordFile::open(&record.finish().unwrap()).unwrap();
    let (low, high) = (1e-9, 1.0);
    let mut cells = 0;
    for (t, tile) in tiles.iter().enumerate() {
        let path = format!("/results/layer_0/tile_{t}");
        let weights = file.numbers(&format!("{path}/weights")).unwrap();
        let scales = file.numbers(&format!("{path}/column_scale")).unwrap();
        let lines = file.numbers(&format!("{path}/bit_line")).unwrap();
        let conductances = file.numbers(&format!("{path}/plane_0/conductance")).unwrap();
        let reference = file.numbers(&format!("{path}/plane_1/conductance")).unwrap();
        let targets = file.numbers(&format!("{path}/plane_0/target")).unwrap();
        let pulses = file.numbers(&format!("{path}/plane_0/pulses")).unwrap();
        let inputs = tile.inputs.1;
        assert_eq!((weights.len(), reference.len()), (tile.outputs.1 * inputs, inputs));
        assert!(conductances.iter().chain(&targets).all(|g| (low..high).contains(g)));
        assert!(pulses.iter().sum::<f64>() > 0.0);
        // A reader has the weights from the record alone.
        let attributes = BTreeMap::from_iter(file.attributes(&format!("{path}/weights")).unwrap());
        let Attribute::F64s(window) = &attributes["window"] else { panic!("no window") };
        assert!(matches!(&attributes["scheme"], Attribute::Text(text) if text.contains("reference_column")));
        let width = window[1] - window[0];
        for k in 0..tile.outputs.1 {
            for j in 0..inputs {
                let difference = conductances[lines[k] as usize * inputs + j] - reference[j];
                let weight = 2.0 * difference / width * scales[k];
                assert!((weight - weights[k * inputs + j]).abs() < 1e-4, "tile {t}: {weight}");
            }
        }
        cells += conductances.len() + reference.len();
    }
    assert_eq!(cells as u64, analog.activity().cells);
    let energy = file.numbers("/results/cost/energy").unwrap();
    assert_eq!(file.shape("/results/cost/energy").unwrap(), [2, 8]);
    let activity = analog.activity();
    assert!((energy[0] / (activity.read_energy + activity.write_energy) - 1.0).abs() < 1e-12);
}

#[test]
fn ngspice_finds_the_currents_of_a_plane() {
    let _files = files();
    if !Command::new("ngspice").arg("--version").output().is_ok_and(|o| o.status.success()) {
        assert!(std::env::var_os("REQUIRE_NGSPICE").is_none(), "ngspice is required but does not start");
        println!("skipped: ngspice is not installed");
        return;
    }
    let analog = programmed(WeightCells::default());
    let folder = tempfile::tempdir().unwrap();
    for (t, tile) in analog.tiles_as_they_stand().iter().enumerate() {
        for (p, plane) in tile.planes.iter().enumerate() {
            let voltages: Vec<f64> = (0..plane.word_lines).map(|j| 0.2 * f64::sin(j as f64)).collect();
            for segment in [0.0, 2.5] {
                let wires = wires(segment);
                let circuit = folder.path().join("a.cir");
                let raw = folder.path().join("a.raw");
                std::fs::write(&circuit, plane.netlist("plane", &wires, &voltages).unwrap()).unwrap();
                let output =
                    Command::new("ngspice").args(["-b", "-r"]).args([&raw, &circuit]).output().unwrap();
                let told = String::from_utf8_lossy(&output.stderr).into_owned();
                let raw = RawFile::read(&std::fs::read(&raw).expect(&told)).expect(&told);
                if segment > 0.0 {
                    let array = plane.array(&wires);
                    let bias = Bias::read(voltages.clone(), plane.bit_lines);
                    let ours = Direct::new(array.clone()).unwrap().solve(&bias).unwrap();
                    let off = compare(&array, &SpiceCells::Linear, &ours, &raw).unwrap();
                    assert!(off.current < 1e-9 && off.potential < 1e-9, "tile {t}, plane {p}: {off:?}");
                    continue;
                }
                for k in 0..plane.bit_lines {
                    let row = &plane.conductances[k * plane.word_lines..(k + 1) * plane.word_lines];
                    let sum: f64 = row.iter().zip(&voltages).map(|(g, v)| f64::from(*g) * v).sum();
                    let theirs = raw.current(&format!("vbl{k}")).unwrap();
                    assert!(
                        (sum / theirs - 1.0).abs() < 1e-6,
                        "tile {t}, plane {p}, line {k}: {sum} {theirs}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_netlist_needs_a_voltage_for_every_word_line() {
    let analog = programmed(WeightCells::Offset);
    let plane = &analog.tiles_as_they_stand()[0].planes[0];
    let error = plane.netlist("plane", &wires(1.0), &[0.1; 3]).unwrap_err().to_string();
    assert!(error.contains("word"), "{error}");
}
