//! Accuracy matrices and confusion matrices of every learner.

use super::learners::Learner;
use crate::report::figure::Figures;
use crate::report::plot::heat::Heat;
use crate::report::source::Source;

/// R[i][j] of every learner in percent, mean over the seeds.
pub(super) fn accuracy(figures: &mut Figures, learners: &[Learner]) {
    for learner in learners {
        let Some(m) = learner.matrices.as_ref().filter(|m| m.after > 1) else { continue };
        let heat = Heat {
            title: learner.name.clone(),
            rows: m.after,
            columns: m.on,
            values: m.mean_matrix().into_iter().map(|v| 100.0 * v).collect(),
            row_label: "After training context".into(),
            column_label: "Tested on context".into(),
            label: "Accuracy".into(),
            unit: "%".into(),
            range: Some((0.0, 100.0)),
            first: 1,
            bare: true,
            ..Heat::default()
        };
        figures.add(&heat.svg(), "");
    }
}

/// Decisions by label at the end, all seeds together, in percent of the samples of the label.
pub(super) fn confusion(source: &mut Source, figures: &mut Figures, learners: &[Learner], names: &[String]) {
    for learner in learners {
        let path = format!("{}/confusion", learner.group);
        if source.shapes.get(&path).is_none_or(|shape| shape.len() != 3) {
            continue;
        }
        let Some(counts) = source.take(&path) else { continue };
        let [runs, units, columns] = *counts.shape.as_slice() else { continue };
        if units != columns || units < 2 || runs == 0 {
            continue;
        }
        let mut values = vec![0.0; units * units];
        for run in counts.values.chunks_exact(units * units) {
            values.iter_mut().zip(run).for_each(|(sum, count)| *sum += count);
        }
        for row in values.chunks_exact_mut(units) {
            let all: f64 = row.iter().sum();
            for share in row.iter_mut() {
                *share *= 100.0 / all;
            }
        }
        let named = names.len() == units && names.iter().enumerate().any(|(i, name)| *name != i.to_string());
        let heat = Heat {
            title: learner.name.clone(),
            rows: units,
            columns: units,
            values,
            row_label: "Label".into(),
            column_label: "Decision".into(),
            label: "Share of the label's samples".into(),
            unit: "%".into(),
            range: Some((0.0, 100.0)),
            bare: true,
            row_names: if named { names.to_vec() } else { Vec::new() },
            ..Heat::default()
        };
        figures.add(&heat.svg(), "");
    }
}
