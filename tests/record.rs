//! The record layer against itself, an independent reader and h5py.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};

use neurofilament::record::{
    Attribute, Dataset, Provenance, Record, RecordError, RecordFile, StreamSpec, Values,
};

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// A process started while another test has a record open inherits the file and keeps it locked:
/// tests that open records read, what starts a process writes.
static FILES: RwLock<()> = RwLock::new(());

fn files() -> impl Drop {
    FILES.read().unwrap_or_else(PoisonError::into_inner)
}

fn no_files() -> impl Drop {
    FILES.write().unwrap_or_else(PoisonError::into_inner)
}

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
    let _files = files();
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

/// Runs Python with h5py. Without h5py the check is skipped with a notice, unless the environment
/// variable `REQUIRE_H5PY` is set, as `.ci/run` does.
fn python(code: &str, argument: &Path) -> Option<String> {
    let _alone = no_files();
    let ready =
        Command::new("python3").args(["-c", "import h5py"]).output().is_ok_and(|o| o.status.success());
    if !ready {
        assert!(std::env::var_os("REQUIRE_H5PY").is_none(), "REQUIRE_H5PY is set: pip install h5py");
        // Not `eprintln`, which the test harness shows for failing tests alone.
        let notice = "SKIPPED: h5py_reads_names_units_and_scales, python3 with h5py is not installed";
        let _ = writeln!(std::io::stderr(), "\n{notice}");
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
    {
        let _files = files();
        write_sample(&path)?;
    }
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

#[test]
fn an_independent_reader_agrees() -> Outcome {
    let _files = files();
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("run.h5");
    write_sample(&path)?;
    let file = hdf5_pure::File::open(&path)?;
    let voltage = file.dataset("/results/voltage")?;
    assert_eq!(voltage.read_f64()?, (0..5).map(|i| 0.1 * f64::from(i)).collect::<Vec<_>>());
    let attributes = voltage.attrs()?;
    assert!(format!("{:?}", attributes.get("units")).contains("\"V\""), "{attributes:?}");
    let big = file.dataset("/results/big")?;
    assert_eq!(big.shape()?, [300, 200]);
    assert_eq!(big.read_f64()?, (0..60_000).map(f64::from).collect::<Vec<_>>());
    Ok(())
}

#[test]
fn an_unfinished_record_keeps_its_part_name_and_the_old_file() -> Outcome {
    let _files = files();
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("run.h5");
    write_sample(&path)?;
    let before = std::fs::read(&path)?;
    let mut record = Record::create(&path, &provenance())?;
    let stream = record.stream(&StreamSpec::trace("t").column("current", "A", "current"))?;
    record.append(stream, &[&[0.0, 1.0], &[5.0, 6.0]])?;
    let part = record.keep_partial()?;
    assert_eq!(part, folder.path().join("run.h5.part"));
    assert_eq!(std::fs::read(&path)?, before, "the finished file must not be touched");
    let file = RecordFile::open(&part)?;
    assert!(!file.is_complete());
    assert_eq!(file.numbers("/traces/t/current")?, [5.0, 6.0]);
    // A dropped record leaves the part as well, and a new run replaces it.
    drop(file);
    drop(Record::create(&path, &provenance())?);
    assert!(part.exists());
    write_sample(&path)?;
    assert!(!part.exists());
    Ok(())
}

#[test]
fn a_lock_is_waited_for_a_moment() -> Outcome {
    let _files = files();
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("run.h5");
    write_sample(&path)?;
    let holder = std::fs::File::open(&path)?;
    holder.lock()?;
    let released = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(std::time::Duration::from_millis(300));
            released.store(true, Ordering::SeqCst);
            drop(holder);
        });
        let complete = RecordFile::open(&path).map(|file| file.is_complete());
        assert!(complete.unwrap() && released.load(Ordering::SeqCst));
    });
    Ok(())
}

