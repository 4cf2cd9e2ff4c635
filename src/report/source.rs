//! What the record holds, and what of it has been shown already.

use std::collections::{BTreeMap, BTreeSet};

use super::plot::unit;
use crate::record::{Dataset, RecordError, RecordFile, Values};

/// Rows of a trace read at most; a longer trace is thinned.
const MOST_ROWS: usize = 200_000;
/// Values of a result read at most; larger ones are listed, not drawn.
const MOST_VALUES: usize = 20_000_000;
/// Points of a sweep overlaid at most.
const MOST_POINTS: usize = 24;

/// A numeric array in memory.
#[derive(Debug, Clone)]
pub(crate) struct Array {
    pub(crate) shape: Vec<usize>,
    pub(crate) values: Vec<f64>,
    pub(crate) unit: String,
    pub(crate) long_name: String,
    pub(crate) scales: Vec<Option<String>>,
}

impl Array {
    /// The values of one entry of the leading dimension.
    pub(crate) fn row(&self, index: usize) -> &[f64] {
        let width = self.shape.iter().skip(1).product::<usize>();
        self.values.get(index * width..(index + 1) * width).unwrap_or_default()
    }

    /// The long name, or another text if there is none, beginning with a capital.
    pub(crate) fn name_or(&self, other: &str) -> String {
        capital(if self.long_name.is_empty() { other } else { &self.long_name })
    }
}

/// The record with the list of its datasets.
pub(crate) struct Source<'a> {
    pub(crate) file: &'a RecordFile,
    pub(crate) shapes: BTreeMap<String, Vec<usize>>,
    used: BTreeSet<String>,
}

impl<'a> Source<'a> {
    pub(crate) fn new(file: &'a RecordFile) -> Result<Self, RecordError> {
        let mut shapes = BTreeMap::new();
        for path in file.paths()? {
            // A dataset cut off by a crash has no readable shape and is left out.
            if let Ok(shape) = file.shape(&path) {
                shapes.insert(path, shape);
            }
        }
        Ok(Self { file, shapes, used: BTreeSet::new() })
    }

    /// Reads a numeric dataset and notes that it has been shown.
    pub(crate) fn take(&mut self, path: &str) -> Option<Array> {
        let array = self.peek(path)?;
        self.used.insert(path.to_owned());
        Some(array)
    }

    /// Reads a numeric dataset.
    pub(crate) fn peek(&self, path: &str) -> Option<Array> {
        let size: usize = self.shapes.get(path)?.iter().product();
        if size > MOST_VALUES {
            return None;
        }
        let Dataset { shape, values, unit, long_name, scales, .. } = self.file.read(path).ok()?;
        Some(Array { shape, values: values.to_f64()?, unit, long_name, scales })
    }

    /// The texts of a dataset.
    pub(crate) fn texts(&self, path: &str) -> Option<Vec<String>> {
        match self.file.read(path).ok()?.values {
            Values::Text(texts) => Some(texts),
            _ => None,
        }
    }

    /// Reads a column of a trace of this many rows and, at most, cells; thinned if it is long.
    pub(crate) fn column(&mut self, path: &str, rows: usize, cells: usize) -> Option<Array> {
        let shape = self.shapes.get(path)?.clone();
        let step = rows.div_ceil(MOST_ROWS.min(MOST_VALUES / cells.max(1)).max(1)).max(1);
        let width = shape.get(1).copied().unwrap_or(1);
        if shape.len() > 2 || shape.first()?.div_ceil(step) * width > MOST_VALUES {
            return None;
        }
        let values = self.file.every(path, step).ok()?;
        let few = self.file.unit_and_name(path).ok()?;
        self.used.insert(path.to_owned());
        let mut shape = shape;
        if let Some(first) = shape.first_mut() {
            *first = values.len() / width.max(1);
        }
        Some(Array { shape, values, unit: few.0, long_name: few.1, scales: Vec::new() })
    }

