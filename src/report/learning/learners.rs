//! The learners of a record: their names, their results, and how they are drawn.

use crate::record::Attribute;
use crate::report::learning_maths::Matrices;
use crate::report::plot::colour;
use crate::report::source::{Source, capital};

/// Ending of the name of a learner whose twin learns in ideal arithmetic.
const ON_ARRAYS: &str = "_on_arrays";

/// What the record holds of one learner.
pub(crate) struct Learner {
    /// Name for people.
    pub(crate) name: String,
    /// Its last part of the path.
    pub(crate) label: String,
    pub(crate) group: String,
    /// Attributes of the group.
    attributes: Vec<(String, Attribute)>,
    pub(crate) matrices: Option<Matrices>,
    /// Final accuracy of each seed, as written.
    pub(crate) accuracy: Vec<f64>,
}

/// How the lines of a learner are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// A reference: a broken line, and which of the two it is.
    Reference(&'static str),
    /// In ideal arithmetic: a line, in the colour of this number.
    Ideal(usize),
    /// On arrays: a dotted line in the colour of the same method in ideal arithmetic.
    Arrays(usize),
}

impl Style {
    /// The colour, where there are so many methods beside the references.
    pub(super) fn ink(self, methods: usize) -> String {
        match self {
            Self::Reference(ink) => ink.to_owned(),
            Self::Ideal(k) | Self::Arrays(k) => colour::method(k, methods),
        }
    }
}

/// Words of a label with the usual spelling of abbreviations.
pub(crate) fn spelt(label: &str) -> String {
    match label {
        "none" => return "No replay".to_owned(),
        "joint" => return "Joint training".to_owned(),
        _ => {}
    }
    let words: Vec<String> = label
        .split('_')
        .map(|word| match word {
            "ewc" | "si" | "er" | "dgr" | "bir" => word.to_uppercase(),
            "lwf" => "LwF".to_owned(),
            other => other.to_owned(),
        })
        .collect();
    capital(&words.join(" ").replacen("BIR SI", "BIR + SI", 1))
}

/// All learners below `/results` of a run (`base` is empty, or the path of a point of a sweep).
pub(crate) fn read(source: &mut Source, base: &str) -> Vec<Learner> {
    let root = format!("{base}/results");
    let mut names = source.file.members(&root);
    // The order given by the writer, if it gave one.
    let attributes = source.file.attributes(&root).unwrap_or_default();
    if let Some((_, Attribute::Texts(order))) = attributes.into_iter().find(|(name, _)| name == "learners") {
        names.sort_by_key(|name| order.iter().position(|o| o == name).unwrap_or(usize::MAX));
    }
    let mut learners = Vec::new();
    for label in names {
        let group = format!("{root}/{label}");
        let matrix = format!("{group}/accuracy_matrix");
        let short = source.shapes.get(&matrix).is_some_and(|shape| shape.len() <= 3);
        let matrices =
            if short { source.take(&matrix).and_then(|a| Matrices::new(&a.shape, a.values)) } else { None };
        let accuracy = format!("{group}/accuracy");
        let flat = source.shapes.get(&accuracy).is_some_and(|shape| shape.len() == 1);
        let accuracy =
            if flat { source.take(&accuracy).map(|a| a.values).unwrap_or_default() } else { Vec::new() };
        if matrices.is_none() && accuracy.is_empty() {
            continue;
        }
        let attributes = source.file.attributes(&group).unwrap_or_default();
        learners.push(Learner { name: spelt(&label), label, group, attributes, matrices, accuracy });
    }
    name_synapses(&mut learners);
    learners
}

/// Says on which synapses a learner learns, where neither its name nor the others do.
fn name_synapses(learners: &mut [Learner]) {
    let mut kinds: Vec<&str> = learners.iter().filter_map(|l| l.text("synapses")).collect();
    kinds.retain(|kind| *kind != "ideal");
    kinds.dedup();
    let alike = kinds.len() < 2;
    for learner in learners {
        let Some(synapses) = learner.text("synapses").filter(|synapses| *synapses != "ideal") else {
            continue;
        };
        if !(alike && learner.label.ends_with(ON_ARRAYS)) {
            learner.name = format!("{} ({synapses})", learner.name);
        }
    }
}

impl Learner {
    /// A text that the writer gave about it.
    pub(crate) fn text(&self, wanted: &str) -> Option<&str> {
        self.attributes.iter().find_map(|(name, value)| match value {
            Attribute::Text(text) if name == wanted => Some(text.as_str()),
            _ => None,
        })
    }

    pub(crate) fn is_joint(&self) -> bool {
        self.label == "joint"
    }

    pub(crate) fn is_on_arrays(&self) -> bool {
        self.text("synapses").is_some_and(|synapses| synapses != "ideal")
    }

