//! Tables of learners: measures of continual learning, and what the learners take.

use super::learners::Learner;
use crate::report::learning_maths::{Matrices, Mean, mean};
use crate::report::page::{escape, table};
use crate::report::plot::unit;
use crate::report::source::{Array, Source, capital};

/// Bytes of a number kept beside the weights.
const BYTES: f64 = 4.0;

/// Accuracy, transfer and forgetting.
pub(super) fn measures(source: &mut Source, learners: &[Learner]) -> String {
    if learners.is_empty() {
        return String::new();
    }
    let usable = |v: &Vec<f64>| v.iter().any(|x| x.is_finite());
    let show = |values: Option<Vec<f64>>| match values.filter(usable) {
        Some(values) => {
            let Mean { mean, error } = mean(&values);
            format!("{:.1} ± {:.1}", 100.0 * mean, 100.0 * error).replace('-', "\u{2212}")
        }
        None => "–".to_owned(),
    };
    let head = [
        "Learner",
        "Synapses",
        "Final accuracy",
        "Backward transfer",
        "Forward transfer",
        "Forgetting (from best)",
        "Forgetting (from first)",
        "Seeds",
    ]
    .map(str::to_owned);
    let mut rows = Vec::new();
    for l in learners {
        let m = l.matrices.as_ref();
        let seeds = m.map_or(l.accuracy.len(), |m| m.seeds).to_string();
        let mut recorded = |name: &str| source.take(&format!("{}/{name}", l.group)).map(|a| a.values);
        let transfer = recorded("backward_transfer").or_else(|| m.and_then(Matrices::backward_transfer));
        let forward = recorded("forward_transfer");
        let best = recorded("forgetting_from_best").or_else(|| m.and_then(Matrices::forgetting));
        let first = recorded("forgetting_from_first");
        let name = match (l.label.as_str(), l.text("title").map(capital)) {
            ("none", _) => format!("{}, lower reference", l.name),
            ("joint", _) => format!("{}, upper reference", l.name),
            (_, Some(title)) => format!("{}: {title}", l.name),
            _ => l.name.clone(),
        };
        let synapses = l.text("synapses").unwrap_or("–").to_owned();
        let mut row = vec![name, synapses, show(Some(l.last()))];
        row.extend([transfer, forward, best, first].map(show));
        row.push(seeds);
        rows.push(row);
    }
    let mut judged: Vec<&str> = learners.iter().filter_map(|l| l.text("evaluated_on")).collect();
    judged.dedup();
    let judged = match judged.as_slice() {
        [set] => format!("Judged on {} samples. ", escape(set)),
        _ => String::new(),
    };
    format!(
        "<h3>Measures in percent (mean ± standard error)</h3>\n{}<p>{judged}With R[i][j] the accuracy on context j \
         after training context i of T: backward transfer is the mean of R[T][j] − R[j][j], forward transfer \
         that of R[j−1][j] minus the accuracy before any training, forgetting from best that of the largest \
         R[i][j] minus R[T][j], forgetting from first that of R[j][j] − R[T][j].</p>\n",
        table(&head, &rows)
    )
}

/// Numbers in digital memory, writes, energy and time of each learner.
pub(super) fn demands(source: &mut Source, learners: &[Learner]) -> String {
    let mut rows = Vec::new();
    for learner in learners {
        let mut stored = |name: &str| {
            let array = source.take(&format!("{}/stored/{name}", learner.group))?;
            Some(mean(&array.values).mean)
        };
        let parts = ["parameters", "optimiser", "importance", "samples", "teacher"].map(&mut stored);
        if parts.iter().all(Option::is_none) {
            continue;
        }
        let size = |value: &Option<f64>| match value {
            Some(value) if *value > 0.0 => unit::number(*value),
            _ => "–".to_owned(),
        };
        let [parameters, beside @ ..] = &parts;
        let kilobytes = beside.iter().flatten().sum::<f64>() * BYTES / 1000.0;
        let activity = |name: &str| source.peek(&format!("{}/activity/{name}", learner.group));
        let writes = sum_of([activity("set_pulses"), activity("reset_pulses")]);
        let most = activity("max_cell_pulses").map(|array| array.values);
        let cost = |name: &str| total(source.peek(&format!("{}/cost/{name}", learner.group)));
        let cells = sum_of([activity("read_energy"), activity("write_energy")]);
        let shown = |values: Option<Vec<f64>>, unit: &str| match values {
            Some(values) if values.iter().any(|v| *v > 0.0) => {
                let Mean { mean, error } = mean(&values);
                unit::with_error(mean, error, unit)
            }
            _ => "–".to_owned(),
        };
        let mut row = vec![learner.name.clone(), size(parameters)];
        row.extend(beside.iter().map(size));
        row.push(format!("{} kB", unit::number(kilobytes)));
        row.extend([
            shown(writes, "1"),
            shown(most, "1"),
            shown(cost("energy").or(cells), "J"),
            shown(cost("time"), "s"),
        ]);
        rows.push(row);
    }
    if rows.is_empty() {
        return String::new();
    }
    let head = [
        "Learner",
        "Parameters",
        "Optimiser",
        "Penalty",
        "Stored samples",
        "Teacher",
        "Digital memory beside the weights",
        "Write pulses",
        "On the busiest cell",
        "Energy",
        "Time at work",
    ]
    .map(str::to_owned);
    format!(
        "<h3>What the learners take</h3>\n{}<p>Parameters to teacher: numbers of 32 bits, at their largest. Pulses, \
         energy and time are those of arrays, for one training run (mean ± standard error over the seeds); energy \
         and time with peripheries where the card has figures for them, else of the cells alone.</p>\n",
        table(&head, &rows)
    )
}

/// Sum over arrays of one value for each seed.
fn sum_of(arrays: [Option<Array>; 2]) -> Option<Vec<f64>> {
    arrays.into_iter().flatten().map(|array| array.values).reduce(|mut sum, other| {
        sum.iter_mut().zip(&other).for_each(|(sum, value)| *sum += value);
        sum
    })
}

/// Sum over the parts of the hardware, for each seed.
fn total(costs: Option<Array>) -> Option<Vec<f64>> {
    let costs = costs?;
    let parts = *costs.shape.last()?;
    Some(costs.values.chunks(parts.max(1)).map(|run| run.iter().sum()).collect())
}
