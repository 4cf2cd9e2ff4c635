//! A network trained, saved, read again and judged on arrays by the real program.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod runs;

use neurofilament::record::RecordFile;
use serde_json::{Value, json};

fn script() -> Value {
    json!({
        "kind": "inference",
        "seed": 3,
        "data": { "set": "digits", "test_share": 0.4, "test_samples": 300 },
        "network": { "layers": [
            { "kind": "convolution", "filters": 4, "kernel": [3, 3] }, { "kind": "relu" },
            { "kind": "max_pool", "size": [2, 2] }, { "kind": "flatten" }, { "kind": "dense", "outputs": 10 } ] },
        "training": { "epochs": 4, "learning_rate": 0.02 },
        "arrays": {
            "card": "technology_b",
            "design": { "scheme": { "scaling": { "kind": "per_tile" } },
                "periphery": { "adc_calibration": { "kind": "percentile", "percentile": 100.0 } } }
        },
        "programmings": 2,
        "times": ["1 s", "1e4 s"],
        "axes": [
            { "field": "design.periphery.adc_bits", "values": [2, 8] },
            { "field": "design.cells.faults.stuck_low_resistance", "also": ["design.cells.faults.stuck_high_resistance"],
              "values": [0.0, 0.2], "name": "stuck share" },
            { "field": "design.periphery.adc_bits", "values": [2, 8], "variant": "ideal inputs",
              "with": { "design.periphery.dac_bits": 0 } },
            { "field": "design.compensation.kind", "values": ["none", "global"], "over_time": true }
        ]
    })
}

fn values(file: &RecordFile, path: &str) -> Vec<f64> {
    file.read(path).unwrap().values.to_f64().unwrap()
}

#[test]
fn a_network_is_trained_placed_and_judged_and_its_files_are_read_again() {
    let folder = runs::folder_with(&script());
    let record = runs::succeed(folder.path(), &["run", "s.json", "--threads", "2", "--report"]);
    let file = RecordFile::open(&record).unwrap();
    let one = |name: &str| values(&file, &format!("/inference/network/{name}"));
    let float = one("float_accuracy")[0];
    assert!(float > 0.85, "{float}");
    assert!((one("ideal_cells_accuracy")[0] - float).abs() < 0.05);
    let accuracy = one("accuracy");
    assert_eq!(accuracy.len(), 2 * 3);
    assert!(accuracy[0] > 0.7 && accuracy.iter().all(|a| (0.0..=float + 0.05).contains(a)), "{accuracy:?}");
    // Cells that relax: the weights are worse at every later time, in every layer.
    let errors = one("layers/weight_error");
    for (p, times) in errors.chunks_exact(3 * 2).enumerate() {
        for layer in 0..2 {
            let [start, middle, end] = [0, 1, 2].map(|t| times[2 * t + layer]);
            assert!(start < middle && middle < end, "programming {p}, layer {layer}: {start} {middle} {end}");
        }
    }
    let bits = values(&file, "/inference/network/axes/design.periphery.adc_bits");
    assert!(bits[0] < bits[2] - 0.1, "two bits are too few: {bits:?}");
    // Eight bits are the design itself: the same cells, the same reads.
    assert_eq!(bits[2..], [accuracy[0], accuracy[3]]);
    let ideal_inputs = values(&file, "/inference/network/axes/design.periphery.adc_bits_2");
    assert!(ideal_inputs[2..].iter().all(|a| (a - accuracy[0]).abs() < 0.05) && ideal_inputs != bits);
    let stuck = values(&file, "/inference/network/axes/design.cells.faults.stuck_low_resistance");
    assert!(stuck[2] < stuck[0] - 0.1, "four cells of ten are stuck: {stuck:?}");
    let compensated = values(&file, "/inference/network/axes/design.compensation.kind");
    // Points of axes do not read the weights out, which must not change what is judged later.
    assert_eq!(compensated[..2 * 3], accuracy);
    assert_eq!(compensated.len(), 2 * 2 * 3);
    for cells in values(&file, "/inference/network/conductances").chunks_exact(9 * 120) {
        assert!((0.99..=1.0 + 1e-9).contains(&cells.iter().sum::<f64>()));
    }
    let energy = values(&file, "/inference/network/cost/energy");
    assert!(energy.iter().any(|e| *e > 0.0) && energy.iter().all(|e| e.is_finite()));

    let page = std::fs::read_to_string(record.with_extension("html")).unwrap();
    for words in [
        "Accuracy over time",
        "Accuracy against adc bits",
        "Plain training, 4 epochs, ideal inputs",
        "Errors of weights",
        "Conductances by level",
    ] {
        assert!(page.contains(words), "{words}");
    }

    let again = runs::succeed(folder.path(), &["run", "s.json", "--threads", "1", "--out", "again"]);
    runs::same(&record, &again);

    let mut saved = script();
    saved["network"] = json!({ "file": "results/s.network.json" });
    saved.as_object_mut().unwrap().remove("training");
    let other = runs::folder_with(&saved);
    std::fs::create_dir(other.path().join("results")).unwrap();
    for name in ["s.network.json", "s.network.safetensors"] {
        std::fs::copy(folder.path().join("results").join(name), other.path().join("results").join(name))
            .unwrap();
    }
    let record = runs::succeed(other.path(), &["run", "s.json"]);
    let file = RecordFile::open(&record).unwrap();
    assert_eq!(values(&file, "/inference/network/accuracy"), accuracy);

    // Converters that find their ranges anew do so from the second time on.
    std::fs::write(other.path().join("r.json"), {
        saved["recalibrate"] = json!(true);
        saved["axes"] = json!([]);
        saved.to_string()
    })
    .unwrap();
    let record = runs::succeed(other.path(), &["run", "r.json"]);
    let anew = values(&RecordFile::open(&record).unwrap(), "/inference/network/accuracy");
    let ends = |a: &[f64]| [a[0], a[3]].map(f64::to_bits);
    assert_eq!(ends(&anew), ends(&accuracy));
    assert_ne!(anew, accuracy);
}

