//! Places that cannot be written, missing rights, full disks.

use super::*;

#[test]
fn places_that_cannot_be_written_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    fs::write(path.join("plain.json"), crossbar().to_string()).expect("written");
    fs::write(path.join("file"), "in the way").expect("written");
    for out in ["file", "file/below", "/proc/results"] {
        let output = program(path, &["run", "plain.json", "--out", out]);
        expect(&output, 1, &[out], out);
    }
    fs::create_dir_all(path.join("taken/plain.h5")).expect("made");
    expect(&program(path, &["run", "plain.json", "--out", "taken"]), 1, &["plain.h5"], "a folder in the way");
}

/// The program as a user without special rights: root may read and write everything.
#[cfg(unix)]
fn as_plain_user(folder: &Path, arguments: &[&str]) -> Output {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::os::unix::process::CommandExt;
    let mut command = if fs::metadata(folder).expect("a folder").uid() == 0 {
        // The build folder may be closed to others; a copy is not.
        let copy = folder.join("program");
        // By another process: a file that this one has open for writing cannot be started.
        if !copy.exists() {
            assert!(Command::new("cp").arg(PROGRAM).arg(&copy).status().expect("cp starts").success());
        }
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).expect("opened");
        let mut command = Command::new(copy);
        command.uid(65534).gid(65534);
        command
    } else {
        Command::new(PROGRAM)
    };
    command.args(arguments).current_dir(folder).output().expect("the program starts")
}

#[cfg(unix)]
#[test]
fn missing_rights_are_named() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    let mode = |name: &str, mode: u32| {
        fs::set_permissions(path.join(name), fs::Permissions::from_mode(mode)).expect("changed");
    };
    fs::write(path.join("plain.json"), crossbar().to_string()).expect("written");
    fs::write(path.join("secret.json"), crossbar().to_string()).expect("written");
    fs::write(path.join("secret.h5"), "").expect("written");
    fs::write(path.join("secret.csv"), "0,0\n1,1\n").expect("written");
    let script = with(pulse(), "/waveform", json!({ "samples": { "file": "secret.csv" } }));
    fs::write(path.join("csv.json"), script.to_string()).expect("written");
    let mut script = replay();
    script["data"] = json!({ "file": "secret.csv" });
    fs::write(path.join("digits.json"), script.to_string()).expect("written");
    for name in ["secret.json", "secret.h5", "secret.csv"] {
        mode(name, 0o000);
    }
    fs::create_dir(path.join("closed")).expect("made");
    mode("closed", 0o555);
    let denied = "ermission denied";
    let run = |arguments: &[&str]| as_plain_user(path, arguments);
    expect(&run(&["run", "secret.json"]), 2, &["secret.json", denied], "script");
    expect(&run(&["run", "csv.json"]), 2, &["secret.csv", denied], "waveform");
    expect(&run(&["run", "digits.json"]), 2, &["data.file", "secret.csv", denied], "data");
    expect(&run(&["models", "secret.json"]), 2, &["secret.json", denied], "card");
    expect(&run(&["report", "secret.h5"]), 1, &["secret.h5", denied], "record");
    expect(&run(&["run", "plain.json", "--out", "closed"]), 1, &["closed/plain.h5", denied], "folder");
    expect(&run(&["run", "plain.json", "--out", "closed/below"]), 1, &["closed/below", denied], "inside");
    assert_eq!(fs::read_dir(path.join("closed")).expect("read").count(), 0);
}

/// A real full disk: a small file system of its own, where the system lets us make one.
#[cfg(target_os = "linux")]
#[test]
fn a_full_file_system_is_reported() {
    use std::io::Write;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    let trace = with(pulse(), "/samples", json!(400_000));
    fs::write(path.join("trace.json"), trace.to_string()).expect("written");
    let mut sweep = with(pulse(), "/samples", json!(200_000));
    sweep["sweep"] = json!({ "repeats": 3 });
    fs::write(path.join("sweep.json"), sweep.to_string()).expect("written");
    fs::create_dir(path.join("small")).expect("made");
    let inside = |line: &str| {
        let mount = format!("mount -t tmpfs -o size=128k tmpfs small && {{ {line}; }}");
        Command::new("unshare")
            .args(["--user", "--map-root-user", "--mount", "bash", "-c", &mount])
            .current_dir(path)
            .output()
    };
    if !inside("true").is_ok_and(|output| output.status.success()) {
        let notice = "SKIPPED: a_full_file_system_is_reported, no file system can be mounted here";
        let _ = writeln!(std::io::stderr(), "\n{notice}");
        return;
    }
    for script in ["trace", "sweep"] {
        let line = format!("'{PROGRAM}' run {script}.json --out small; code=$?; ls small >&3; exit $code");
        let output = inside(&format!("{{ {line}; }} 3>listing")).expect("starts");
        expect(&output, 1, &["small/", "no space is left"], script);
        let listing = fs::read_to_string(path.join("listing")).expect("listed");
        assert!(!listing.lines().any(|name| name == format!("{script}.h5")), "{listing}");
    }
}

#[cfg(unix)]
#[test]
fn a_full_disk_is_reported_and_leaves_no_complete_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    let big = with(with(crossbar(), "/array/rows", json!(100)), "/array/columns", json!(100));
    let big = with(big, "/array/conductances", json!({ "uniform": { "min": "1 uS", "max": "2 uS" } }));
    fs::write(path.join("big.json"), big.to_string()).expect("written");
    let trace = with(pulse(), "/samples", json!(100_000));
    fs::write(path.join("trace.json"), trace.to_string()).expect("written");
    for script in ["big", "trace"] {
        let line = format!("trap '' XFSZ; ulimit -f 64; exec '{PROGRAM}' run {script}.json --out out");
        let output =
            Command::new("bash").args(["-c", &line]).current_dir(path).output().expect("bash starts");
        expect(&output, 1, &[&format!("{script}.h5"), "limit"], script);
        assert!(!path.join(format!("out/{script}.h5")).exists(), "{script}");
    }
}
