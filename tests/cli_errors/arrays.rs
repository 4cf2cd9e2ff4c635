//! Wrong fields and files of arrays.

use super::*;

/// The array of [`crossbar`] with a field replaced.
fn array(name: &str, value: Value) -> Value {
    with(crossbar(), &format!("/array/{name}"), value)
}

/// The array with another source of its conductances, which has its own size.
fn source(source: Value) -> Value {
    let mut script = array("conductances", source);
    script["array"].as_object_mut().expect("an object").retain(|name, _| name != "rows" && name != "columns");
    script
}

#[test]
#[allow(clippy::too_many_lines)]
fn broken_tables_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    let tables = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/tables");
    for (name, text) in [
        ("plain.csv", "1,2\n3,4\n"),
        ("ragged.csv", "1,2\n3\n"),
        ("word.csv", "1,2\n3,many\n"),
        ("volts.csv", "a [V],b [V]\n1,2\n"),
        ("named.csv", "a [uS],b [uS]\n1,2\n3,4\n"),
        ("mixed.csv", "a [uS],b [mS]\n1,2\n"),
        ("negative.csv", "1,2\n3,-4\n"),
        ("empty.csv", "# nothing\n"),
        ("comma.csv", "1,5;2\n3;4\n"),
        ("pandas.csv", ",a,b\n0,1,2\n1,3,4\n"),
        ("units.csv", "1uS,2uS\n3,4\n"),
        ("text.npy", "not numpy"),
        ("text.h5", "not HDF5"),
    ] {
        fs::write(path.join(name), text).expect("written");
    }
    let whole = fs::read(tables.join("c_f8.npy")).expect("read");
    fs::write(path.join("cut.npy"), &whole[..whole.len() - 3]).expect("written");
    fs::write(path.join("good.json"), crossbar().to_string()).expect("written");
    assert!(program(path, &["run", "good.json"]).status.success());

    let csv = |file: &str| json!({ "csv": { "file": file, "unit": "uS" } });
    let npy = |file: &Path| json!({ "npy": { "file": file, "unit": "uS" } });
    let hdf5 = |dataset: &str| json!({ "hdf5": { "file": "results/good.h5", "dataset": dataset } });
    let local = |name: &str| Path::new(name).to_owned();
    let cases: Vec<(&str, Value, Vec<&str>)> = vec![
        ("no file", source(csv("gone.csv")), vec!["array.conductances.csv.file", "gone.csv"]),
        (
            "no unit",
            source(json!({ "csv": { "file": "plain.csv" } })),
            vec!["conductances.csv.unit", "plain.csv", "uS"],
        ),
        ("ragged", source(csv("ragged.csv")), vec!["csv.file", "ragged.csv, line 2 has 1 columns"]),
        ("no number", source(csv("word.csv")), vec!["csv.file", "word.csv, line 2, column 2", "\"many\""]),
        (
            "unit of something else",
            source(json!({ "csv": { "file": "volts.csv" } })),
            vec!["volts.csv", "expected one in S"],
        ),
        (
            "two units",
            source(json!({ "csv": { "file": "named.csv", "unit": "mS" } })),
            vec!["csv.unit", "\"mS\"", "named.csv says \"uS\""],
        ),
        ("mixed units", source(csv("mixed.csv")), vec!["mixed.csv, line 1", "different units"]),
        (
            "negative",
            source(csv("negative.csv")),
            vec!["array.conductances[1][1]", "negative", "-4e-6 S", "negative.csv"],
        ),
        ("decimal comma", source(csv("comma.csv")), vec!["comma.csv, line 1, column 1", "\"1,5\"", "point"]),
        ("index of pandas", source(csv("pandas.csv")), vec!["pandas.csv, line 1, column 1", "index=False"]),
        (
            "units in cells",
            source(csv("units.csv")),
            vec!["units.csv, line 1, column 1", "\"1uS\"", "letter"],
        ),
        (
            "index of a matrix",
            source(json!({ "npy": { "file": tables.join("c_f8.npy"), "unit": "uS", "index": 1 } })),
            vec!["array.conductances", "list of 3 values", "leave \"index\" away"],
        ),
        ("no numbers", source(csv("empty.csv")), vec!["empty.csv, the file holds no numbers"]),
        ("no NumPy file", source(npy(&local("text.npy"))), vec!["npy.file", "text.npy is not a NumPy file"]),
        (
            "a NumPy file cut off",
            source(npy(&local("cut.npy"))),
            vec!["npy.file", "cut.npy has 45 bytes", "2 × 3"],
        ),
        (
            "integers",
            source(npy(&tables.join("integers.npy"))),
            vec!["npy.file", "integers.npy", "<i8", "numpy.float64"],
        ),
        (
            "three dimensions",
            source(npy(&tables.join("big_endian_stack.npy"))),
            vec!["array.conductances", "3 dimensions (2 × 2 × 3)", "index"],
        ),
        (
            "index beyond the end",
            source(json!({ "npy": { "file": tables.join("c_f8.npy"), "unit": "uS", "index": 2 } })),
            vec!["npy.index", "is 2", "2 × 3"],
        ),
        ("NumPy without unit", source(json!({ "npy": { "file": "text.npy" } })), vec!["npy.unit", "missing"]),
        (
            "no HDF5 file",
            source(json!({ "hdf5": { "file": "text.h5", "dataset": "/a" } })),
            vec!["hdf5.file", "text.h5"],
        ),
        ("no dataset", source(hdf5("/results/conductanc")), vec!["hdf5.dataset", "/results/conductanc"]),
        (
            "another quantity",
            source(hdf5("/results/cell_current")),
            vec!["cell_current", "expected one in S"],
        ),
        ("a list", source(hdf5("/results/bit_line_current")), vec!["bit_line_current", "expected one in S"]),
        (
            "a number",
            source(
                json!({ "hdf5": { "file": "results/good.h5", "dataset": "/results/residual", "unit": "S" } }),
            ),
            vec!["hdf5"],
        ),
        (
            "HDF5 index beyond the end",
            source(
                json!({ "hdf5": { "file": "results/good.h5", "dataset": "/results/conductance", "index": 2 } }),
            ),
            vec!["hdf5.index", "is 2", "2 × 2"],
        ),
        (
            "another size",
            array("conductances", json!({ "npy": { "file": tables.join("c_f8.npy"), "unit": "uS" } })),
            vec!["array.columns", "matrix has 3"],
        ),
        (
            "infinite",
            source(json!({ "matrix": { "unit": "uS", "values": [[1, null]] } })),
            vec!["array.conductances[0][1]", "0 for an open cell"],
        ),
        (
            "unknown source",
            source(json!({ "cvs": {} })),
            vec!["array.conductances", "cvs", "did you mean \"csv\"?"],
        ),
    ];
    for (what, script, fragments) in &cases {
        fs::write(path.join("bad.json"), script.to_string()).expect("written");
        expect(&program(path, &["run", "bad.json"]), 2, &[&["bad.json"], &fragments[..]].concat(), what);
    }
}

