//! Where the points of a sweep lie: along one axis, and on which of several curves.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::report::learning_maths::{Mean, mean};
use crate::report::plot::chart::{Chart, Line};
use crate::report::plot::ticks::Axis;
use crate::report::source::{Array, Source, capital};

/// Parameters that make repeats and no places of their own.
const REPEATS: [&str; 2] = ["seed", "point"];

/// Points of a sweep. The axis is the number that takes most values; what else varies makes curves. Where no
/// number varies, points have names.
pub(super) struct Places {
    axis: Option<Axis>,
    x: Vec<f64>,
    /// What is said of each point.
    labels: Vec<String>,
    /// Number of the curve of each point.
    curve: Vec<usize>,
    /// What is said of each curve; nothing where there is one.
    curves: Vec<String>,
}

impl Places {
    /// The places of a sweep that varies something.
    pub(super) fn new(source: &Source) -> Option<Self> {
        let mut columns = source.varied();
        columns.retain(|(name, ..)| !REPEATS.contains(&name.as_str()));
        Self::of(&columns)
    }

    fn of(columns: &[(String, Vec<String>, Option<Array>)]) -> Option<Self> {
        let points = columns.first().map(|(_, texts, _)| texts.len())?;
        let distinct = |texts: &[String]| texts.iter().collect::<BTreeSet<_>>().len();
        let along = (0..columns.len())
            .filter(|k| columns[*k].2.is_some())
            .max_by_key(|k| (distinct(&columns[*k].1), Reverse(*k)));
        let axis = along.and_then(|k| {
            let (name, _, array) = &columns[k];
            let array = array.as_ref()?;
            let axis = Axis::new(&capital(name), &array.unit);
            let (low, high) =
                array.values.iter().fold((f64::INFINITY, 0.0_f64), |(a, b), v| (a.min(*v), b.max(*v)));
            let axis = if low > 0.0 && high / low > 30.0 { axis.log() } else { axis };
            Some((axis, array.values.clone()))
        });
        let (axis, x) = axis.map_or((None, vec![0.0; points]), |(axis, x)| (Some(axis), x));
        let label = |p: usize, without: Option<usize>| {
            let columns = columns.iter().enumerate().filter(|(k, _)| Some(*k) != without);
            let parts = columns
                .map(|(_, (name, texts, _))| format!("{name} = {}", texts.get(p).map_or("", String::as_str)));
            parts.collect::<Vec<_>>().join(", ")
        };
        let mut curves: Vec<String> = Vec::new();
        let curve = (0..points)
            .map(|p| {
                let own = if along.is_some() { label(p, along) } else { String::new() };
                curves.iter().position(|other| *other == own).unwrap_or_else(|| {
                    curves.push(own);
                    curves.len() - 1
                })
            })
            .collect();
        let labels = (0..points).map(|p| label(p, None)).collect();
        Some(Self { axis, x, labels, curve, curves })
    }

    /// Number of points.
    pub(super) fn points(&self) -> usize {
        self.x.len()
    }

    /// Points have names, not places on an axis.
    pub(super) fn is_named(&self) -> bool {
        self.axis.is_none()
    }

    /// What is said of a point.
    pub(super) fn label(&self, point: usize) -> String {
        self.labels.get(point).cloned().unwrap_or_default()
    }

    /// What is said of each curve.
    pub(super) fn curves(&self) -> &[String] {
        &self.curves
    }

    /// The points of a curve from left to right, those of one place together.
    fn groups(&self, curve: usize) -> Vec<Vec<usize>> {
        let mut points: Vec<usize> = (0..self.points()).filter(|p| self.curve[*p] == curve).collect();
        points.sort_by(|a, b| self.x[*a].total_cmp(&self.x[*b]));
        points.chunk_by(|a, b| self.x[*a].total_cmp(&self.x[*b]).is_eq()).map(<[usize]>::to_vec).collect()
    }

    /// Places of a curve, and mean and standard error of what the points there have.
    pub(super) fn means(&self, curve: usize, values: &dyn Fn(usize) -> Vec<f64>) -> (Vec<f64>, Vec<Mean>) {
        let groups = self.groups(curve).into_iter();
        groups
            .map(|points| {
                let x = points.first().map_or(f64::NAN, |p| self.x[*p]);
                (x, mean(&points.into_iter().flat_map(values).collect::<Vec<_>>()))
            })
            .unzip()
    }

    /// All curves are the same, so that one is enough.
    pub(super) fn is_same(&self, array: &Array) -> bool {
        let first = self.means(0, &|p| array.row(p).to_vec());
        (1..self.curves.len()).all(|curve| self.means(curve, &|p| array.row(p).to_vec()) == first)
    }

    /// A diagram over the axis.
    pub(super) fn chart(&self, title: &str, y: Axis, lines: Vec<Line>) -> Chart {
        let x = self.axis.clone().unwrap_or_default();
        Chart { title: title.to_owned(), x, y, lines, legend: String::new() }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn column(name: &str, values: &[f64]) -> (String, Vec<String>, Option<Array>) {
        let array = Array {
            shape: vec![values.len()],
            values: values.to_vec(),
            unit: "1".into(),
            long_name: String::new(),
            scales: Vec::new(),
        };
        (name.into(), values.iter().map(f64::to_string).collect(), Some(array))
    }

    #[test]
    fn the_number_with_most_values_is_the_axis_and_the_rest_make_curves() {
        let card = ("card".to_owned(), ["a", "b", "a", "b", "a", "b"].map(String::from).to_vec(), None);
        let noise = column("noise", &[0.1, 0.1, 0.3, 0.3, 0.2, 0.2]);
        let places = Places::of(&[card.clone(), noise]).unwrap();
        assert_eq!(places.curves(), ["card = a", "card = b"]);
        assert!(!places.is_named());
        assert_eq!(places.label(1), "card = b, noise = 0.1");
        let (x, means) = places.means(1, &|p| vec![p as f64]);
        assert_eq!(x, [0.1, 0.2, 0.3]);
        assert_eq!(means.iter().map(|m| m.mean).collect::<Vec<_>>(), [1.0, 5.0, 3.0]);
        let named = Places::of(&[card]).unwrap();
        assert!(named.is_named() && named.curves() == [""]);
        assert!(Places::of(&[]).is_none());
    }
}