#[test]
fn netlists_hold_the_cells_of_the_record_and_the_wires_of_the_design() {
    let mut script = script();
    script["training"]["epochs"] = json!(0);
    script["times"] = Value::Null;
    script["axes"] = json!([]);
    script["keep_cells"] = json!(true);
    script["netlists"] = json!(true);
    script["arrays"]["design"]["tile_rows"] = json!(32);
    script["arrays"]["design"]["wires"] = json!({ "word_line_segment": 1.5, "bit_line_segment": 2.5 });
    script["arrays"]["design"]["periphery"]["read_voltage"] = json!(0.125);
    let folder = runs::folder_with(&script);
    let record = RecordFile::open(&runs::succeed(folder.path(), &["run", "s.json"])).unwrap();
    // The dense layer is the second matrix; its second tile has the inputs from 32 on.
    let path = "/inference/network/cells/matrix_1/tile_1/plane_1/conductance";
    let conductances = values(&record, path);
    let shape = record.shape(path).unwrap();
    let file = folder.path().join("results/s.network.netlists/matrix_1_tile_1_plane_1.cir");
    let text = std::fs::read_to_string(file).unwrap();
    let value = |start: &str| -> f64 {
        let line = text.lines().find(|line| line.split(' ').next() == Some(start)).unwrap();
        line.split(' ').next_back().unwrap().parse().unwrap()
    };
    for k in 0..shape[0] {
        for j in 0..shape[1] {
            let resistance = value(&format!("Rc{j}_{k}"));
            assert!((resistance * conductances[k * shape[1] + j] - 1.0).abs() < 1e-12);
        }
    }
    assert!(text.contains(" 1.5e0\n") && text.contains(" 2.5e0\n"));
    assert!((value("Vwl0") - 0.125).abs() < 1e-12);
}