#[test]
#[allow(clippy::too_many_lines)]
fn wrong_fields_of_arrays_are_named() {
    let scheme = |value: Value| {
        let mut script = array("scheme", value);
        script["array"].as_object_mut().expect("an object").remove("word_line_voltages");
        script
    };
    let faults = |value: Value| array("faults", value);
    let wires = |values: Value| {
        array("word_line_resistance", json!({ "matrix": { "unit": "Ohm", "values": values } }))
    };
    let inputs = |values: Value| {
        let mut script = array("inputs", json!({ "matrix": { "unit": "V", "values": values } }));
        script["array"].as_object_mut().expect("an object").remove("word_line_voltages");
        script
    };
    refuse(&[
        (
            "segments of another shape",
            wires(json!([[1, 2], [3, 4]])),
            vec!["array.word_line_resistance", "2 × 2", "2 × 1"],
        ),
        ("negative segment", wires(json!([[1], [-3]])), vec!["array.word_line_resistance[1][0]", "-3"]),
        (
            "bare segment",
            array("bit_line_resistance", json!(2)),
            vec!["array.bit_line_resistance", "no unit"],
        ),
        (
            "far ends",
            array("far_source_resistance", json!(["1 Ohm"])),
            vec!["array.far_source_resistance", "1 values", "2 word lines"],
        ),
        (
            "negative far end",
            array("far_sense_resistance", json!("-1 Ohm")),
            vec!["array.far_sense_resistance[0]", "-1"],
        ),
        (
            "nothing drives",
            with(crossbar(), "/array/word_line_voltages", Value::Null),
            vec!["array.word_line_voltages", "missing", "scheme"],
        ),
        (
            "two drives",
            array("scheme", json!({ "half": { "selected": [0, 0], "voltage": "1 V" } })),
            vec!["array.word_line_voltages", "array.scheme"],
        ),
        (
            "scheme and bit lines",
            with(
                scheme(json!({ "half": { "selected": [0, 0], "voltage": "1 V" } })),
                "/array/bit_line_voltages",
                json!("0 V"),
            ),
            vec!["array.bit_line_voltages", "array.scheme"],
        ),
        (
            "selected outside",
            scheme(json!({ "third": { "selected": [0, 2], "voltage": "1 V" } })),
            vec!["array.scheme.third.selected", "[0, 2]", "2 × 2"],
        ),
        (
            "unknown scheme",
            scheme(json!({ "haf": {} })),
            vec!["array.scheme", "haf", "did you mean \"half\"?"],
        ),
        (
            "scheme without voltage",
            scheme(json!({ "half": { "selected": [0, 0] } })),
            vec!["array.scheme.half.voltage", "missing"],
        ),
        (
            "scheme of source lines",
            with(
                scheme(json!({ "half": { "selected": [0, 0], "voltage": "1 V" } })),
                "/array/topology",
                json!("source_lines"),
            ),
            vec!["array.scheme", "source lines"],
        ),
        ("unknown topology", array("topology", json!("cross")), vec!["array.topology", "cross"]),
        (
            "inputs of another width",
            inputs(json!([[0.1, 0.2, 0.3]])),
            vec!["array.inputs", "3 columns", "2 word lines"],
        ),
        ("no inputs", inputs(json!([])), vec!["array.inputs"]),
        ("infinite input", inputs(json!([[0.1, null]])), vec!["array.inputs[0][1]", "finite voltage"]),
        (
            "inputs and voltages",
            array("inputs", json!({ "matrix": { "unit": "V", "values": [[0, 0]] } })),
            vec!["array.inputs", "word_line_voltages"],
        ),
        (
            "fault outside",
            faults(json!({ "open_cells": [[2, 0]] })),
            vec!["array.faults.open_cells[0]", "[2, 0]", "2 × 2 cells"],
        ),
        (
            "broken outside",
            faults(json!({ "broken_word_lines": [[0, 1]] })),
            vec!["array.faults.broken_word_lines[0]", "[0, 1]", "2 × 2 cells", "next cell"],
        ),
        (
            "short without resistance",
            faults(json!({ "shorted_cells": [[0, 0]] })),
            vec!["array.faults.short_resistance", "missing"],
        ),
        (
            "resistance without short",
            faults(json!({ "short_resistance": "1 Ohm" })),
            vec!["array.faults.short_resistance", "no shorted_cells"],
        ),
        (
            "short of no resistance",
            faults(json!({ "shorted_cells": [[0, 0]], "short_resistance": "0 Ohm" })),
            vec!["array.faults", "shorted cell (0, 0) is 0", "above 0 Ohm"],
        ),
        (
            "share above one",
            faults(json!({ "random": { "open_cells": "120 %" } })),
            vec!["array.faults.random.open_cells", "1.2", "0 to 1"],
        ),
        (
            "shares above one",
            faults(
                json!({ "random": { "open_cells": 0.6, "shorted_cells": 0.6 }, "short_resistance": "1 Ohm" }),
            ),
            vec!["array.faults.random.shorted_cells", "more than all"],
        ),
        (
            "negative stuck conductance",
            faults(json!({ "stuck_cells": [{ "cell": [0, 1], "conductance": "-1 uS" }] })),
            vec!["array.faults", "stuck cell (0, 1)", "at least 0 S"],
        ),
        (
            "bridge outside",
            faults(
                json!({ "bridges": [{ "from": { "word_line": [0, 0] }, "to": { "bit_line": [5, 0] }, "resistance": "1 Ohm" }] }),
            ),
            vec!["array.faults.bridges[0].to", "[5, 0]", "2 × 2 cells"],
        ),
        (
            "bridge to itself",
            faults(
                json!({ "bridges": [{ "from": { "word_line": [1, 0] }, "to": { "word_line": [1, 0] }, "resistance": "1 Ohm" }] }),
            ),
            vec!["array.faults.bridges[0].to", "connects two nodes"],
        ),
        (
            "second stuck cell outside",
            faults(
                json!({ "stuck_cells": [{ "cell": [0, 0], "conductance": "1 uS" }, { "cell": [0, 7], "conductance": "1 uS" }] }),
            ),
            vec!["array.faults.stuck_cells[1].cell", "[0, 7]", "2 × 2 cells"],
        ),
        (
            "crossing of one number",
            faults(json!({ "open_cells": [[0, 0], [1]] })),
            vec!["array.faults.open_cells[1]", "expected two numbers [row, column], found 1"],
        ),
        (
            "selected of three numbers",
            scheme(json!({ "read": { "selected": [1, 1, 1], "voltage": "1 V" } })),
            vec!["array.scheme.read.selected", "expected two numbers [row, column], found 3"],
        ),
        (
            "voltage null at a driver",
            array("word_line_voltages", json!(["0.2 V", null])),
            vec!["array.word_line_voltages[1]", "null", "source_resistance to null"],
        ),
        (
            "all voltages null",
            {
                let mut script = crossbar();
                script["array"]["bit_line_voltages"] = Value::Null;
                script
            },
            vec!["array.bit_line_voltages[0]", "null", "sense_resistance to null"],
        ),
        (
            "source lines, wrong number",
            {
                let mut script = array("topology", json!("source_lines"));
                script["array"]["word_line_voltages"] = json!(["0.2 V"]);
                script
            },
            vec!["array.word_line_voltages", "1 values", "2 source lines"],
        ),
        (
            "tolerance below rounding",
            with(crossbar(), "/solver", json!({ "tolerance": 1e-17 })),
            vec!["solver.tolerance", "1e-17", "at least 1e-15"],
        ),
        (
            "iteration on source lines",
            with(array("topology", json!("source_lines")), "/solver", json!({ "method": "multigrid" })),
            vec!["solver.method", "multigrid", "source lines", "direct"],
        ),
        (
            "iteration with bridges",
            with(
                faults(
                    json!({ "bridges": [{ "from": { "word_line": [1, 0] }, "to": { "word_line": [0, 0] }, "resistance": "1 Ohm" }] }),
                ),
                "/solver",
                json!({ "method": "line_pcg" }),
            ),
            vec!["solver.method", "line_pcg", "bridges", "direct"],
        ),
        (
            "ports of one bias",
            with(crossbar(), "/solver", json!({ "method": "ports" })),
            vec!["solver.method", "array.inputs"],
        ),
        (
            "ports with both ends",
            with(
                with(inputs(json!([[0.1, 0.2], [0.3, 0.1]])), "/array/far_sense_resistance", json!("1 Ohm")),
                "/solver",
                json!({ "method": "ports" }),
            ),
            vec!["solver.method", "both ends"],
        ),
        (
            "unknown fault",
            faults(json!({ "open_cell": [[0, 0]] })),
            vec!["array.faults.open_cell", "did you mean \"open_cells\"?"],
        ),
    ]);
}