    /// Drawn broken, in black or grey.
    pub(crate) fn is_reference(&self) -> bool {
        let name = self.label.to_lowercase();
        ["none", "no_replay", "joint", "lower", "upper", "reference", "finetune"]
            .iter()
            .any(|w| name.contains(w))
    }

    /// The name without what says that it learns on arrays.
    fn base(&self) -> &str {
        self.label.strip_suffix(ON_ARRAYS).unwrap_or(&self.label)
    }

    /// Final accuracy of each seed.
    pub(crate) fn last(&self) -> Vec<f64> {
        if self.accuracy.is_empty() {
            self.matrices.as_ref().map(Matrices::last).unwrap_or_default()
        } else {
            self.accuracy.clone()
        }
    }
}

/// How each learner is drawn; methods have their colours in the order in which they appear.
pub(crate) fn styles(learners: &[Learner]) -> Vec<Style> {
    let mut seen: Vec<&str> = Vec::new();
    learners
        .iter()
        .map(|learner| {
            if learner.is_reference() && !learner.is_on_arrays() {
                let lower = !["joint", "upper"].iter().any(|w| learner.label.to_lowercase().contains(w));
                return Style::Reference(if lower { "#7F7F7F" } else { "#000000" });
            }
            let base = learner.base();
            let family = seen.iter().position(|other| *other == base).unwrap_or_else(|| {
                seen.push(base);
                seen.len() - 1
            });
            if learner.is_on_arrays() { Style::Arrays(family) } else { Style::Ideal(family) }
        })
        .collect()
}

/// The learner in ideal arithmetic that differs from one on arrays in nothing else: the one of its name, else
/// of its settings, else the first of its method.
pub(crate) fn twin<'a>(learner: &Learner, all: &'a [Learner]) -> Option<&'a Learner> {
    let ideal = || all.iter().filter(|other| !other.is_on_arrays());
    let same = |what: &str| {
        let own = learner.text(what)?;
        ideal().find(|other| other.text(what) == Some(own))
    };
    ideal()
        .find(|other| other.label == learner.base())
        .or_else(|| same("settings"))
        .or_else(|| same("method"))
        .filter(|_| learner.is_on_arrays())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn learner(label: &str, synapses: &str, method: &str) -> Learner {
        let text = |name: &str, value: &str| (name.to_owned(), Attribute::Text(value.to_owned()));
        Learner {
            name: spelt(label),
            label: label.to_owned(),
            group: String::new(),
            attributes: vec![text("synapses", synapses), text("method", method)],
            matrices: None,
            accuracy: vec![0.5],
        }
    }

    #[test]
    fn abbreviations_are_spelt_as_usual() {
        let names = ["bir_si_on_arrays", "lwf", "bir", "dgr", "bir_without_gates", "generative_replay"];
        let spelt = names.map(spelt);
        let expected = ["BIR + SI on arrays", "LwF", "BIR", "DGR", "BIR without gates", "Generative replay"];
        assert_eq!(spelt, expected);
    }

    #[test]
    fn synapses_are_named_where_they_differ_or_the_name_is_silent() {
        let named = |mut all: Vec<Learner>| {
            name_synapses(&mut all);
            all.into_iter().map(|l| l.name).collect::<Vec<_>>()
        };
        let (ideal, arrays) = (learner("bir", "ideal", "bir"), |card| learner("bir_on_arrays", card, "bir"));
        assert_eq!(named(vec![ideal, arrays("a"), arrays("a")]), ["BIR", "BIR on arrays", "BIR on arrays"]);
        assert_eq!(named(vec![arrays("a"), arrays("b")]), ["BIR on arrays (a)", "BIR on arrays (b)"]);
        assert_eq!(named(vec![learner("own", "a", "bir")]), ["Own (a)"]);
    }

    #[test]
    fn a_learner_on_arrays_shares_the_colour_of_its_twin() {
        let all = [
            learner("none", "ideal", "none"),
            learner("dgr", "ideal", "dgr"),
            learner("bir", "ideal", "bir"),
            learner("bir_on_arrays", "technology_c", "bir"),
            learner("other_teacher", "technology_c", "dgr"),
            learner("alone", "technology_c", "er"),
            learner("joint_on_arrays", "technology_c", "joint"),
        ];
        let expected = [
            Style::Reference("#7F7F7F"),
            Style::Ideal(0),
            Style::Ideal(1),
            Style::Arrays(1),
            Style::Arrays(2),
            Style::Arrays(3),
            Style::Arrays(4),
        ];
        assert_eq!(styles(&all), expected);
        let twins = all.iter().map(|l| twin(l, &all).map(|t| t.label.as_str()));
        assert_eq!(twins.collect::<Vec<_>>(), [None, None, None, Some("bir"), Some("dgr"), None, None]);
    }
}
