//! The record layer against itself, an independent reader and h5py.

use std::path::Path;
use std::process::Command;

use neurofilament::record::{
    Attribute, Dataset, Provenance, Record, RecordError, RecordFile, StreamSpec, Values,
};

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn provenance() -> Provenance {
    Provenance {
        script: r#"{"kind":"device_sweep","title":"Prüfling"}"#.into(),
        cards: vec![("jart".into(), "{\"a\":1}".into()), ("b".into(), "{}".into())],
        seed: u64::MAX - 1,
        threads: 2,
        kind: "device_sweep".into(),
        title: "Prüfling".into(),
    }
}

/// A record with one of everything.
fn write_sample(path: &Path) -> Result<(), RecordError> {
    let mut record = Record::create(path, &provenance())?;
    let voltages: Vec<f64> = (0..5).map(|i| 0.1 * f64::from(i)).collect();
    record.write(
        &Dataset::vector("/results/set_time", vec![1.0, f64::NAN, 3.0, 4.0, 5.0], "s", "time to SET")
            .scale(0, "/results/voltage"),
    )?;
    record.write(
        &Dataset::vector("/results/voltage", voltages, "V", "amplitude of the pulse")
            .scale(0, "/results/voltage"),
    )?;
    record.write(
        &Dataset::matrix("/results/big", 300, 200, (0..60_000).map(f64::from).collect(), "S", "a large map")
            .attribute("scheme", Attribute::Text("V/2".into())),
    )?;
    record.write(&Dataset::new(
        "/results/narrow",
        vec![2, 3],
        Values::F32(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.5]),
        "1",
        "single",
    ))?;
    record.write(&Dataset::new("/results/grey", vec![4], Values::U8(vec![0, 1, 2, 255]), "1", "bytes"))?;
    record.write(&Dataset::integers("/results/count", vec![-3, 4], "1", "integers"))?;
    record.write(&Dataset::texts(
        "/results/names",
        vec!["a".into(), "Größe".into(), String::new()],
        "texts",
    ))?;
    record.write(&Dataset::scalar("/results/one", 2.5, "K", "a single value"))?;
    record.write(&Dataset::vector("/results/none", vec![], "A", "nothing"))?;
    record.attribute("/results", "learners", &Attribute::Texts(vec!["x".into(), "y".into()]))?;
    record.attribute("/results/one", "levels", &Attribute::F64s(vec![1.0, 2.0]))?;
    let stream = record.stream(
        &StreamSpec::trace("sweep")
            .column("current", "A", "cell current")
            .cells("state_gap", 3, "m", "gap")
            .single(),
    )?;
    for start in [0_u32, 40_000] {
        let time: Vec<f64> = (start..start + 40_000).map(|i| 1e-9 * f64::from(i)).collect();
        let current: Vec<f64> = time.iter().map(|t| 2.0 * t).collect();
        let gap: Vec<f64> = time.iter().flat_map(|t| [*t, 2.0 * t, 3.0 * t]).collect();
        record.append(stream, &[&time, &current, &gap])?;
    }
    record.finish()?;
    Ok(())
}

#[test]
fn our_reader_gives_back_what_was_written() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("run.h5");
    write_sample(&path)?;
    assert!(!folder.path().join("run.h5.part").exists());
    let file = RecordFile::open(&path)?;
    assert!(file.is_complete());
    assert_eq!(file.provenance()?, provenance());
    let time = file.read("/results/set_time")?;
    assert_eq!((time.unit.as_str(), time.long_name.as_str()), ("s", "time to SET"));
    assert_eq!(time.scales, [Some("/results/voltage".to_owned())]);
    let big = file.read("/results/big")?;
    assert_eq!(big.shape, [300, 200]);
    assert_eq!(big.values, Values::F64((0..60_000).map(f64::from).collect()));
    assert_eq!(big.attributes, [("scheme".to_owned(), Attribute::Text("V/2".into()))]);
    assert_eq!(file.read("/results/grey")?.values, Values::U8(vec![0, 1, 2, 255]));
    assert_eq!(file.read("/results/count")?.values, Values::I64(vec![-3, 4]));
    assert_eq!(
        file.read("/results/names")?.values,
        Values::Text(vec!["a".into(), "Größe".into(), String::new()])
    );
    assert_eq!(file.read("/results/one")?.shape, Vec::<usize>::new());
    assert!(file.read("/results/none")?.values.is_empty());
    let gap = file.read("/traces/sweep/state_gap")?;
    assert_eq!(gap.shape, [80_000, 3]);
    assert_eq!(gap.scales, [Some("/traces/sweep/time".to_owned()), None]);
    assert_eq!(file.numbers("/traces/sweep/current")?.last(), Some(&(2.0 * 1e-9 * 79_999.0)));
    assert_eq!(file.paths()?.len(), 12);
    Ok(())
}

/// Runs Python with h5py; without h5py the test is skipped with a message, except under CI.
fn python(code: &str, argument: &Path) -> Option<String> {
    let ready =
        Command::new("python3").args(["-c", "import h5py"]).output().is_ok_and(|o| o.status.success());
    if !ready {
        assert!(std::env::var_os("CI").is_none(), "h5py is needed under CI: pip install h5py");
        eprintln!("SKIPPED: python3 with h5py is not installed");
        return None;
    }
    let output = Command::new("python3").args(["-c", code]).arg(argument).output().ok()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn h5py_reads_names_units_and_scales() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("run.h5");
    write_sample(&path)?;
    let code = r#"
import sys, h5py, numpy as np
f = h5py.File(sys.argv[1], "r")
assert f.attrs["complete"] == 1 and f.attrs["title"] == "Prüfling", dict(f.attrs)
assert list(f.attrs["cards"]) == ["jart", "b"] and np.uint64(f.attrs["seed"]) == 2**64 - 2
t = f["results/set_time"]
assert t.attrs["units"] == "s" and t.attrs["long_name"] == "time to SET"
assert f["results/voltage"].is_scale and not t.is_scale
assert t.dims[0][0] == f["results/voltage"] and list(t.dims[0].keys()) == ["voltage"], list(t.dims[0].keys())
assert np.isnan(t[1]) and t[4] == 5.0
g = f["traces/sweep/state_gap"]
assert g.shape == (80000, 3) and g.dtype == np.float32 and g.dims[0][0].name == "/traces/sweep/time"
assert g.compression == "gzip" and g.shuffle and g.chunks is not None
assert np.allclose(g[:, 2], 3e-9 * np.arange(80000))
users = [f[r].name for r, d in f["traces/sweep/time"].attrs["REFERENCE_LIST"]]
assert sorted(users) == ["/traces/sweep/current", "/traces/sweep/state_gap"], users
assert f["results/names"].asstr()[1] == "Größe"
assert list(f["results"].attrs["learners"]) == ["x", "y"]
assert (f["results/big"][()].ravel() == np.arange(60000)).all()
print("ok")
"#;
    if let Some(out) = python(code, &path) {
        assert_eq!(out.trim(), "ok");
    }
    Ok(())
}