#[test]
fn a_missing_simulator_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("s.json"), with(crossbar(), "/spice", json!("compare")).to_string())
        .expect("written");
    let output = Command::new(PROGRAM)
        .args(["run", "s.json"])
        .current_dir(folder.path())
        .env("PATH", folder.path())
        .output()
        .expect("the program starts");
    expect(&output, 1, &["cannot start ngspice", "install it", "\"write\""], "no ngspice");
    assert!(folder.path().join("results/s.cir").is_file());
}

/// A simulator that writes nothing has not answered, whatever an earlier one left.
#[cfg(unix)]
#[test]
fn an_old_answer_of_the_simulator_is_not_taken() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    fs::write(path.join("ngspice"), "#!/bin/sh\nexit 0\n").expect("written");
    fs::set_permissions(path.join("ngspice"), fs::Permissions::from_mode(0o755)).expect("executable");
    fs::create_dir(path.join("results")).expect("a folder");
    fs::write(path.join("results/s.raw"), "old").expect("written");
    fs::write(path.join("s.json"), with(crossbar(), "/spice", json!("compare")).to_string())
        .expect("written");
    let output = Command::new(PROGRAM)
        .args(["run", "s.json"])
        .current_dir(path)
        .env("PATH", path)
        .output()
        .expect("the program starts");
    expect(&output, 1, &["ngspice did not solve", "wrote no answer", "s.raw"], "no answer");
    assert!(!path.join("results/s.raw").exists());
}
