//! What arrays cost: energy, time and area by part.

use std::fmt::Write as _;

use super::learning_maths::{Mean, mean};
use super::page::{escape, table};
use super::plot::unit;
use super::source::{Array, Source, capital};
use crate::record::Attribute;

/// `<group>/cost/…`: a table for each learner (name, group) that has them.
pub(crate) fn section(source: &mut Source, learners: &[(String, String)]) -> String {
    let mut html = String::new();
    for (learner, group) in learners {
        let group = format!("{group}/cost");
        let Some(parts) = source.texts(&format!("{group}/part")) else { continue };
        let [energy, time, area] =
            ["energy", "time", "area"].map(|name| source.take(&format!("{group}/{name}")));
        let (Some(energy), Some(time), Some(area)) = (energy, time, area) else { continue };
        source.mark(&format!("{group}/part"));
        // Over the runs: of one part, or of all.
        let over_runs = |array: &Array, part: Option<usize>| {
            let runs = array.values.chunks(parts.len().max(1));
            let values: Vec<f64> = runs
                .map(|run| {
                    part.map_or_else(|| run.iter().sum(), |part| run.get(part).copied().unwrap_or(0.0))
                })
                .collect();
            let Mean { mean, error } = mean(&values);
            unit::with_error(mean, error, &array.unit)
        };
        let row = |name: &str, part: Option<usize>| {
            let size = part.map_or_else(
                || area.values.iter().sum(),
                |part| area.values.get(part).copied().unwrap_or(0.0),
            );
            let size = format!("{} mm²", unit::number(size * 1e6));
            vec![capital(&name.replace('_', " ")), over_runs(&energy, part), over_runs(&time, part), size]
        };
        // A card that counts a part within another gives it no figures.
        let is_counted = |i: usize| {
            let of_runs =
                |array: &Array| array.values.chunks(parts.len()).any(|run| run.get(i) != Some(&0.0));
            of_runs(&energy) || of_runs(&time) || of_runs(&area)
        };
        let (counted, without): (Vec<usize>, Vec<usize>) = (0..parts.len()).partition(|i| is_counted(*i));
        let mut rows: Vec<Vec<String>> = counted.into_iter().map(|i| row(&parts[i], Some(i))).collect();
        rows.push(row("all", None));
        let head = ["Part", "Energy", "Time at work", "Area"].map(str::to_owned);
        let title = escape(&format!("What it cost: {learner}"));
        let _ = write!(html, "<h3>{title}</h3>\n{}", table(&head, &rows));
        if !without.is_empty() {
            let names: Vec<String> = without.iter().map(|i| parts[*i].replace('_', " ")).collect();
            let text = format!("Without figures of their own on the cost card: {}.", names.join(", "));
            let _ = writeln!(html, "<p>{}</p>", escape(&text));
        }
        if let Ok(attributes) = source.file.attributes(&format!("{group}/energy")) {
            for (name, value) in attributes {
                if let ("without", Attribute::Texts(sentences)) = (name.as_str(), value) {
                    let _ = writeln!(html, "<p>{}</p>", escape(&sentences.join(" ")));
                }
            }
        }
    }
    html
}
