//! `neurofilament models` explains every card fully.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::process::Command;

use device_models::card::SHIPPED;
use device_models::registry::MODELS;
use serde_json::Value;

fn models(arguments: &[&str]) -> String {
    let output =
        Command::new(env!("CARGO_BIN_EXE_neurofilament")).arg("models").args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_card_is_explained_with_equations_symbols_units_and_sources() {
    for (name, _) in SHIPPED {
        let page = models(&[name]);
        let json: Value = serde_json::from_str(&models(&[name, "--json"])).unwrap();
        let says = |text: &str| assert!(page.contains(text), "{name} does not say {text}\n{page}");
        for equation in json["model"]["equations"].as_array().unwrap() {
            says(equation.as_str().unwrap());
        }
        for parameter in json["parameters"].as_array().unwrap() {
            let field = |key: &str| parameter[key].as_str().unwrap();
            let line = page.lines().find(|l| l.trim_start().starts_with(&format!("{} ", field("name"))));
            let line = line.unwrap_or_else(|| panic!("{name}: no line of {parameter}"));
            for key in ["symbol", "written", "meaning"] {
                assert!(line.contains(field(key)), "{name}: {line} lacks {parameter}");
            }
            let unit = match field("unit") {
                "1" => "no unit",
                "J" => "eV",
                other => other,
            };
            assert!(line.contains(&format!("({unit}")), "{name}: {line}");
            let value = &parameter["value"];
            let list = value.as_array().filter(|list| !list.is_empty());
            let finite = |v: &Value| v.as_f64().is_some_and(f64::is_finite);
            assert!(list.map_or_else(|| finite(value), |list| list.iter().all(finite)), "{parameter}");
        }
        for window in json["variability"]["windows"].as_array().unwrap() {
            says(&format!("{}: ", window["parameter"].as_str().unwrap()));
            says(json["variability"]["source"].as_str().unwrap());
        }
        for pointer in
            ["/source/citation", "/source/doi", "/source/location", "/model/validity", "/model/source"]
        {
            says(json.pointer(pointer).unwrap().as_str().unwrap());
        }
        for figure in json["reproduces"].as_array().unwrap() {
            says(figure.as_str().unwrap());
        }
        assert!(page.contains("\nreproduces "), "{name}");
        let writes = json["writing"].is_object();
        assert_eq!(writes, page.contains("SET pulse"), "{name}");
        if let Some(cycling) = json["variability"]["cycling_source"].as_str() {
            says(cycling);
            says("from one half cycle to the next");
        }
    }
}

#[test]
fn the_list_is_complete_and_machine_readable() {
    let list: Value = serde_json::from_str(&models(&["--json"])).unwrap();
    let names: Vec<&str> = list.as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap()).collect();
    // Cards of compact models, then those of kinetic Monte Carlo filaments.
    let filaments = device_models::kinetic_monte_carlo::card::SHIPPED.iter().map(|(name, _)| *name);
    assert_eq!(names, SHIPPED.iter().map(|(name, _)| *name).chain(filaments).collect::<Vec<_>>());
}

#[test]
fn every_model_states_its_equations_with_the_symbols_of_its_state() {
    for entry in MODELS {
        assert!(entry.equations.len() >= 2, "{}", entry.name);
        // At least two relations; what is left may be words.
        let relates = |line: &&&str| ["=", "→", "←"].iter().any(|sign| line.contains(sign));
        let relations = entry.equations.iter().filter(relates).count();
        let refers = entry.equations.iter().any(|line| line.contains("equations of"));
        assert!(relations >= 2 || (refers && relations >= 1), "{}: {:?}", entry.name, entry.equations);
        assert!(entry.validity.len() > 40 && entry.validity.ends_with('.'), "{}", entry.name);
        if let Some((low, high)) = entry.voltages {
            assert!(low < 0.0 && high > 0.0 && low.is_finite() && high.is_finite(), "{}", entry.name);
        }
    }
}
