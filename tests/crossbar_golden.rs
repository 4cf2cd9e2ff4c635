//! The linear reference circuits: node voltages and currents against an independent solution
//! (sparse LU with refinement, agreeing with ngspice 39 to 1e-12).

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use neurofilament::crossbar::{
    Array, Bias, Crossbar, Lines, Method, Options, Ports, Segments, Solution, Topology,
};
use serde_json::Value;

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn optional(value: &Value) -> Vec<Option<f64>> {
    value.as_array().unwrap().iter().map(Value::as_f64).collect()
}

fn lines(segment: &Value, terminals: &Value) -> Lines {
    let near = optional(terminals);
    Lines { segments: Segments::Uniform(segment.as_f64().unwrap()), far: vec![None; near.len()], near }
}

/// Relative deviation; of two zeros none.
fn relative(ours: f64, reference: f64) -> f64 {
    if ours.to_bits() == reference.to_bits() { 0.0 } else { (ours / reference - 1.0).abs() }
}

fn check(name: &str) {
    let path = format!("{}/tests/golden/crossbar/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let golden: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let rows = golden["G"].as_array().unwrap();
    let array = Array {
        rows: rows.len(),
        columns: rows[0].as_array().unwrap().len(),
        topology: Topology::Crossed,
        conductances: rows.iter().flat_map(numbers).collect(),
        word_lines: lines(&golden["R_wl"], &golden["R_source"]),
        bit_lines: lines(&golden["R_bl"], &golden["R_sense"]),
        bridges: Vec::new(),
    };
    let bias = Bias { word_lines: numbers(&golden["V_wl"]), bit_lines: numbers(&golden["V_bl"]) };
    let columns = array.columns;
    // Too small for multigrid, which tests/crossbar_properties.rs compares.
    for method in [Method::LinePcg, Method::Direct] {
        let options = Options { method: Some(method), ..Options::default() };
        let solution = Crossbar::new(array.clone(), options).unwrap().solve(&bias).unwrap();
        assert_eq!(solution.method, method);
        compare(name, columns, &solution, &golden["expected"]);
    }
    let ports = Ports::new(array).unwrap();
    let currents = ports.transfer().apply(&bias).unwrap();
    let mut worst = 0.0_f64;
    for (ours, field) in [(&currents.bit_lines, "I_bl"), (&currents.word_lines, "I_wl")] {
        for (a, b) in ours.iter().zip(numbers(&golden["expected"][field])) {
            worst = worst.max(relative(*a, b));
            assert!((a - b).abs() <= 1e-10 * b.abs(), "ports, {field}: {a} against {b}");
        }
    }
    println!("| {name} | ports | {worst:.1e} | | |");
}

fn compare(name: &str, columns: usize, solution: &Solution, expected: &Value) {
    let mut worst = [0.0_f64; 2];
    for (ours, name) in [(&solution.bit_line_currents, "I_bl"), (&solution.word_line_currents, "I_wl")] {
        for (a, b) in ours.iter().zip(numbers(&expected[name])) {
            worst[0] = worst[0].max(relative(*a, b));
            assert!((a - b).abs() <= 1e-10 * b.abs(), "{name}: {a} against {b}");
        }
    }
    for node in expected["nodes"].as_array().unwrap() {
        let k = node["row"].as_u64().unwrap() as usize * columns + node["col"].as_u64().unwrap() as usize;
        for (ours, name) in [(solution.word_nodes[k], "u"), (solution.bit_nodes[k], "w")] {
            let reference = node[name].as_f64().unwrap();
            worst[1] = worst[1].max(relative(ours, reference));
            assert!(
                (ours - reference).abs() <= 1e-10 * reference.abs(),
                "{name}: {ours} against {reference}"
            );
        }
    }
    println!(
        "| {name} | {} | {:.1e} | {:.1e} | {:.1e} |",
        solution.method.name(),
        worst[0],
        worst[1],
        solution.residual
    );
    assert!(solution.residual < 1e-10, "{}", solution.residual);
    assert_eq!(solution.pinned_nodes, 0);
}

#[test]
fn square_array_with_equal_wires() {
    check("linear_8x8");
}

#[test]
fn sneak_path_read_with_floating_lines() {
    check("linear_10x10_floating");
}

#[test]
fn rectangular_array_with_open_and_shorted_cells() {
    check("linear_12x20_faults");
}
