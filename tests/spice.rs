//! Random arrays against ngspice, an independent circuit simulator. Skipped with a message where it is not
//! installed, unless `REQUIRE_NGSPICE=1`.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod runs;

use std::path::Path;
use std::process::Command;

use neurofilament::crossbar::cells::{Series, SeriesCells, Sinh, SinhSelector, Threshold};
use neurofilament::crossbar::spice::{Deviation, RawFile, SpiceCells, compare, netlist};
use neurofilament::crossbar::{
    Array, Bias, Bridge, CellLaws, Direct, Fault, NewtonOptions, Place, Segments, Solution, Topology, faults,
    solve_nonlinear,
};
use neurofilament::numerics::rng::{Purpose, Stream};
use neurofilament::record::RecordFile;
use serde_json::json;

fn installed() -> bool {
    if Command::new("ngspice").arg("--version").output().is_ok_and(|o| o.status.success()) {
        return true;
    }
    let required = std::env::var_os("REQUIRE_NGSPICE").is_some_and(|v| v == "1");
    assert!(!required, "ngspice is required but does not start");
    println!("skipped: ngspice is not installed");
    false
}

/// Numbers for one array.
struct Draw(Stream);

impl Draw {
    fn new(seed: u64) -> Self {
        Self(Stream::new(seed, Purpose::Pattern, 0, 0))
    }

    fn below(&mut self, n: usize) -> usize {
        self.0.below(n as u32) as usize
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.0.uniform()
    }

    fn log(&mut self, low: f64, high: f64) -> f64 {
        low * (high / low).powf(self.0.uniform())
    }

    fn often(&mut self, share: f64) -> bool {
        self.0.uniform() < share
    }

    /// One end of `n` lines; some are not connected, some have no resistance.
    fn ends(&mut self, n: usize, connected: f64) -> Vec<Option<f64>> {
        (0..n)
            .map(|_| {
                self.often(connected).then(|| if self.often(0.1) { 0.0 } else { self.between(0.5, 200.0) })
            })
            .collect()
    }
}

/// An array of up to `most` rows and columns with everything that can be there, and a bias.
fn array(draw: &mut Draw, most: usize, faulty: bool) -> (Array, Bias) {
    let (rows, columns) = (1 + draw.below(most), 1 + draw.below(most));
    let cells = (0..rows * columns).map(|_| draw.log(1e-7, 1e-3)).collect();
    let mut array = Array::uniform(rows, columns, cells, draw.between(0.1, 20.0), 1.0);
    if draw.often(0.2) {
        array.topology = Topology::SourceLines;
    }
    let (words, (m, n)) = (array.word_line_count(), array.bit_segments());
    array.bit_lines.segments = match draw.below(3) {
        0 => Segments::Uniform(0.0),
        1 => Segments::Each((0..m * n).map(|_| draw.between(0.0, 30.0)).collect()),
        _ => Segments::Uniform(draw.between(0.1, 20.0)),
    };
    array.word_lines.near = draw.ends(words, 0.8);
    array.word_lines.far = draw.ends(words, 0.3);
    array.bit_lines.near = draw.ends(columns, 0.8);
    array.bit_lines.far = draw.ends(columns, 0.3);
    array.bit_lines.near[0] = Some(3.0);
    if faulty {
        let mut list = Vec::new();
        for i in 0..rows {
            for j in 0..columns {
                if draw.often(0.1) {
                    list.push(Fault::OpenCell((i, j)));
                }
                let there = |(m, n): (usize, usize)| i < m && j < n;
                if there(array.word_segments()) && draw.often(0.05) {
                    list.push(Fault::BrokenWordLine((i, j)));
                }
                if there(array.bit_segments()) && draw.often(0.05) {
                    list.push(Fault::BrokenBitLine((i, j)));
                }
            }
        }
        for _ in 0..draw.below(3) {
            let mut place = || match draw.below(2) {
                0 => Place::Word(draw.below(rows), draw.below(columns)),
                _ => Place::Bit(draw.below(rows), draw.below(columns)),
            };
            let (from, to) = (place(), place());
            list.push(Fault::Bridge(Bridge { from, to, resistance: draw.between(1.0, 500.0) }));
        }
        faults::apply(&mut array, &list).unwrap();
    }
    let volts = |draw: &mut Draw, n| (0..n).map(|_| draw.between(-1.0, 1.0)).collect();
    let bias = Bias { word_lines: volts(draw, words), bit_lines: volts(draw, columns) };
    (array, bias)
}

