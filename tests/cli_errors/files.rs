//! Broken scripts, data sets and cards.

use super::*;

#[test]
fn broken_files_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    fs::write(path.join("cut.json"), &kinetics().to_string()[..60]).expect("written");
    fs::write(path.join("list.json"), "[1, 2]").expect("written");
    fs::write(path.join("nan.json"), kinetics().to_string().replace("\"100 uA\"", "NaN")).expect("written");
    fs::write(path.join("huge.json"), r#"{"kind": "device_pulse", "samples": 1e999}"#).expect("written");
    fs::write(path.join("deep.json"), "[".repeat(100_000)).expect("written");
    fs::write(path.join("empty.json"), "").expect("written");
    fs::write(path.join("binary.json"), [0xFF_u8, 0xFE, 0x00]).expect("written");
    fs::create_dir(path.join("folder.json")).expect("made");
    let run = |name| program(path, &["run", name]);
    expect(&run("cut.json"), 2, &["cut.json", "line 1", "column"], "truncated JSON");
    expect(&run("list.json"), 2, &["list.json", "object"], "not an object");
    expect(&run("nan.json"), 2, &["nan.json", "not valid JSON", "line 1"], "NaN");
    expect(&run("huge.json"), 2, &["huge.json", "out of range"], "a number beyond range");
    expect(&run("deep.json"), 2, &["deep.json", "recursion limit"], "nested without end");
    expect(&run("empty.json"), 2, &["empty.json", "EOF"], "empty");
    expect(&run("binary.json"), 2, &["binary.json"], "not text");
    expect(&run("folder.json"), 2, &["folder.json", "directory"], "a folder");
    expect(&run("missing.json"), 2, &["missing.json", "No such file"], "no file");

    for (name, text, fragments) in [
        ("word.csv", "time [us],voltage [mV]\n0,0\n1,x\n", vec!["line 3", "two numbers"]),
        ("columns.csv", "0,0\n1\n", vec!["line 2", "two columns"]),
        ("back.csv", "0,0\n2,1\n1,0\n", vec!["line 3", "go back"]),
        ("header.csv", "time [V],voltage [V]\n0,0\n1,1\n", vec!["line 1", "expected one in s"]),
        ("short.csv", "0,0\n", vec!["at least two"]),
    ] {
        fs::write(path.join(name), text).expect("written");
        let script = with(pulse(), "/waveform", json!({ "samples": { "file": name } }));
        fs::write(path.join("csv.json"), script.to_string()).expect("written");
        expect(&run("csv.json"), 2, &[&[name, "waveform.samples.file"], &fragments[..]].concat(), name);
    }

    let good = json!({
        "R_wl": 1.0, "R_bl": 1.0, "R_source": [1.0, 1.0], "R_sense": [1.0, null],
        "V_wl": [0.1, 0.1], "V_bl": [0.0, 0.0], "G": [[1e-6, 1e-6], [1e-6, 1e-6]],
    });
    for (what, array, fragments) in [
        ("lengths", with(good.clone(), "/V_wl", json!([0.1])), vec!["V_wl", "1 values", "2 word lines"]),
        ("ragged", with(good.clone(), "/G", json!([[1e-6, 1e-6], [1e-6]])), vec!["G[1]", "1 columns"]),
        ("negative", with(good.clone(), "/R_wl", json!(-1.0)), vec!["R_wl", "negative"]),
        ("type", with(good.clone(), "/R_source", json!([1.0, "a"])), vec!["R_source[1]", "a number"]),
        ("missing", with(good.clone(), "/V_bl", Value::Null), vec!["V_bl", "missing"]),
        ("unknown", with(good, "/R_sorce", json!([1.0])), vec!["R_sorce", "did you mean \"R_source\"?"]),
    ] {
        fs::write(path.join("array.json"), array.to_string()).expect("written");
        let script = json!({ "kind": "crossbar_solve", "array": { "file": "array.json" } });
        fs::write(path.join("golden.json"), script.to_string()).expect("written");
        expect(&run("golden.json"), 2, &[&["array.file", "array.json"], &fragments[..]].concat(), what);
    }
}

