//! Reports of continual learning: single runs, traces instead of images, and sweeps.
//!
//! With `REPORT_KEEP=folder` the records and pages are kept there to be looked at.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::path::{Path, PathBuf};

use neurofilament::record::{Attribute, Dataset, Provenance, Record, RecordError, Values};
use neurofilament::report;

type Outcome = Result<(), Box<dyn std::error::Error>>;

const SEEDS: usize = 5;
const CONTEXTS: usize = 5;

/// A learner: name in the record, method, its title, synapses, share kept from context to context.
type Entry = (&'static str, &'static str, &'static str, &'static str, f64);

const LEARNERS: [Entry; 11] = [
    ("none", "none", "no replay", "ideal", 0.05),
    ("joint", "joint", "joint training", "ideal", 1.0),
    ("ewc", "ewc", "elastic weight consolidation", "ideal", 0.07),
    ("si", "si", "synaptic intelligence", "ideal", 0.08),
    ("lwf", "lwf", "learning without forgetting", "ideal", 0.2),
    ("er", "er", "experience replay", "ideal", 0.94),
    ("dgr", "dgr", "deep generative replay", "ideal", 0.95),
    ("bir", "bir", "brain-inspired replay", "ideal", 0.98),
    ("bir_si", "bir_si", "brain-inspired replay with synaptic intelligence", "ideal", 0.975),
    ("bir_on_arrays", "bir", "brain-inspired replay", "technology_c", 0.97),
    ("teacher_on_arrays", "bir", "brain-inspired replay", "technology_c", 0.955),
];

