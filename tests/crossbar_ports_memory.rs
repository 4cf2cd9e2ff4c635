//! Memory of a reduction. One test in a process of its own: it reads the largest resident set.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use neurofilament::crossbar::{Array, Ports};

/// A line of /proc/self/status, MB; `None` where there is no such file.
fn megabytes(name: &str) -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with(name))?;
    line.split_whitespace().nth(1)?.parse::<f64>().ok().map(|kilobytes| kilobytes * 1024.0 / 1e6)
}

#[test]
fn a_reduction_stays_within_its_memory() {
    // The first reduction brings the code and the threads' stacks into memory.
    let array = |n: usize| Array::uniform(n, n, vec![2e-5; n * n], 2.0, 2.0);
    for (threads, limits) in [(1, [4.0, 12.0, 25.0]), (2, [5.0, 15.0, 35.0])] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        for (n, most) in [128, 256, 384].into_iter().zip(limits) {
            let array = array(n);
            // The largest so far counts from here.
            let reset = std::fs::write("/proc/self/clear_refs", "5").is_ok();
            let Some(before) = megabytes("VmRSS:").filter(|_| reset) else {
                println!("no /proc: memory not measured");
                return;
            };
            let ports = pool.install(|| Ports::new(array).unwrap());
            let used = megabytes("VmHWM:").unwrap() - before;
            drop(ports);
            println!("| {n} × {n}, {threads} threads | {used:.1} MB | ≤ {most} MB |");
            assert!(used <= most, "{n}, {threads} threads: {used} MB");
        }
    }
}