#[test]
fn a_killed_process_leaves_what_it_flushed() -> Outcome {
    if let Some(path) = std::env::var_os("RECORD_TEST_CHILD") {
        let mut record = Record::create(Path::new(&path), &provenance())?;
        let stream = record.stream(&StreamSpec::trace("t").column("current", "A", "current"))?;
        let mut i = 0.0;
        loop {
            let time: Vec<f64> = (0..1000).map(|k| i + f64::from(k)).collect();
            record.append(stream, &[&time, &time])?;
            i += 1000.0;
        }
    }
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("run.h5");
    let alone = no_files();
    let mut child = Command::new(std::env::current_exe()?)
        .args(["--exact", "a_killed_process_leaves_what_it_flushed", "--nocapture"])
        .env("RECORD_TEST_CHILD", &path)
        .stdout(std::process::Stdio::null())
        .spawn()?;
    drop(alone);
    let part = folder.path().join("run.h5.part");
    let begun = std::time::Instant::now();
    while std::fs::metadata(&part).map_or(0, |m| m.len()) < 1_000_000 {
        assert!(begun.elapsed().as_secs() < 60, "the child does not write");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    child.kill()?;
    child.wait()?;
    assert!(!path.exists());
    let _files = files();
    let file = RecordFile::open(&part)?;
    let (time, current) = (file.numbers("/traces/t/time")?, file.numbers("/traces/t/current")?);
    assert!(time.len() >= 32_768, "{} rows", time.len());
    assert!(time.len().abs_diff(current.len()) <= 32_768);
    let rows = time.len().min(current.len()).saturating_sub(32_768).max(32_768);
    assert!(time.iter().take(rows).enumerate().all(|(i, t)| (*t - i as f64).abs() < 0.5));
    assert!(!file.is_complete());
    Ok(())
}

/// Runs the test again in a child whose files may not grow beyond a limit.
#[cfg(unix)]
#[test]
fn a_full_disk_is_an_error_with_a_sentence() -> Outcome {
    if let Some(path) = std::env::var_os("RECORD_TEST_FULL") {
        let run = || -> Result<(), RecordError> {
            let mut record = Record::create(Path::new(&path), &provenance())?;
            let stream = record.stream(&StreamSpec::trace("t").column("current", "A", "current"))?;
            for i in 0..200_u32 {
                let noise: Vec<f64> = (0..32_768_u32)
                    .map(|k| f64::from((k + i).wrapping_mul(2_654_435_761)).sqrt().sin())
                    .collect();
                record.append(stream, &[&noise, &noise])?;
            }
            record.finish().map(|_| ())
        };
        match run() {
            Err(error) => println!("ERROR<{error}>"),
            Ok(()) => println!("it fitted"),
        }
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("run.h5");
    let program = std::env::current_exe()?;
    // 2000 blocks of 512 or 1024 bytes; with SIGXFSZ ignored a longer file gives EFBIG.
    let script = format!(
        "trap '' XFSZ; ulimit -f 2000; exec '{}' --exact a_full_disk_is_an_error_with_a_sentence --nocapture",
        program.display()
    );
    let _alone = no_files();
    let output = Command::new("sh").args(["-c", &script]).env("RECORD_TEST_FULL", &path).output()?;
    let out = String::from_utf8_lossy(&output.stdout);
    let noise = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{:?} {out} {noise}", output.status);
    assert!(out.contains("ERROR<cannot write") && out.contains("run.h5.part"), "{out}");
    assert!(out.contains("size limit") && out.contains("free some space"), "{out}");
    assert!(!noise.contains("HDF5-DIAG"), "{noise}");
    assert!(!path.exists());
    Ok(())
}

#[test]
fn mistakes_are_answered_with_sentences() -> Outcome {
    let _files = files();
    let folder = tempfile::tempdir()?;
    let say =
        |result: Result<RecordFile, RecordError>| result.err().map(|e| e.to_string()).unwrap_or_default();
    let missing = folder.path().join("no/run.h5");
    let error = Record::create(&missing, &provenance()).err().map(|e| e.to_string()).unwrap_or_default();
    assert!(error.contains("does not exist; create it"), "{error}");
    assert!(say(RecordFile::open(&missing)).contains("no such file"));
    let text = folder.path().join("text.h5");
    std::fs::write(&text, "hello")?;
    assert!(say(RecordFile::open(&text)).contains("is not an HDF5 file"), "{}", say(RecordFile::open(&text)));
    let path = folder.path().join("run.h5");
    write_sample(&path)?;
    let whole = std::fs::read(&path)?;
    let cut = folder.path().join("cut.h5");
    std::fs::write(&cut, &whole[..whole.len() / 2])?;
    assert!(say(RecordFile::open(&cut)).contains("truncated"), "{}", say(RecordFile::open(&cut)));
    let file = RecordFile::open(&path)?;
    let error = file.read("/results/nothing").err().map(|e| e.to_string()).unwrap_or_default();
    assert!(error.contains("holds no /results/nothing"), "{error}");
    assert!(file.read("/results").is_err());
    assert!(file.read("results").is_err());
    let mut record = Record::create(&folder.path().join("b.h5"), &provenance())?;
    for path in ["", "x", "/", "//a", "/a/../b", "/a\0b"] {
        assert!(record.write(&Dataset::scalar(path, 1.0, "1", "")).is_err(), "{path:?}");
    }
    record.write(&Dataset::scalar("/a", 1.0, "1", ""))?;
    assert!(record.write(&Dataset::scalar("/a", 1.0, "1", "")).is_err());
    assert!(record.write(&Dataset::scalar("/a/b", 1.0, "1", "")).is_err());
    assert!(record.write(&Dataset::new("/c", vec![3], Values::F64(vec![1.0]), "1", "")).is_err());
    record.write(&Dataset::vector("/d", vec![1.0], "1", "").scale(0, "/never"))?;
    let error = record.finish().err().map(|e| e.to_string()).unwrap_or_default();
    assert!(error.contains("/never"), "{error}");
    assert!(!folder.path().join("b.h5").exists());
    Ok(())
}

#[test]
fn a_long_dataset_is_copied_in_pieces() -> Outcome {
    let _files = files();
    let folder = tempfile::tempdir()?;
    let (one, two) = (folder.path().join("one.h5"), folder.path().join("two.h5"));
    let values: Vec<f64> = (0..3_000_000).map(f64::from).collect();
    let mut record = Record::create(&one, &provenance())?;
    record.write(
        &Dataset::new("/results/long", vec![1_000_000, 3], Values::F64(values.clone()), "V", "long")
            .attribute("k", Attribute::I64(3)),
    )?;
    record.finish()?;
    let mut record = Record::create(&two, &provenance())?;
    record.copy_from(&RecordFile::open(&one)?, "/points/000000")?;
    assert!(record.copy_from(&RecordFile::open(&one)?, "/points/000000").is_err());
    record.finish()?;
    let copy = RecordFile::open(&two)?.read("/points/000000/results/long")?;
    assert_eq!((copy.shape.as_slice(), copy.unit.as_str()), ([1_000_000, 3].as_slice(), "V"));
    assert_eq!(copy.attributes, [("k".to_owned(), Attribute::I64(3))]);
    assert!(copy.values == Values::F64(values));
    let thinned = RecordFile::open(&two)?.every("/points/000000/results/long", 1000)?;
    assert_eq!(thinned.len(), 3000);
    assert_eq!(thinned.get(3..6), Some([3000.0, 3001.0, 3002.0].as_slice()));
    Ok(())
}

#[test]
fn a_record_can_move_to_a_writer_thread() {
    fn sendable<T: Send>() {}
    sendable::<Record>();
    sendable::<RecordFile>();
    sendable::<RecordError>();
}

#[test]
fn a_stream_says_what_does_not_fit() -> Outcome {
    let _files = files();
    let folder = tempfile::tempdir()?;
    let mut record = Record::create(&folder.path().join("run.h5"), &provenance())?;
    let spec = StreamSpec::trace("t").cells("state", 3, "m", "gap");
    let stream = record.stream(&spec)?;
    assert!(record.append(stream, &[&[1.0]]).is_err_and(|e| e.to_string().contains("1 columns of values")));
    assert!(record.append(stream, &[&[1.0], &[1.0]]).is_err_and(|e| e.to_string().contains("need 3")));
    record.append(stream, &[&[], &[]])?;
    assert!(record.stream(&spec).is_err_and(|e| e.to_string().contains("already holds")));
    assert!(record.stream(&StreamSpec { group: "/g".into(), columns: vec![] }).is_err());
    let many: Vec<f64> = vec![1.0; 200_000];
    record.append(stream, &[&many[..50_000], &many[..150_000]])?;
    let path = record.finish()?;
    assert_eq!(RecordFile::open(&path)?.shape("/traces/t/state")?, [50_000, 3]);
    Ok(())
}
