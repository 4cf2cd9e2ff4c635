//! Wrong fields of learning studies, and sizes beyond memory.

use super::*;

#[test]
#[allow(clippy::too_many_lines)]
fn wrong_fields_of_learning_are_named() {
    let learning = |field: &str, value: Value| with(replay(), &format!("/learning/{field}"), value);
    let stream = |field: &str, value: Value| with(replay(), &format!("/stream/{field}"), value);
    let learner = |field: &str, value: Value| with(replay(), &format!("/learners/0/{field}"), value);
    let design = |field: &str, value: Value| with(replay(), &format!("/arrays/design/{field}"), value);
    refuse(&[
        ("no contexts", stream("contexts", json!([])), vec!["stream.contexts", "at least one context"]),
        (
            "a context without classes",
            stream("contexts", json!([[0], []])),
            vec!["stream.contexts", "at least one class"],
        ),
        (
            "a class that the data lack",
            stream("contexts", json!([[0, 1], [12]])),
            vec!["stream.contexts", "class 12 is not in the data, which has 10 classes"],
        ),
        (
            "a class twice",
            stream("contexts", json!([[0, 1], [1]])),
            vec!["stream.contexts", "class 1 is listed twice"],
        ),
        ("no class number", stream("contexts", json!([[0, 300]])), vec!["stream.contexts", "300"]),
        ("contexts of no list", stream("contexts", json!("all")), vec!["stream.contexts", "a list"]),
        (
            "test share of two",
            with(replay(), "/data", json!({ "test_share": 2 })),
            vec!["data.test_share", "between 0 and 1"],
        ),
        (
            "a validation share without validation",
            stream("validation_share", json!(0.1)),
            vec!["stream.validation_share", "evaluate_on"],
        ),
        ("an unknown scenario", stream("scenario", json!("classes")), vec!["stream.scenario", "\"class\""]),
        (
            "contexts of different sizes, domain-incremental",
            with(stream("scenario", json!("domain")), "/stream/contexts", json!([[0, 1], [2]])),
            vec!["stream.contexts", "same number of classes"],
        ),
        (
            "contexts listed and counted",
            stream("classes_per_context", json!(2)),
            vec!["stream.classes_per_context", "listed"],
        ),
        (
            "classes that cannot be shared out",
            with(stream("contexts", Value::Null), "/stream/classes_per_context", json!(3)),
            vec!["stream.classes_per_context", "does not divide the 10 classes"],
        ),
        (
            "changed images and listed contexts",
            stream("images", json!({ "rotated": { "contexts": 2, "step": 10 } })),
            vec!["stream.contexts", "all classes"],
        ),
        (
            "no changed context",
            with(stream("contexts", Value::Null), "/stream/images", json!({ "permuted": { "contexts": 0 } })),
            vec!["stream.contexts", "is 0"],
        ),
        (
            "more changed contexts than there can be",
            with(
                stream("contexts", Value::Null),
                "/stream/images",
                json!({ "rotated": { "contexts": u64::MAX / 2, "step": 1 } }),
            ),
            vec!["stream.contexts", "from 1 to 6553"],
        ),
        (
            "units so far where every context has its own",
            with(stream("scenario", json!("task")), "/stream/active_units", json!("so_far")),
            vec!["stream.active_units", "task-incremental"],
        ),
        ("no learners", with(replay(), "/learners", json!([])), vec!["learners", "empty"]),
        ("an unknown method", learner("method", json!("birr")), vec!["learners[0].method", "\"bir\""]),
        ("a setting of another method", learner("budget", json!(3)), vec!["learners[0].budget", "bir"]),
        (
            "two learners of one name",
            learner("name", json!("bir_on_arrays")),
            vec!["learners[1].name", "two learners"],
        ),
        (
            "arrays that nobody uses",
            with(replay(), "/learners", json!([{ "method": "none" }])),
            vec!["arrays", "no learner"],
        ),
        (
            "a learner without its arrays",
            with(replay(), "/arrays", Value::Null),
            vec!["learners[1].on_arrays", "no \"arrays\" block"],
        ),
        (
            "a penalty on weights that learn in place",
            with(learner("method", json!("ewc")), "/learning/update_rule", json!("outer_product")),
            vec!["learners[0].method", "ewc", "adam"],
        ),
        ("NaN as text", learning("learning_rate", json!("NaN")), vec!["learning.learning_rate", "a number"]),
        ("no learning", learning("learning_rate", json!(0)), vec!["learning.learning_rate", "above 0"]),
        ("no iterations", learning("iterations", json!(0)), vec!["learning.iterations", "from 1"]),
        (
            "endless iterations",
            learning("iterations", json!(u64::MAX)),
            vec!["learning.iterations", "from 1"],
        ),
        ("all gates shut", learner("gate_fraction", json!(1)), vec!["learners[0].gate_fraction", "below 1"]),
        (
            "unknown learning field",
            learning("hiden_units", json!(3)),
            vec!["learning.hiden_units", "did you mean \"hidden_units\"?"],
        ),
        (
            "unknown update rule",
            learning("update_rule", json!("adamm")),
            vec!["learning.update_rule", "did you mean \"adam\"?"],
        ),
        (
            "a network beyond memory",
            learning("hidden_units", json!(65_536)),
            vec!["learning.hidden_units", "weights"],
        ),
        (
            "a batch beyond memory",
            with(learning("hidden_units", json!(2048)), "/learning/batch", json!(65_536)),
            vec!["learning.batch", "activations"],
        ),
        ("no seeds", with(replay(), "/seeds", json!(0)), vec!["seeds", "from 1 to 4096", "is 0"]),
        ("huge seeds", with(replay(), "/seeds", json!(u64::MAX)), vec!["seeds", "from 1 to 4096"]),
        ("a seed below zero", with(replay(), "/seed", json!(-1)), vec!["seed", "-1"]),
        (
            "a card without write pulses",
            with(replay(), "/arrays/card", json!("vteam_tiox_2")),
            vec!["arrays.card", "vteam_tiox_2", "\"writing\""],
        ),
        (
            "an unknown card",
            with(replay(), "/arrays/card", json!("jart")),
            vec!["arrays.card", "jart_vcm_v1b_iv"],
        ),
        ("no card", with(replay(), "/arrays/card", Value::Null), vec!["arrays.card", "missing"]),
        (
            "a parameter in the wrong unit",
            with(replay(), "/arrays/parameters", json!({ "activation_energy": "1 V" })),
            vec!["arrays.parameters.activation_energy", "1 V"],
        ),
        (
            "below absolute zero",
            with(replay(), "/arrays/ambient_temperature", json!("-300 °C")),
            vec!["arrays.ambient_temperature", "above zero"],
        ),
        (
            "converter of one bit",
            design("periphery/adc_bits", json!(1)),
            vec!["arrays.design.periphery.adc_bits", "from 2 to 16"],
        ),
        (
            "converter of many bits",
            design("periphery/dac_bits", json!(99)),
            vec!["arrays.design.periphery.dac_bits", "from 2 to 16"],
        ),
        (
            "tiles without rows",
            design("tile_rows", json!(0)),
            vec!["arrays.design.tile_rows", "from 1 to 4096"],
        ),
        (
            "negative noise",
            design("cells/cycle_noise", json!(-0.1)),
            vec!["arrays.design.cells.cycle_noise", "from 0 to 10"],
        ),
        ("weights of zero", design("weight_range", json!(0)), vec!["arrays.design.weight_range", "0.000001"]),
        (
            "weights without end",
            design("weight_range", json!(1e300)),
            vec!["arrays.design.weight_range", "1000000"],
        ),
        (
            "tables beyond memory",
            design("cells/table_points", json!(1_000_000_000_000_u64)),
            vec!["arrays.design.cells.table_points", "from 9 to 4097"],
        ),
        (
            "unknown design field",
            design("periphery/adc_bit", json!(8)),
            vec!["arrays.design.periphery.adc_bit", "did you mean \"adc_bits\"?"],
        ),
        (
            "missing data file",
            with(replay(), "/data", json!({ "file": "none.csv" })),
            vec!["data.file", "none.csv", "no file"],
        ),
        ("a folder as data", with(replay(), "/data", json!({ "file": "." })), vec!["data.file", "a folder"]),
    ]);
}

