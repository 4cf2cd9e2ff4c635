//! Reports of every kind of record.
//!
//! With `REPORT_KEEP=folder` the records and pages are kept there to be looked at.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::path::{Path, PathBuf};

use neurofilament::record::{
    Attribute, Dataset, Provenance, Record, RecordError, RecordFile, StreamSpec, Values,
};
use neurofilament::report;

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn begin(path: &Path, kind: &str, title: &str) -> Result<Record, RecordError> {
    Record::create(
        path,
        &Provenance {
            script: format!(
                r#"{{"version":1,"kind":"{kind}","seed":7,"device":{{"card":"jart_v1b","temperature":"300 K"}}}}"#
            ),
            cards: vec![("jart_v1b".into(), r#"{"model":"jart","l_disc":"0.4 nm"}"#.into())],
            seed: 7,
            threads: 2,
            kind: kind.into(),
            title: title.into(),
        },
    )
}

/// A folder for the files of a test, and whether to keep it.
fn folder() -> std::io::Result<(Option<tempfile::TempDir>, PathBuf)> {
    if let Some(path) = std::env::var_os("REPORT_KEEP") {
        std::fs::create_dir_all(&path)?;
        return Ok((None, PathBuf::from(path)));
    }
    let folder = tempfile::tempdir()?;
    let path = folder.path().to_owned();
    Ok((Some(folder), path))
}

/// Makes the report of a record and checks what every report must fulfil.
fn report_of(record: &Path) -> Result<String, Box<dyn std::error::Error>> {
    let out = record.with_extension("html");
    report::write_html(record, &out)?;
    let html = std::fs::read_to_string(&out)?;
    assert!(
        !html.contains("http:") && !html.contains("https:") && !html.contains("<script"),
        "not self-contained"
    );
    assert!(
        !html.contains("NaN") && !html.contains(">inf") && !html.contains("\"inf"),
        "a number that is none"
    );
    for address in html.split("href=\"").skip(1) {
        assert!(address.starts_with("data:"), "external address");
    }
    assert_eq!(html.matches("<svg").count(), html.matches("</svg>").count());
    assert!(html.contains("<h2>Provenance</h2>") && html.contains("Experiment script"));
    Ok(html)
}

fn noise(i: usize) -> f64 {
    (i.wrapping_mul(2_654_435_761) % 65_536) as f64 / 65_536.0 - 0.5
}

/// A bipolar sweep with SET at -0.9 V and RESET between 0.6 and 1.3 V.
fn sweep_columns() -> [Vec<f64>; 6] {
    let mut columns: [Vec<f64>; 6] = Default::default();
    let mut state: f64 = 0.02;
    for i in 0..4000 {
        let t = f64::from(i) / 4000.0;
        let voltage = -1.4 * (std::f64::consts::TAU * t).sin();
        if voltage < -0.9 {
            state += (1.0 - state) * 0.05;
        } else if voltage > 0.6 {
            state += (0.02 - state) * 0.02 * (voltage - 0.6);
        }
        let conductance = 3e-4 * state.powf(1.3) + 4e-7;
        let current = conductance * (1.5 * voltage).sinh() / 1.5;
        let row = [t, voltage, current, conductance, 1e26 * state, 300.0 + 4e5 * voltage * current];
        for (column, value) in columns.iter_mut().zip(row) {
            column.push(value);
        }
    }
    columns
}

fn write_trace(record: &mut Record, name: &str) -> Result<(), RecordError> {
    let spec = StreamSpec::trace(name)
        .column("voltage", "V", "voltage across the cell")
        .column("current", "A", "current")
        .column("conductance", "S", "conductance")
        .column("state_vacancy_concentration", "1/m3", "vacancy concentration of the disc")
        .column("temperature", "K", "temperature of the filament");
    let stream = record.stream(&spec)?;
    let columns = sweep_columns();
    let slices: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    record.append(stream, &slices)
}

#[test]
fn device_traces() -> Outcome {
    let (_guard, folder) = folder()?;
    let path = folder.join("device.h5");
    let mut record = begin(&path, "device_sweep", "Bipolar sweep of a Pt/HfO₂/TiOₓ cell")?;
    write_trace(&mut record, "sweep")?;
    record.finish()?;
    let html = report_of(&path)?;
    assert!(html.contains("Current against voltage"));
    assert!(html.contains("Temperature of the filament (K)") && html.contains("Voltage across the cell (V)"));
    assert!(html.contains("Vacancy concentration of the disc"));
    Ok(())
}

#[test]
fn an_unfinished_record_says_so() -> Outcome {
    let (_guard, folder) = folder()?;
    let mut record = begin(&folder.join("cut.h5"), "device_sweep", "Cut short")?;
    write_trace(&mut record, "sweep")?;
    let part = record.keep_partial()?;
    let html = report_of(&part)?;
    assert!(html.contains("Incomplete."));
    assert!(html.contains("Current against voltage"));
    Ok(())
}

#[test]
fn set_kinetics_alone_and_stacked() -> Outcome {
    let (_guard, folder) = folder()?;
    let voltage: Vec<f64> = (0..12).map(|i| 0.5 + 0.08 * f64::from(i)).collect();
    let time = |ambient: f64| -> Vec<f64> {
        voltage
            .iter()
            .map(|v| 10f64.powf(1.0 - 10.0 * (v - 0.5) - (ambient - 300.0) / 60.0))
            .map(|t| if t > 3.0 { f64::NAN } else { t })
            .collect()
    };
    let path = folder.join("kinetics.h5");
    let mut record = begin(&path, "set_kinetics", "SET kinetics")?;
    record.write(
        &Dataset::vector("/results/voltage", voltage.clone(), "V", "amplitude of the pulse")
            .scale(0, "/results/voltage"),
    )?;
    record.write(
        &Dataset::vector("/results/set_time", time(300.0), "s", "time to SET").scale(0, "/results/voltage"),
    )?;
    record.finish()?;
    let html = report_of(&path)?;
    assert!(html.contains("Switching kinetics") && html.contains("did not switch within the time limit"));
    assert!(html.contains("Amplitude of the pulse (V)") && html.contains(" µs<"));

    let path = folder.join("kinetics_sweep.h5");
    let mut record = begin(&path, "sweep", "SET kinetics at five temperatures")?;
    let temperatures = vec![280.0, 300.0, 320.0, 350.0, 380.0];
    let all: Vec<f64> = temperatures.iter().flat_map(|t| time(*t)).collect();
    record.write(&Dataset::vector(
        "/sweep/device.ambient_temperature",
        temperatures,
        "K",
        "ambient temperature",
    ))?;
    record.write(&Dataset::matrix(
        "/results/voltage",
        5,
        12,
        voltage.repeat(5),
        "V",
        "amplitude of the pulse",
    ))?;
    record.write(&Dataset::matrix("/results/set_time", 5, 12, all, "s", "time to SET"))?;
    record.write(&Dataset::vector(
        "/results/energy",
        vec![1e-12, 3e-12, 2e-11, 1e-10, 9e-10],
        "J",
        "energy per SET",
    ))?;
    record.finish()?;
    let html = report_of(&path)?;
    assert!(html.contains(">Ambient temperature<") && html.contains(">320 K<"));
    assert!(html.contains("<h2>Sweep</h2>") && html.contains("Energy per SET"));
    Ok(())
}

#[test]
fn a_merged_sweep_overlays_its_points() -> Outcome {
    let (_guard, folder) = folder()?;
    let mut merged = begin(&folder.join("sweep.h5"), "sweep", "Three cells")?;
    for (point, name) in ["a", "b", "c"].into_iter().enumerate() {
        let path = folder.join(format!("point_{name}.h5"));
        let mut record = begin(&path, "device_sweep", name)?;
        write_trace(&mut record, "sweep")?;
        record.write(&Dataset::scalar("/results/on_off_ratio", 10.0 * point as f64, "1", "on/off ratio"))?;
        record.finish()?;
        merged.copy_from(&RecordFile::open(&path)?, &format!("/points/{point:06}"))?;
    }
    merged.write(&Dataset::vector(
        "/sweep/device.disc_length",
        vec![0.4e-9, 0.5e-9, 0.6e-9],
        "m",
        "length of the disc",
    ))?;
    merged.write(&Dataset::vector("/results/on_off_ratio", vec![0.0, 10.0, 20.0], "1", "on/off ratio"))?;
    let path = merged.finish()?;
    let file = RecordFile::open(&path)?;
    let current = file.read("/points/000002/traces/sweep/current")?;
    assert_eq!(current.scales, [Some("/points/000002/traces/sweep/time".to_owned())]);
    assert!(file.attributes("/points/000001")?.contains(&("title".into(), Attribute::Text("b".into()))));
    let html = report_of(&path)?;
    assert!(html.contains("disc length = 500 pm") && html.contains("Current against voltage"));
    assert!(html.contains("On off ratio"));
    Ok(())
}

/// A small array with faults as `crossbar_solve` writes it: diagram, faults in words, powers, far ends, and many
/// inputs as maps.
#[test]
fn small_arrays_have_a_diagram() -> Outcome {
    let (_guard, folder) = folder()?;
    let path = folder.join("small.h5");
    let mut record = begin(&path, "crossbar_solve", "Two by three")?;
    let g = [1e-5, 0.0, 2e-5, 4e-5, 1e-3, 1e-5];
    let matrix = |name: &str, values: Vec<f64>, unit: &str| {
        Dataset::matrix(format!("/results/{name}"), 2, 3, values, unit, name.replace('_', " "))
    };
    let current: Vec<f64> = g.iter().map(|g| 0.2 * g).collect();
    record.write(&matrix("conductance", g.to_vec(), "S"))?;
    record.write(&Dataset::new(
        "/results/fault",
        vec![2, 3],
        Values::U8(vec![0, 1, 0, 0, 2, 8]),
        "1",
        "faults",
    ))?;
    record.write(&matrix("node_voltage_word", vec![0.2; 6], "V"))?;
    record.write(&matrix("node_voltage_bit", vec![0.0; 6], "V"))?;
    record.write(&matrix("cell_current", current.clone(), "A"))?;
    record.write(&matrix("cell_power", current.iter().map(|i| 0.2 * i).collect(), "W"))?;
    record.write(&matrix("temperature", vec![310.0, 300.0, 305.0, 320.0, 500.0, 310.0], "K"))?;
    let sums = |of: &dyn Fn(usize) -> usize, n: usize| {
        (0..n).map(|k| (0..6).filter(|c| of(*c) == k).map(|c| current[c]).sum()).collect::<Vec<f64>>()
    };
    let (words, bits) = (sums(&|c| c / 3, 2), sums(&|c| c % 3, 3));
    let half = |all: &[f64]| all.iter().map(|i| 0.5 * i).collect::<Vec<f64>>();
    for end in ["word_line_current", "word_line_far_current"] {
        record.write(&Dataset::vector(
            format!("/results/{end}"),
            half(&words),
            "A",
            "current into each word line",
        ))?;
    }
    record.write(&Dataset::vector(
        "/results/bit_line_current",
        bits.clone(),
        "A",
        "current out of each bit line",
    ))?;
    record.write(&Dataset::scalar("/results/power_wires", 1.5e-6, "W", "power dissipated in wires"))?;
    record.finish()?;
    let html = report_of(&path)?;
    for part in [
        "Currents of lines and cells",
        "open cells: 1; shorted cells: 1; word lines broken behind a cell: 1",
        "Temperature of the cells",
        "Power dissipated in wires",
        "1.5 µW",
        "far end",
        "stroke-dasharray=\"2 2\"",
    ] {
        assert!(html.contains(part), "{part}");
    }
    // The largest current is that of bit line 1 and of the short on it: they share the brightest colour.
    assert_eq!(html.matches("#fde725").count(), 2, "the segment below the short, and the short");

    let path = folder.join("many.h5");
    let mut record = begin(&path, "crossbar_solve", "Many inputs")?;
    record.write(&matrix("conductance", g.to_vec(), "S"))?;
    let many = |n: usize, scale: f64| (0..20 * n).map(|k| scale * noise(k)).collect::<Vec<f64>>();
    record.write(&Dataset::matrix("/results/input", 20, 2, many(2, 0.2), "V", "inputs"))?;
    record.write(&Dataset::matrix(
        "/results/bit_line_current",
        20,
        3,
        many(3, 1e-5),
        "A",
        "current out of each bit line",
    ))?;
    record.write(&Dataset::vector("/results/residual", vec![1e-13; 20], "1", "residual"))?;
    record.finish()?;
    let html = report_of(&path)?;
    assert!(html.contains("Inputs") && html.contains("in the mean") && !html.contains("Currents of lines"));
    Ok(())
}

#[test]
fn array_maps() -> Outcome {
    let (_guard, folder) = folder()?;
    let path = folder.join("array.h5");
    let (rows, columns) = (48, 64);
    let mut record = begin(&path, "crossbar_solve", "Read of a 48 × 64 array")?;
    let table = |f: &dyn Fn(usize, usize) -> f64| -> Vec<f64> {
        (0..rows * columns).map(|k| f(k / columns, k % columns)).collect()
    };
    let word = table(&|r, c| 0.2 * (-(c as f64) / 300.0).exp() - 1e-4 * (r % 5) as f64);
    let bit = table(&|r, c| 0.02 * (rows - r) as f64 / rows as f64 * (1.0 + 0.3 * noise(c)));
    let conductance = table(&|r, c| 1e-6 + 9e-5 * (noise(r * columns + c) + 0.5).powi(2));
    record.write(&Dataset::matrix(
        "/results/node_voltage_word",
        rows,
        columns,
        word,
        "V",
        "voltage of word-line nodes",
    ))?;
    record.write(&Dataset::matrix(
        "/results/node_voltage_bit",
        rows,
        columns,
        bit,
        "V",
        "voltage of bit-line nodes",
    ))?;
    record.write(&Dataset::matrix("/results/conductance", rows, columns, conductance, "S", "conductance"))?;
    let currents: Vec<f64> =
        (0..columns).map(|c| 2.1e-4 * (1.0 - 0.003 * c as f64) * (1.0 + 0.1 * noise(c))).collect();
    record.write(&Dataset::vector(
        "/results/bit_line_current",
        currents,
        "A",
        "current into the sense amplifiers",
    ))?;
    record.write(&Dataset::vector(
        "/results/word_line_current",
        vec![3e-4; rows],
        "A",
        "current out of the drivers",
    ))?;
    record.write(&Dataset::scalar(
        "/results/residual",
        3.1e-14,
        "1",
        "relative residual of Kirchhoff's current law",
    ))?;
    record.finish()?;
    let html = report_of(&path)?;
    for part in
        ["Voltage across the cells", ">10 µS<", "Voltage lost along the wires", "3.1×10⁻¹⁴", "image/png"]
    {
        assert!(html.contains(part), "{part}");
    }
    Ok(())
}

#[test]
fn hostile_and_hopeless_content_is_harmless() -> Outcome {
    let (_guard, folder) = folder()?;
    let path = folder.join("hostile.h5");
    let bad = "</title><script>alert(1)</script><img src=x onerror=alert(1)>\u{1}";
    let mut record = Record::create(
        &path,
        &Provenance {
            title: bad.into(),
            kind: bad.into(),
            script: bad.into(),
            cards: vec![(bad.into(), bad.into())],
            ..Provenance::default()
        },
    )?;
    record.write(&Dataset::vector("/results/a<b", vec![f64::NAN; 4], bad, bad))?;
    record.write(&Dataset::vector("/results/huge", vec![1e308, -1e308, f64::INFINITY, 0.0], bad, bad))?;
    record.write(&Dataset::vector("/results/none", vec![], "V", ""))?;
    record.write(&Dataset::matrix(
        "/results/map",
        2,
        2,
        vec![f64::NAN, 1.0, f64::INFINITY, 5e-324],
        bad,
        bad,
    ))?;
    record.write(&Dataset::matrix("/results/node_voltage_word", 1, 1, vec![f64::NAN], "V", ""))?;
    record.write(&Dataset::matrix("/results/flat", 3, 0, vec![], "V", ""))?;
    record.write(&Dataset::new(
        "/results/<i>/accuracy_matrix",
        vec![2, 0, 0],
        Values::F64(vec![]),
        "1",
        "",
    ))?;
    record.write(&Dataset::new(
        "/results/x/accuracy_matrix",
        vec![1, 1, 3],
        Values::F64(vec![f64::NAN; 3]),
        "1",
        "",
    ))?;
    record.write(&Dataset::texts("/results/voltage", vec![bad.into()], bad))?;
    record.write(&Dataset::vector("/traces/t/voltage", vec![1.0, 2.0], "V", bad))?;
    record.finish()?;
    let html = report_of(&path)?;
    assert!(!html.contains("<img") && !html.contains("<i>") && html.contains("&lt;img"));
    assert!(!html.contains('\u{1}'));
    assert!(
        report::write_html(&path, &folder.join("no/where.html"))
            .is_err_and(|e| e.to_string().contains("cannot write the report"))
    );
    assert!(
        report::write_html(&folder.join("absent.h5"), &folder.join("x.html"))
            .is_err_and(|e| e.to_string().contains("no such file"))
    );
    Ok(())
}