fn begin(path: &Path, title: &str) -> Result<Record, RecordError> {
    let kind = "continual_learning".to_owned();
    Record::create(path, &Provenance { seed: 7, kind, title: title.into(), ..Provenance::default() })
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

fn report_of(record: &Path) -> Result<String, Box<dyn std::error::Error>> {
    let out = record.with_extension("html");
    report::write_html(record, &out)?;
    let html = std::fs::read_to_string(&out)?;
    assert!(!html.contains("http:") && !html.contains("<script"), "not self-contained");
    assert!(!html.contains("NaN") && !html.contains(">inf"), "a number that is none");
    assert_eq!(html.matches("<svg").count(), html.matches("</svg>").count());
    Ok(html)
}

fn noise(i: usize) -> f64 {
    (i.wrapping_mul(2_654_435_761) % 65_536) as f64 / 65_536.0 - 0.5
}

/// Accuracies of a learner that keeps a share of each context from one to the next.
fn accuracies(keep: f64, key: usize) -> Vec<f64> {
    let at = |(s, i, j): (usize, usize, usize)| {
        let spread = 0.03 * noise(key * 1000 + s * 100 + i * 10 + j);
        let kept = keep.powi(i32::try_from(i.saturating_sub(j)).unwrap());
        if j > i { 0.0 } else { (0.98 * kept + spread).clamp(0.0, 1.0) }
    };
    let all = (0..SEEDS * CONTEXTS * CONTEXTS).map(|k| (k / 25, k / 5 % 5, k % 5));
    all.map(at).collect()
}

/// Final accuracy of each seed.
fn finals(matrices: &[f64]) -> Vec<f64> {
    matrices.chunks(25).map(|m| m[20..].iter().sum::<f64>() / 5.0).collect()
}

/// Costs of two parts in so many runs.
fn write_costs(record: &mut Record, group: &str, scale: f64) -> Result<(), RecordError> {
    let part = format!("{group}/cost/part");
    let named = ["cells", "output_converters"].map(str::to_owned).to_vec();
    record.write(&Dataset::texts(part.clone(), named, "part of the hardware"))?;
    for (name, unit, value) in [("energy", "J", 2.5e-3 * scale), ("time", "s", 4.0e-2)] {
        let of = |i: usize| value * if i.is_multiple_of(2) { 1.0 } else { 7.0 } * (1.0 + 0.1 * noise(i));
        let path = format!("{group}/cost/{name}");
        let values = (0..2 * SEEDS).map(of).collect();
        record.write(&Dataset::matrix(path, SEEDS, 2, values, unit, name).scale(1, part.clone()))?;
    }
    let areas = vec![1.7e-8, 0.42e-6];
    record.write(&Dataset::vector(format!("{group}/cost/area"), areas, "m^2", "area").scale(0, part))
}

fn write_counters(record: &mut Record, group: &str, scale: f64) -> Result<(), RecordError> {
    for (counter, unit, value, long) in [
        ("set_pulses", "1", 3.2e8, "SET pulses on all cells"),
        ("reset_pulses", "1", 2.9e8, "RESET pulses on all cells"),
        ("max_cell_pulses", "1", 12_345.0, "write pulses on the cell that received most"),
        ("write_energy", "J", 4.1e-5, "energy dissipated in cells during write pulses"),
        ("read_energy", "J", 1.1e-5, "energy dissipated in cells during products and reads"),
    ] {
        let values = (0..SEEDS).map(|s| scale * value * (1.0 + 0.1 * noise(s))).collect();
        record.write(&Dataset::vector(format!("{group}/{counter}"), values, unit, long))?;
    }
    Ok(())
}

/// Everything that a single run holds of a learner but its samples.
fn write_learner(record: &mut Record, key: usize, entry: &Entry) -> Result<(), RecordError> {
    let (name, method, title, synapses, keep) = *entry;
    let group = format!("/results/{name}");
    let matrices = accuracies(keep, key);
    let per_seed = |name: &str, values| Dataset::vector(format!("{group}/{name}"), values, "1", name);
    record.write(&per_seed("accuracy", finals(&matrices)))?;
    record.write(&per_seed("forgetting_from_first", vec![0.1 * (1.0 - keep); SEEDS]))?;
    let shape = vec![SEEDS, CONTEXTS, CONTEXTS];
    let path = format!("{group}/accuracy_matrix");
    record.write(&Dataset::new(path, shape, Values::F64(matrices), "1", "accuracy"))?;
    for (attribute, value) in [
        ("scenario", "class"),
        ("evaluated_on", "test"),
        ("synapses", synapses),
        ("method", method),
        ("title", title),
    ] {
        record.attribute(&group, attribute, &Attribute::Text(value.into()))?;
    }
    let decided = |k: usize| match (k / 10 % 10, k % 10) {
        (label, decision) if label == decision => 900,
        (label, decision) if (label + decision).is_multiple_of(7) => 40,
        _ => 3,
    };
    let counts = (0..SEEDS * 100).map(decided).collect();
    let path = format!("{group}/confusion");
    record.write(&Dataset::new(path, vec![SEEDS, 10, 10], Values::I64(counts), "1", "decisions"))?;
    let iterations: Vec<f64> = (0..100).map(|k| 100.0 * f64::from(k)).collect();
    record.write(&Dataset::vector(format!("{group}/loss/iteration"), iterations, "1", "iteration"))?;
    for (term, size) in [("prediction", 0.3), ("distillation", if keep > 0.5 { 0.8 } else { 0.0 })] {
        let values = (0..SEEDS * 100).map(|k| size * (1.0 + noise(k)) / (1.0 + (k % 20) as f64)).collect();
        let path = format!("{group}/loss/{term}");
        record.write(&Dataset::new(path, vec![SEEDS, 100], Values::F64(values), "1", "term of the loss"))?;
    }
    for (what, value) in
        [("parameters", 1_075_694.0), ("optimiser", 2.15e6), ("importance", 0.0), ("samples", 0.0)]
    {
        record.write(&per_seed(&format!("stored/{what}"), vec![value; SEEDS]))?;
    }
    if synapses != "ideal" {
        write_counters(record, &format!("{group}/activity"), 1.0)?;
        write_costs(record, &group, 1.0)?;
    }
    if name == "teacher_on_arrays" {
        write_counters(record, &format!("{group}/teacher_activity"), 0.01)?;
    }
    Ok(())
}

/// Rings of another size for every class, and the pictures of a context before the class was met left out.
fn rings(contexts: usize, samples: usize, side: usize) -> Vec<f32> {
    let pixels = side * side;
    (0..contexts * 10 * samples * pixels)
        .map(|p| {
            let (x, y) =
                ((p % side) as f64 - side as f64 / 2.0, (p / side % side) as f64 - side as f64 / 2.0);
            let (class, context) = (p / (pixels * samples) % 10, p / (pixels * samples * 10));
            let ring = (-(0.4 * x.hypot(y) - 0.6 - 0.35 * class as f64).powi(2)).exp();
            let shown = contexts == 1 || class < 2 * (context + 1);
            if shown { (ring + 0.2 * noise(p)).clamp(0.0, 1.0) as f32 } else { f32::NAN }
        })
        .collect()
}

#[test]
fn a_run_shows_learners_references_matrices_samples_and_demands() -> Outcome {
    let (_guard, folder) = folder()?;
    let path = folder.join("learning.h5");
    let mut record = begin(&path, "Split MNIST, class-incremental")?;
    let labels = LEARNERS.iter().map(|entry| entry.0.to_owned()).collect();
    record.attribute("/results", "learners", &Attribute::Texts(labels))?;
    record.attribute("/results", "chance", &Attribute::F64s(vec![0.1; CONTEXTS]))?;
    let names = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    record.attribute("/results", "class_names", &Attribute::Texts(names.map(String::from).to_vec()))?;
    for (key, entry) in LEARNERS.iter().enumerate() {
        write_learner(&mut record, key, entry)?;
        if entry.0.starts_with("bir") {
            let (shape, values) = (vec![CONTEXTS, 10, 4, 28, 28], Values::F32(rings(CONTEXTS, 4, 28)));
            let path = format!("/results/{}/samples", entry.0);
            record.write(&Dataset::new(path, shape, values, "1", "generated samples"))?;
        }
    }
    let real = Values::F32(rings(1, 3, 28));
    record.write(&Dataset::new("/data/samples", vec![10, 3, 28, 28], real, "1", "samples of the data"))?;
    record.finish()?;
    let html = report_of(&path)?;
    for part in [
        "Accuracy on the contexts met so far",
        "Accuracy on the first context",
        "Chance",
        "After training context",
        "BIR + SI: Brain-inspired replay with synaptic intelligence",
        "BIR on arrays – generated samples",
        "The lowest row shows samples of the data",
        "Confusion matrices",
        ">seven 7</text>",
        "Losses while learning",
        "What the learners take",
        "8600 kB",
        "Teacher on arrays, teacher",
        "test samples",
        "What it cost: BIR on arrays",
        "0.437 mm²",
    ] {
        assert!(html.contains(part), "{part}");
    }
    assert!(!html.contains("Further results"), "everything has its place");
    let order: Vec<usize> =
        [">No replay<", ">Joint training<", ">EWC<", ">BIR<"].iter().filter_map(|n| html.find(n)).collect();
    assert!(order.len() == 4 && order.is_sorted(), "{order:?}");
    // References broken, arrays dotted in the colour of their twin.
    let stroke = |ink: &str, dash: &str| format!("stroke=\"{ink}\" stroke-width=\"2\"{dash}/>");
    assert!(html.contains(&stroke("#000000", " stroke-dasharray=\"6 4\"")));
    assert!(html.contains(&stroke("#56B4E9", "")), "BIR is the sixth method");
    assert!(html.contains(&stroke("#56B4E9", " stroke-dasharray=\"2 3\"")));
    Ok(())
}

#[test]
fn traces_are_drawn_as_curves() -> Outcome {
    let (_guard, folder) = folder()?;
    let path = folder.join("traces.h5");
    let mut record = begin(&path, "Conduction traces under ten compliance currents")?;
    write_learner(&mut record, 7, &LEARNERS[7])?;
    let curve = |k: usize| {
        let (point, class) = ((k % 64) as f64 / 64.0, k / (64 * 4) % 10);
        let rise = 1.0 / (1.0 + (-40.0 * (point - 0.3 - 0.05 * class as f64)).exp());
        (rise * (0.3 + 0.07 * class as f64) + 0.03 * noise(k)) as f32
    };
    let values = |n: usize| Values::F32((0..n).map(curve).collect());
    let (shape, size) = (vec![CONTEXTS, 10, 4, 1, 64], CONTEXTS * 10 * 4 * 64);
    record.write(&Dataset::new("/results/bir/samples", shape, values(size), "1", "generated"))?;
    let real = values(10 * 4 * 64);
    record.write(&Dataset::new("/data/samples", vec![10, 4, 1, 64], real, "1", "samples of the data"))?;
    record.finish()?;
    let html = report_of(&path)?;
    // Four curves in each of ten classes after five contexts, and of the data.
    assert_eq!(html.matches("stroke-width=\"1.1\" stroke-opacity=\"0.8\"").count(), 4 * 10 * 6);
    assert!(html.contains("Curves in one place are single samples"));
    Ok(())
}

/// A sweep over noise and card, with a learner in ideal arithmetic that is the same everywhere.
fn write_sweep(path: &Path, noises: &[f64], cards: &[&str]) -> Result<(), RecordError> {
    let mut record = begin(path, "Accuracy against write noise")?;
    let points = noises.len() * cards.len();
    let learners = [LEARNERS[0], LEARNERS[1], LEARNERS[7], LEARNERS[9]];
    let mut finals_of: Vec<Vec<f64>> = vec![Vec::new(); learners.len()];
    let (mut swept, mut cards_of) = (Vec::new(), Vec::new());
    for p in 0..points {
        let (noise, card) = (noises[p / cards.len()], p % cards.len());
        swept.push(noise);
        cards_of.push(cards[card].to_owned());
        for (k, entry) in learners.iter().enumerate() {
            let worse = if entry.3 == "ideal" { 0.0 } else { 0.2 * noise * (1.0 + card as f64) };
            finals_of[k].extend(finals(&accuracies(entry.4 - worse, k)));
            let group = format!("/points/{p:06}/results/{}", entry.0);
            let path = format!("{group}/accuracy");
            let own = finals_of[k][p * SEEDS..].to_vec();
            record.write(&Dataset::vector(path, own, "1", "accuracy"))?;
            for (name, value) in [("synapses", entry.3), ("method", entry.1)] {
                record.attribute(&group, name, &Attribute::Text(value.into()))?;
            }
        }
    }
    for (entry, values) in learners.iter().zip(finals_of) {
        let path = format!("/results/{}/accuracy", entry.0);
        record.write(&Dataset::matrix(path, points, SEEDS, values, "1", "accuracy"))?;
        let counts = (0..points * SEEDS).map(|k| 1e8 * (1.0 + (k / SEEDS) as f64)).collect::<Vec<_>>();
        for counter in ["set_pulses", "reset_pulses"] {
            let path = format!("/results/{}/activity/{counter}", entry.0);
            record.write(&Dataset::matrix(path, points, SEEDS, counts.clone(), "1", "pulses"))?;
        }
    }
    if noises.len() > 1 {
        record.write(&Dataset::vector(
            "/sweep/arrays.design.cells.write_noise",
            swept,
            "1",
            "write noise",
        ))?;
    }
    if cards.len() > 1 {
        record.write(&Dataset::texts("/sweep/arrays.card", cards_of, "card"))?;
    }
    record.finish().map(drop)
}

#[test]
fn sweeps_show_the_drop_against_the_ideal_twin() -> Outcome {
    let (_guard, folder) = folder()?;
    let path = folder.join("sweep_noise.h5");
    write_sweep(&path, &[0.0, 0.05, 0.1, 0.2, 0.4], &["technology_c"])?;
    let html = report_of(&path)?;
    for part in ["Learning over the sweep", "Drop against ideal arithmetic", "Write noise", "Write pulses"] {
        assert!(html.contains(part), "{part}");
    }
    // Noise 0: the twin is 0.98 with the same numbers of another key, so a difference of a point at most.
    assert_eq!(html.matches("<td>BIR on arrays</td>").count(), 5);
    assert!(!html.contains("<h2>Sweep</h2>"), "{}", "nothing is shown twice");

    let path = folder.join("sweep_noise_and_card.h5");
    write_sweep(&path, &[0.0, 0.1, 0.2, 0.4], &["technology_a", "technology_b", "technology_c"])?;
    let html = report_of(&path)?;
    assert!(html.contains("Final accuracy: BIR on arrays"));
    assert!(html.contains("card = technology_b</text>"));

    let path = folder.join("sweep_card.h5");
    write_sweep(&path, &[0.1], &["technology_a", "technology_b", "technology_c"])?;
    let html = report_of(&path)?;
    assert!(html.contains(">(card = technology_b)</text>"));
    Ok(())
}