    pub(crate) fn mark(&mut self, path: &str) {
        self.used.insert(path.to_owned());
    }

    /// The datasets not shown so far.
    pub(crate) fn left(&self) -> Vec<String> {
        self.shapes.keys().filter(|path| !self.used.contains(*path)).cloned().collect()
    }

    /// Prefixes under which a run's own content lies: the root, or the points of a sweep (evenly
    /// chosen if there are many), each with a label.
    pub(crate) fn runs(&self) -> Vec<(String, String)> {
        let points = self.file.members("/points");
        let labels = self.labels();
        let mut runs = vec![(String::new(), String::new())];
        let count = points.len().min(MOST_POINTS);
        for k in 0..count {
            let index = if count > 1 { k * (points.len() - 1) / (count - 1) } else { 0 };
            if let Some(point) = points.get(index) {
                let number = point.parse().unwrap_or(index);
                let label = labels.get(number).cloned().unwrap_or_else(|| format!("point {number}"));
                runs.push((format!("/points/{point}"), label));
            }
        }
        runs
    }

    /// The swept parameters; the number of the point only where there is nothing else.
    fn parameters(&self) -> Vec<&String> {
        let all: Vec<&String> = self.shapes.keys().filter(|path| path.starts_with("/sweep/")).collect();
        if all.len() > 1 { all.into_iter().filter(|path| *path != "/sweep/point").collect() } else { all }
    }

    /// Labels without the name of the parameter and the name, if only one parameter varies.
    pub(crate) fn short_labels(&self) -> (String, Vec<String>) {
        let labels = self.labels();
        let name = labels.first().and_then(|l| l.split_once(" = ")).map(|(name, _)| name.to_owned());
        let Some(name) = name else { return (String::new(), labels) };
        let start = format!("{name} = ");
        let short: Option<Vec<String>> = labels
            .iter()
            .map(|l| l.strip_prefix(&start).filter(|l| !l.contains(" = ")).map(str::to_owned))
            .collect();
        match short {
            Some(short) => (capital(&name), short),
            None => (String::new(), labels),
        }
    }

    /// The columns of the sweep that vary: name, unit and values (numbers only).
    pub(crate) fn sweep(&self) -> Vec<(String, Array)> {
        self.parameters()
            .into_iter()
            .filter_map(|path| Some((parameter(path), self.peek(path)?)))
            .filter(|(_, a)| a.shape.len() == 1 && a.values.windows(2).any(|w| w.first() != w.last()))
            .collect()
    }

    /// The columns of the sweep that vary, or all of a single point: name, texts for people, and the values
    /// where they are numbers.
    pub(crate) fn varied(&self) -> Vec<(String, Vec<String>, Option<Array>)> {
        let column = |path: &String| {
            let array = self.peek(path).filter(|array| array.shape.len() == 1);
            let texts: Vec<String> = match &array {
                Some(array) => array.values.iter().map(|v| unit::quantity(*v, &array.unit)).collect(),
                None => self.texts(path).unwrap_or_default(),
            };
            let varies = texts.len() < 2 || texts.windows(2).any(|w| w.first() != w.last());
            varies.then(|| (parameter(path), texts, array))
        };
        self.parameters().into_iter().filter_map(column).collect()
    }

    /// A label for each point of the sweep: the parameters that vary.
    pub(crate) fn labels(&self) -> Vec<String> {
        let mut labels: Vec<String> = Vec::new();
        for (name, texts, _) in self.varied() {
            labels.resize(labels.len().max(texts.len()), String::new());
            for (label, text) in labels.iter_mut().zip(texts) {
                let comma = if label.is_empty() { "" } else { ", " };
                *label = format!("{label}{comma}{name} = {text}");
            }
        }
        labels
    }
}

/// The last part of a parameter's path, in words.
fn parameter(path: &str) -> String {
    path.rsplit(['/', '.']).next().unwrap_or(path).replace('_', " ")
}

/// With a capital first letter.
pub(crate) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + chars.as_str())
}