#[test]
fn sizes_beyond_memory_and_numbers_beyond_range_are_refused() {
    let far = json!({ "steps": [
        { "voltage": "0.2 V", "duration": "1.5e308 s" }, { "voltage": "0 V", "duration": "1.5e308 s" },
    ] });
    refuse(&[
        (
            "endless samples",
            with(pulse(), "/samples", json!(u64::MAX)),
            vec!["samples", "at most 1000000000000"],
        ),
        (
            "endless samples by interval",
            with(with(pulse(), "/samples", Value::Null), "/sample_interval", json!("1e-300 s")),
            vec!["sample_interval", "more than 1000000000000"],
        ),
        ("a waveform without end", with(pulse(), "/waveform", far), vec!["waveform", "too long"]),
        ("cells beyond memory", with(pulse(), "/cells", json!(u64::MAX)), vec!["cells", "1 to 1000000"]),
        (
            "rows without columns",
            with(with(crossbar(), "/array/rows", json!(1_u64 << 60)), "/array/columns", json!(0)),
            vec!["array.columns", "is 0"],
        ),
        (
            "rows times columns wraps",
            with(with(crossbar(), "/array/rows", json!(1_u64 << 63)), "/array/columns", json!(2)),
            vec!["array.rows", "cells"],
        ),
        (
            "a range beyond memory",
            with(kinetics(), "/voltages", json!({ "from": "-1 V", "to": "-2 V", "count": 1_u64 << 60 })),
            vec!["voltages", "at most"],
        ),
        (
            "a range too wide",
            with(kinetics(), "/voltages", json!({ "from": "-1.5e308 V", "to": "1.5e308 V", "count": 3 })),
            vec!["voltages", "too wide"],
        ),
        (
            "beyond the range of numbers by prefix",
            with(kinetics(), "/threshold_current", json!("1e300 TA")),
            vec!["threshold_current", "not a finite number"],
        ),
        (
            "a power too high",
            with(kinetics(), "/threshold_current", json!("1 A V^9 V^9 V^9 V^9 V^9")),
            vec!["threshold_current", "not known"],
        ),
        (
            "repeats beyond reason",
            swept(json!({ "repeats": 1_u64 << 60 })),
            vec!["sweep", "more than 1000000 points"],
        ),
        (
            "an axis beyond memory",
            swept(json!({ "parameters": { "threshold_current": {
                "linspace": { "from": "1 uA", "to": "9 uA", "count": 1_u64 << 60 },
            } } })),
            vec!["sweep.parameters.threshold_current", "at most"],
        ),
        (
            "a path without end",
            swept(json!({ "parameters": { (vec!["a"; 5000].join(".")): [1] } })),
            vec!["sweep", "at most 100"],
        ),
    ]);
}