#[test]
fn broken_data_sets_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    let line = |pixel: &str, label: &str| format!("{pixel},{}{label}\n", "0,".repeat(63));
    let pairs: String = (0..4).map(|class| line("3", &class.to_string()).repeat(3)).collect();
    let zeros = "0".repeat(64);
    for (what, bytes, sha256, fragments) in [
        ("another checksum", pairs.clone().into_bytes(), json!(zeros), vec!["SHA-256", zeros.as_str()]),
        ("no checksum", pairs.clone().into_bytes(), json!("abc"), vec!["abc", "64 hexadecimal digits"]),
        ("an empty file", Vec::new(), Value::Null, vec!["no samples"]),
        ("no text", vec![0x1f, 0x8b, 0xff], Value::Null, vec!["not a text file"]),
        (
            "a short line",
            format!("{pairs}1,2,3\n").into_bytes(),
            Value::Null,
            vec!["line 13", "3 columns", "65"],
        ),
        (
            "no number",
            format!("{pairs}{}", line("NaN", "1")).into_bytes(),
            Value::Null,
            vec!["line 13", "NaN"],
        ),
        ("too much ink", line("17", "1").into_bytes(), Value::Null, vec!["line 1, column 1", "17"]),
        ("no label", line("1", "ten").into_bytes(), Value::Null, vec!["line 1", "label `ten`"]),
        (
            "a lonely sample",
            format!("{pairs}{}", line("1", "7")).into_bytes(),
            Value::Null,
            vec!["class 7", "at least 2"],
        ),
        (
            "a class without samples",
            line("1", "0").repeat(9).into_bytes(),
            Value::Null,
            vec!["class 1", "no sample"],
        ),
    ] {
        fs::write(path.join("mine.csv"), bytes).expect("written");
        let mut script = replay();
        script["data"] = json!({ "file": "mine.csv", "sha256": sha256 });
        fs::write(path.join("own.json"), script.to_string()).expect("written");
        let output = program(path, &["run", "own.json"]);
        let place = if what == "a class without samples" { "stream" } else { "data.file" };
        expect(&output, 2, &[&["own.json", place], &fragments[..]].concat(), what);
    }
}

#[test]
fn broken_cards_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    let shipped = device_models::card::SHIPPED.iter().find(|(name, _)| *name == "jart_vcm_v1b_kinetics");
    let text = shipped.expect("shipped").1;
    let card: Value = serde_json::from_str(text).expect("JSON");
    let change = |pointer: &str, value: Value| with(card.clone(), pointer, value).to_string();
    let windows = "/variability/windows/minimum_concentration";
    for (what, text, fragments) in [
        ("truncated", text[..700].to_owned(), vec!["line"]),
        (
            "not a number",
            change("/parameters/filament_radius", json!("NaN nm")),
            vec!["filament_radius", "finite"],
        ),
        ("a bare number", change("/parameters/filament_radius", json!(45)), vec!["45"]),
        ("below zero", change("/parameters/filament_radius", json!("-45 nm")), vec!["filament_radius"]),
        (
            "a missing parameter",
            change("/parameters/filament_radius", Value::Null),
            vec!["filament_radius", "missing"],
        ),
        ("an unknown parameter", change("/parameters/radius", json!("1 nm")), vec!["parameters.radius"]),
        ("an unknown model", change("/model", json!("jart")), vec!["model", "stanford_pku"]),
        ("a future format", change("/format", json!(2)), vec!["format"]),
        ("no read voltage", change("/read_voltage", json!("0 V")), vec!["read_voltage"]),
        ("a window upside down", change("/writing/window", json!(["2 S", "1 S"])), vec!["writing.window"]),
        (
            "an unknown state",
            change("/writing/forming/state", json!("mid")),
            vec!["writing.forming.state", "mid"],
        ),
        (
            "crossing windows",
            change(&format!("{windows}/max"), json!("21e26 1/m^3")),
            vec!["variability.windows"],
        ),
    ] {
        fs::write(path.join("mine.json"), text).expect("written");
        for (script, place) in [
            (with(pulse(), "/card", json!("mine.json")), "card"),
            (with(replay(), "/arrays/card", json!("mine.json")), "arrays.card"),
        ] {
            let script = if place == "card" { with(script, "/spread", json!(true)) } else { script };
            fs::write(path.join("own.json"), script.to_string()).expect("written");
            let output = program(path, &["run", "own.json"]);
            expect(&output, 2, &[&["own.json", place], &fragments[..]].concat(), what);
        }
    }
}
