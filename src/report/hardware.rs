//! What the hardware of a learner did: counters of reads, conversions, pulses, energies.

use super::learning_maths::{Mean, mean};
use super::page::{escape, table};
use super::plot::unit;
use super::source::{Array, Source, capital};

/// Counters in the order of the signal path; others follow.
const ORDER: [&str; 16] = [
    "products",
    "dac_conversions",
    "dac_clipped",
    "adc_conversions",
    "adc_clipped",
    "cell_reads",
    "set_pulses",
    "reset_pulses",
    "update_clipped",
    "failed_writes",
    "max_cell_pulses",
    "dead_cells",
    "saturated_cells",
    "opened_cells",
    "read_energy",
    "write_energy",
];

/// `<group>/<counter>`: one column for each of those (name, group) that did anything but multiply.
pub(crate) fn section(source: &mut Source, learners: &[(String, String)]) -> String {
    let mut counters: Vec<(String, String, Vec<String>)> = Vec::new();
    let mut columns = Vec::new();
    for (learner, group) in learners {
        let mut members = source.file.members(group);
        members.sort_by_key(|m| ORDER.iter().position(|o| o == m).unwrap_or(ORDER.len()));
        let arrays: Vec<(String, Array)> = members
            .into_iter()
            .filter_map(|m| source.take(&format!("{group}/{m}")).map(|a| (m, a)))
            .collect();
        let idle = |(name, a): &(String, Array)| name == "products" || a.values.iter().all(|v| *v == 0.0);
        if arrays.iter().all(idle) {
            continue;
        }
        for (member, array) in arrays {
            let text = cell(&array);
            let name = words(&member);
            let meaning = array.name_or("");
            let position = counters.iter().position(|(n, ..)| *n == name).unwrap_or_else(|| {
                let meaning = if meaning == name { String::new() } else { meaning };
                counters.push((name, meaning, Vec::new()));
                counters.len() - 1
            });
            if let Some((.., cells)) = counters.get_mut(position) {
                cells.resize(columns.len(), "–".to_owned());
                cells.push(text);
            }
        }
        columns.push(learner.clone());
    }
    if columns.is_empty() {
        return String::new();
    }
    let rows: Vec<Vec<String>> = counters
        .into_iter()
        .map(|(name, meaning, mut cells)| {
            cells.resize(columns.len(), "–".to_owned());
            [name, meaning].into_iter().chain(cells).collect()
        })
        .collect();
    let head: Vec<String> = ["Counter", "Meaning"].map(str::to_owned).into_iter().chain(columns).collect();
    let note = "Sums over all matrices of one training run; mean ± standard error over the seeds.";
    format!("<h3>{}</h3>\n<p>{note}</p>\n{}", escape("What the hardware did"), table(&head, &rows))
}

/// `ADC conversions` of `adc_conversions`.
fn words(member: &str) -> String {
    let word = |w: &str| match w {
        "adc" | "dac" | "set" | "reset" => w.to_uppercase(),
        other => other.to_owned(),
    };
    capital(&member.split('_').map(word).collect::<Vec<_>>().join(" "))
}

/// A single value, or mean ± standard error over the seeds.
fn cell(array: &Array) -> String {
    let Mean { mean, error } = mean(&array.values);
    unit::with_error(mean, error, &array.unit)
}