/// Noise in the training is judged against as many epochs without, on the same devices.
#[test]
fn training_with_noise_has_a_control_of_as_many_epochs() {
    let mut script = script();
    script["hardware_aware"] = json!({ "epochs": 2, "weight_noise": 0.1 });
    script["axes"] = json!([]);
    let folder = runs::folder_with(&script);
    let output = runs::program(folder.path(), &["run", "s.json", "--report"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("hardware_aware over network, as many epochs, in percentage points: "), "{text}");
    let record = folder.path().join("results/s.h5");
    let file = RecordFile::open(&record).unwrap();
    let of = |name: &str, what: &str| values(&file, &format!("/inference/{name}/{what}"));
    let losses = ["network", "hardware_aware"].map(|name| of(name, "training/loss"));
    assert_eq!(losses.each_ref().map(Vec::len), [6, 6]);
    assert_eq!(losses[0][..4], losses[1][..4]);
    assert_ne!(losses[0][4..], losses[1][4..]);
    let accuracies = ["network", "hardware_aware"].map(|name| of(name, "accuracy"));
    let gains: Vec<f64> = (0..2).map(|p| 100.0 * (accuracies[1][3 * p] - accuracies[0][3 * p])).collect();
    let (mean, sem) = (0.5 * (gains[0] + gains[1]), 0.5 * (gains[0] - gains[1]).abs());
    assert!(text.contains(&format!("{mean:+.2} ± {sem:.2} after writing")), "{text} {gains:?}");
    let page = std::fs::read_to_string(record.with_extension("html")).unwrap();
    for words in
        ["Plain training, 6 epochs", "With noise in the last 2, 6 epochs, over: ", "per second and thread"]
    {
        assert!(page.contains(words), "{words}");
    }
    let rate = file.attributes("/inference/network").unwrap();
    assert!(rate.iter().any(|(name, _)| name == "inferences_per_second"));

    // A network from a file is judged as it is, too.
    let mut imported = script.clone();
    imported["network"] = json!({ "file": "results/s.network.json" });
    imported.as_object_mut().unwrap().remove("training");
    std::fs::write(folder.path().join("i.json"), imported.to_string()).unwrap();
    let record = runs::succeed(folder.path(), &["run", "i.json"]);
    let file = RecordFile::open(&record).unwrap();
    assert_eq!(values(&file, "/inference/network/accuracy"), accuracies[0]);
    for name in ["trained_on", "hardware_aware"] {
        assert_eq!(values(&file, &format!("/inference/{name}/training/loss")).len(), 2);
    }
}

#[test]
fn wrong_scripts_are_one_clear_sentence() {
    let message = |change: &dyn Fn(&mut Value)| {
        let mut script = script();
        change(&mut script);
        let folder = runs::folder_with(&script);
        let output = runs::program(folder.path(), &["run", "s.json"]);
        assert_eq!(output.status.code(), Some(2));
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(text.lines().count(), 1, "{text}");
        text
    };
    let says = |change: &dyn Fn(&mut Value), words: &str| {
        let text = message(change);
        assert!(text.contains(words), "{text}");
    };
    says(&|s| s["axes"][0]["field"] = json!("design.periphery.adc_bit"), "axes[0]: arrays.design.periphery");
    says(&|s| s["axes"][0]["values"] = json!([1]), "arrays.design.periphery.adc_bits: is 1, but must be");
    says(&|s| s["axes"][0]["values"] = json!([]), "axes[0].values: from 1 to 1000");
    says(&|s| s["network"]["layers"][4]["outputs"] = json!(9), "has 9 outputs, but the data 10 classes");
    says(&|s| s["network"]["layers"][2]["size"] = json!([7, 7]), "layer 2 (max_pool)");
    says(&|s| s["network"] = json!({}), "needs either `layers` or a `file`");
    says(&|s| s["network"] = json!({ "file": "none.onnx" }), "network.file: there is no file \"none.onnx\"");
    says(&|s| s["calibration_samples"] = json!(0), "would find them from the test samples");
    says(&|s| s["times"] = json!(["2 s", "1 s"]), "times: must be above zero and rise");
    says(&|s| s["data"]["set"] = json!("minst"), "data.set: \"minst\" is not known");
    says(&|s| s["data"] = json!({ "set": "mnist", "folder": "." }), "the files of mnist are not here");
    says(&|s| s["training"]["batch"] = json!(0), "training.batch: is 0: must be from 1 to 65536");
    says(&|s| s["arrays"]["card"] = json!("technology_x"), "arrays.card");
}
