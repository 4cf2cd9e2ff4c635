//! Learning: accuracy over contexts, accuracy and confusion matrices, generated samples, measures, what the
//! hardware did, and sweeps: what arrays lose against ideal arithmetic.

mod conduction;
mod courses;
mod front_end;
mod learners;
mod losses;
mod matrices;
mod measures;
mod places;
mod samples;
mod sweep;
mod wear;

use std::fmt::Write as _;

use self::learners::Learner;
use super::figure::Figures;
use super::page::Section;
use super::source::Source;
use super::{cost, hardware};
use crate::record::Attribute;

/// The sections on learning: of the run, and of a sweep over its points.
pub(crate) fn sections(source: &mut Source) -> Vec<Section> {
    run(source).into_iter().chain(sweep::section(source)).collect()
}

fn run(source: &mut Source) -> Option<Section> {
    let learners = learners::read(source, "");
    if learners.is_empty() {
        return None;
    }
    let chance = numbers(source, "/results", "chance");
    let names = class_names(source);
    let mut figures = Figures::default();
    courses::over_contexts(&mut figures, &learners, &chance);
    courses::final_bars(&mut figures, &learners);
    let mut body = figures.html();
    body += &measures::measures(source, &learners);
    let mut part = |title: &str, note: &str, draw: &mut dyn FnMut(&mut Figures)| {
        let mut figures = Figures::default();
        draw(&mut figures);
        if figures.count() > 0 {
            let _ = write!(body, "<h3>{title}</h3>\n<p>{note}</p>\n{}", figures.html());
        }
    };
    let mut note = "Accuracy in percent, mean over the seeds.".to_owned();
    if learners.iter().any(Learner::is_joint) {
        note += " Joint training has all classes from the start; a row is as much training as the others had by then.";
    }
    part("Accuracy matrices", &note, &mut |figures| matrices::accuracy(figures, &learners));
    let note = "Columns are classes, rows the contexts after which the samples of the first seed were drawn.";
    part("Generated samples", note, &mut |figures| {
        for learner in &learners {
            samples::draw(source, figures, (&learner.group, &learner.name), &names);
        }
    });
    let note = "What the traces conduct that the learners made of each class.";
    part("Compliance law of generated traces", note, &mut |figures| {
        conduction::draw(source, figures, &learners);
    });
    let note = "Decisions at the end in percent of the judged samples of a label, all seeds together.";
    part("Confusion matrices", note, &mut |figures| matrices::confusion(source, figures, &learners, &names));
    body += &front_end::section(source);
    body += &wear::section(source, &learners);
    body += &losses::section(source, &learners);
    body += &measures::demands(source, &learners);
    body += &of_hardware(source, &learners);
    for learner in &learners {
        source.mark(&format!("{}/class_order", learner.group));
    }
    Section::of("Learning", body)
}

/// Counters and costs.
fn of_hardware(source: &mut Source, learners: &[Learner]) -> String {
    let mut active = Vec::new();
    for Learner { name, group, .. } in learners {
        active.push((name.clone(), format!("{group}/activity")));
        active.push((format!("{name}, teacher"), format!("{group}/teacher_activity")));
        active.push((format!("{name}, front end"), format!("{group}/front_end_activity")));
    }
    let named: Vec<(String, String)> = learners.iter().map(|l| (l.name.clone(), l.group.clone())).collect();
    hardware::section(source, &active) + &cost::section(source, &named)
}

/// A list of numbers that the writer gave about a group.
fn numbers(source: &Source, group: &str, wanted: &str) -> Vec<f64> {
    let attributes = source.file.attributes(group).unwrap_or_default();
    attributes
        .into_iter()
        .find_map(|(name, value)| match value {
            Attribute::F64s(values) if name == wanted => Some(values),
            Attribute::F64(value) if name == wanted => Some(vec![value]),
            _ => None,
        })
        .unwrap_or_default()
}

/// What the classes are called, if the writer says so.
fn class_names(source: &Source) -> Vec<String> {
    let attributes = source.file.attributes("/results").unwrap_or_default();
    attributes
        .into_iter()
        .find_map(|(name, value)| match value {
            Attribute::Texts(names) if name == "class_names" => Some(names),
            _ => None,
        })
        .unwrap_or_default()
}