/// What ngspice says of an array, and how far that is from our solution.
fn deviation(
    folder: &Path,
    array: &Array,
    cells: &SpiceCells<'_>,
    bias: &Bias,
    ours: &Solution,
) -> Deviation {
    let (circuit, raw) = (folder.join("a.cir"), folder.join("a.raw"));
    std::fs::write(&circuit, netlist(array, cells, bias, "test").unwrap()).unwrap();
    let output = Command::new("ngspice").args(["-b", "-r"]).args([&raw, &circuit]).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let raw = RawFile::read(&std::fs::read(&raw).expect(&told)).expect(&told);
    compare(array, cells, ours, &raw).expect(&told)
}

fn worst(all: &[Deviation]) -> Deviation {
    all.iter().fold(Deviation::default(), |m, d| Deviation {
        potential: m.potential.max(d.potential),
        current: m.current.max(d.current),
    })
}

fn report(what: &str, all: &[Deviation]) {
    let worst = worst(all);
    println!("| {what} | {} | {:.1e} | {:.1e} |", all.len(), worst.potential, worst.current);
    assert!(worst.potential < 1e-9 && worst.current < 1e-9, "{what}: {worst:?}");
}

#[test]
fn linear_arrays() {
    if !installed() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (what, faulty) in [("linear", false), ("linear, faults and bridges", true)] {
        let all: Vec<Deviation> = (0..30)
            .map(|seed| {
                let (array, bias) = array(&mut Draw::new(seed), 16, faulty);
                let ours = Direct::new(array.clone()).unwrap().solve(&bias).unwrap();
                deviation(folder.path(), &array, &SpiceCells::Linear, &bias, &ours)
            })
            .collect();
        report(what, &all);
    }
}

#[test]
fn arrays_of_curved_cells_and_selectors() {
    if !installed() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let options = NewtonOptions { tolerance: 1e-13, ..NewtonOptions::default() };
    for what in ["sinh cells", "selector and resistor", "selector and sinh cell", "threshold selector"] {
        let all: Vec<Deviation> = (0..8)
            .map(|seed| {
                let mut draw = Draw::new(100 + seed);
                let (array, bias) = array(&mut draw, 10, seed % 2 == 1);
                let conductances = array.conductances.clone();
                let sinh = Sinh { conductances: conductances.clone(), v0: draw.between(0.1, 0.5) };
                let selector =
                    SinhSelector { current: draw.log(1e-9, 1e-7), voltage: draw.between(0.06, 0.15) };
                let ohmic = Series { selector, cells: SeriesCells::Ohmic(conductances.clone()) };
                let curved = Series { selector, cells: SeriesCells::Sinh(sinh.clone()) };
                let threshold = Threshold { conductances, off: 1e-8, on: 1e-3, threshold: 0.6, width: 0.05 };
                let (laws, cells): (&dyn CellLaws, SpiceCells<'_>) = match what {
                    "sinh cells" => (&sinh, SpiceCells::Sinh(&sinh)),
                    "selector and resistor" => (&ohmic, SpiceCells::Series(&ohmic)),
                    "selector and sinh cell" => (&curved, SpiceCells::Series(&curved)),
                    _ => (&threshold, SpiceCells::Threshold(&threshold)),
                };
                let ours = solve_nonlinear(&array, laws, &bias, None, &options).unwrap();
                deviation(folder.path(), &array, &cells, &bias, &ours)
            })
            .collect();
        report(what, &all);
    }
}

#[test]
fn a_script_compares_its_record_with_ngspice() {
    if !installed() {
        return;
    }
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/crossbar");
    for (file, faults) in [
        ("linear_12x20_faults.json", json!({ "broken_word_lines": [[3, 4]], "open_cells": [[0, 0]] })),
        ("sinh_16x16_half_bias.json", json!({ "shorted_cells": [[2, 2]], "short_resistance": "200 Ohm" })),
    ] {
        let script = json!({
            "kind": "crossbar_solve", "spice": "compare",
            "array": { "file": golden.join(file), "faults": faults },
        });
        let folder = runs::folder_with(&script);
        let record = RecordFile::open(&runs::succeed(folder.path(), &["run", "s.json"])).unwrap();
        for name in ["potential", "current"] {
            let deviation = record.numbers(&format!("/results/spice_{name}_deviation")).unwrap()[0];
            assert!(deviation < 1e-9 && deviation > 0.0, "{file}, {name}: {deviation}");
        }
        assert!(
            folder.path().join("results/s.cir").is_file() && folder.path().join("results/s.raw").is_file()
        );
    }
}
