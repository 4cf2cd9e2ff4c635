//! The layers: a module may use what lies below it, never what lies above.

#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(clippy::expect_used)]

use std::fs;
use std::path::{Path, PathBuf};

/// Each layer and the layers of this package it may use.
const LAYERS: [(&str, &[&str]); 9] = [
    ("cli", &["experiment", "fit", "learning", "mapping", "crossbar", "record", "report", "data"]),
    ("experiment", &["fit", "learning", "mapping", "crossbar", "record", "data"]),
    ("fit", &["record", "data"]),
    ("learning", &["mapping", "crossbar", "record", "data"]),
    ("mapping", &["crossbar"]),
    ("crossbar", &[]),
    ("record", &[]),
    ("report", &["record"]),
    ("data", &[]),
];

/// Longest file.
const MOST_LINES: usize = 800;

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.filter_map(|e| e.ok().map(|e| e.path())) {
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Names that follow `crate::` in code (comments do not count), also those of `use crate::{a, b}`.
fn used(text: &str) -> Vec<String> {
    let code: String =
        text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
    let name = |text: &str| {
        text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>()
    };
    let mut names = Vec::new();
    for start in ["crate::", "neurofilament::"] {
        for (at, _) in code.match_indices(start) {
            let rest = &code[at + start.len()..];
            match rest.strip_prefix('{') {
                None => names.push(name(rest)),
                Some(group) => {
                    let mut depth = 0;
                    let mut item = String::new();
                    for c in group.chars() {
                        match c {
                            '{' => depth += 1,
                            '}' if depth == 0 => break,
                            '}' => depth -= 1,
                            ',' if depth == 0 => {
                                names.push(name(&item));
                                item.clear();
                                continue;
                            }
                            _ => {}
                        }
                        item.push(c);
                    }
                    names.push(name(&item));
                }
            }
        }
    }
    names
}

#[test]
fn no_layer_uses_one_above_it() {
    let mut faults = Vec::new();
    for (layer, allowed) in LAYERS {
        let mut files = Vec::new();
        sources(&root().join("src").join(layer), &mut files);
        let single = root().join("src").join(format!("{layer}.rs"));
        files.extend(single.is_file().then_some(single));
        for file in files {
            let text = fs::read_to_string(&file).expect("readable");
            for name in used(&text) {
                let is_layer = LAYERS.iter().any(|(other, _)| *other == name);
                if is_layer && name != layer && !allowed.contains(&name.as_str()) {
                    faults.push(format!("{} uses {name}, which {layer} must not know", file.display()));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_module_is_a_known_layer() {
    for entry in fs::read_dir(root().join("src")).expect("readable").filter_map(Result::ok) {
        let name = entry.file_name().to_string_lossy().trim_end_matches(".rs").to_owned();
        let known = matches!(name.as_str(), "lib" | "main") || LAYERS.iter().any(|(layer, _)| *layer == name);
        assert!(known, "src/{name} is in no layer; add it to the list in this test");
    }
}

#[test]
fn leaf_crates_know_nothing_of_the_package() {
    for (leaf, forbidden) in
        [("numerics", &["neurofilament", "device_models"][..]), ("device_models", &["neurofilament"][..])]
    {
        let manifest = fs::read_to_string(root().join(leaf).join("Cargo.toml")).expect("readable");
        for name in forbidden {
            let depends =
                manifest.lines().any(|l| l.split('=').next().is_some_and(|key| key.trim() == *name));
            assert!(!depends, "{leaf} depends on {name}");
        }
    }
}

#[test]
fn files_stay_short() {
    let mut files = Vec::new();
    for folder in ["src", "numerics/src", "device_models/src"] {
        sources(&root().join(folder), &mut files);
    }
    assert!(files.len() > 20);
    for file in files {
        let lines = fs::read_to_string(&file).expect("readable").lines().count();
        assert!(lines <= MOST_LINES, "{} has {lines} lines, more than {MOST_LINES}", file.display());
    }
}

/// The package folders and their sources, tests included.
fn packages() -> Vec<(PathBuf, Vec<PathBuf>)> {
    ["", "numerics", "device_models"]
        .map(|package| {
            let folder = root().join(package);
            let mut files = Vec::new();
            for part in ["src", "tests", "benches", "examples"] {
                sources(&folder.join(part), &mut files);
            }
            (folder, files)
        })
        .into()
}

#[test]
fn tests_named_in_the_documentation_exist() {
    let mut found = 0;
    for (package, files) in packages() {
        for file in files {
            let text = fs::read_to_string(&file).expect("readable");
            for line in text.lines().filter(|line| line.trim_start().starts_with("//!")) {
                for name in line.split('`').skip(1).step_by(2).filter(|name| name.starts_with("tests/")) {
                    found += 1;
                    assert!(package.join(name).exists(), "{} names {name}", file.display());
                }
            }
            let own_tests = text.contains("#[cfg(test)]");
            assert!(own_tests || !text.contains("//! Pinned by: the tests below"), "{}", file.display());
        }
    }
    assert!(found >= 8, "{found} names of tests");
}

#[test]
fn unsafe_code_stays_where_it_is_and_says_why_it_is_sound() {
    let allowed = ["numerics/src/normal.rs", "src/record/scales.rs"].map(|file| root().join(file));
    let keyword = concat!("unsafe", " {");
    for (_, files) in packages() {
        for file in files {
            let text = fs::read_to_string(&file).expect("readable");
            let lines: Vec<&str> = text.lines().collect();
            for (i, line) in lines.iter().enumerate().filter(|(_, line)| line.contains(keyword)) {
                assert!(allowed.contains(&file), "{}: {line}", file.display());
                let reason = lines[i.saturating_sub(4)..i].iter().any(|line| line.contains("// SAFETY: "));
                assert!(reason, "{}, line {}: no SAFETY comment above", file.display(), i + 1);
            }
        }
    }
}

#[test]
fn the_scanner_sees_every_form() {
    let text = "use crate::record::{A, B};\nuse crate::{cli, mapping::{X, Y}, data};\nfn f() { crate::report::g() } // crate::learning\n";
    assert_eq!(used(text), ["record", "cli", "mapping", "data", "report"]);
}