/// What a card says and arrays do not use is not passed over in silence.
#[test]
fn blocks_that_arrays_do_not_use_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let cards = Path::new(env!("CARGO_MANIFEST_DIR")).join("device_models/cards");
    let read = |name: &str| -> Value {
        serde_json::from_str(&fs::read_to_string(cards.join(name)).unwrap()).unwrap()
    };
    let mut card = read("jart_vcm_v1b_kinetics.json");
    card["read_noise"] = read("jart_vcm_v1b_readvar.json")["read_noise"].take();
    fs::write(folder.path().join("mine.json"), card.to_string()).unwrap();
    let mut script = with(replay(), "/arrays/card", json!("mine.json"));
    script["seeds"] = json!(1);
    fs::write(folder.path().join("s.json"), script.to_string()).unwrap();
    let output = program(folder.path(), &["run", "s.json"]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    assert!(stderr.contains("arrays do not use its \"read_noise\" block"), "{stderr}");
}

#[test]
fn wrong_studies_of_arrays_are_named() {
    let script = || {
        json!({
            "kind": "array_training",
            "design": { "scheme": { "weight": { "kind": "fixed_reference" } } },
            "entries": [{ "name": "one", "card": "step_idealized" }],
        })
    };
    let sliced = json!({ "weight": { "kind": "bit_sliced", "slices": 2, "bits_per_cell": 4 } });
    refuse(&[
        (
            "an epoch beyond memory",
            with(script(), "/learning", json!({ "samples_per_epoch": 1_000_000_000_000_000_000_u64 })),
            vec!["learning.samples_per_epoch", "is 1000000000000000000", "from 1 to 10000000"],
        ),
        ("no devices", with(script(), "/entries", json!([])), vec!["entries", "at least one device"]),
        (
            "slices of bits cannot learn",
            with(script(), "/design/scheme", sliced),
            vec!["entries[0].design.scheme.weight"],
        ),
        (
            "a misspelt set",
            with(script(), "/data", json!({ "set": "minst" })),
            vec!["data.set", "\"minst\" is not known", "mnist"],
        ),
        (
            "a share beyond all",
            with(script(), "/data", json!({ "test_share": 1.5 })),
            vec!["data.test_share", "1.5 is not between 0 and 1"],
        ),
        (
            "a crop of everything",
            with(script(), "/data", json!({ "crop": 4 })),
            vec!["data.crop", "leaves nothing of the images of digits"],
        ),
        (
            "an endless crop",
            with(script(), "/data", json!({ "crop": u64::MAX })),
            vec!["data.crop", "leaves nothing"],
        ),
    ]);
}

#[test]
fn wrong_studies_of_inference_are_named() {
    let script = || {
        json!({
            "kind": "inference",
            "network": { "layers": [
                { "kind": "max_pool", "size": [2, 2] }, { "kind": "flatten" }, { "kind": "dense", "outputs": 10 } ] },
            "training": { "epochs": 1 },
            "arrays": { "card": "technology_b", "design": {} },
        })
    };
    let mut unseen = script();
    unseen["calibration_samples"] = json!(0);
    unseen["arrays"]["design"]["periphery"] = json!({ "adc_calibration": { "kind": "least_error" } });
    let mut padded = script();
    padded["network"]["layers"][0]["padding"] = json!([1_u64 << 63, 0]);
    refuse(&[
        ("ranges without data", unseen, vec!["calibration_samples", "must be at least 1"]),
        ("padding beyond range", padded, vec!["layer 0 (max_pool)", "`padding` 9223372036854775808"]),
    ]);
}
