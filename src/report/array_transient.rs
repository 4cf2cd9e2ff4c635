//! Arrays whose cells evolve: which cells the traces show, maps before and after, what every cell saw.

use super::figure::Figures;
use super::page::{Section, table};
use super::plot::heat::Heat;
use super::source::{Array, Source, capital};

/// Factor beyond which the change of a cell is left out of the map of the small ones.
const SWITCHED: f64 = 2.0;

/// The section, for the root or the first point of a sweep.
pub(crate) fn section(source: &mut Source) -> Option<Section> {
    let runs = source.runs();
    let prefix = runs
        .iter()
        .map(|(prefix, _)| prefix.clone())
        .find(|prefix| source.shapes.contains_key(&format!("{prefix}/results/conductance_after")))?;
    let path = |name: &str| format!("{prefix}/results/{name}");
    let body = watched(source, &path);
    let mut take = |name: &str| source.take(&path(name)).filter(|a| a.shape.len() == 2);
    let (before, after) = (take("conductance_before")?, take("conductance_after")?);
    let states = [take("state_before"), take("state_after")];
    let mut figures = Figures::default();
    let both = || before.values.iter().chain(&after.values).copied();
    let range = (both().fold(f64::INFINITY, f64::min), both().fold(0.0, f64::max));
    for (array, title) in [(&before, "Conductance before"), (&after, "Conductance after")] {
        let mut heat = map(title, array, &array.values, "Conductance", &array.unit);
        heat.log = range.0 > 0.0 && range.1 > 30.0 * range.0;
        heat.range = (range.1 > range.0).then_some(range);
        let caption = capital(&array.long_name);
        figures.add(&heat.svg(), &format!("{caption}. Both maps have the same colours."));
    }
    if let [Some(before), Some(after)] = &states {
        changes(&mut figures, before, after);
    }
    for (name, title) in [("largest_voltage", "Largest voltage"), ("energy_map", "Energy")] {
        if let Some(array) = take(name) {
            let mut heat = map(title, &array, &array.values, &capital(&array.long_name), &array.unit);
            let least = array.values.iter().copied().fold(f64::INFINITY, f64::min);
            let most = array.values.iter().copied().fold(0.0, f64::max);
            heat.log = least > 0.0 && most > 30.0 * least;
            figures.add(&heat.svg(), "");
        }
    }
    Section::of("Array before and after", format!("{body}{}", figures.html()))
}

/// Which cells the traces show.
fn watched(source: &mut Source, path: &dyn Fn(&str) -> String) -> String {
    let (rows, columns) = (source.take(&path("watched_row")), source.take(&path("watched_column")));
    let (Some(names), Some(rows), Some(columns)) = (source.texts(&path("watched")), rows, columns) else {
        return String::new();
    };
    source.mark(&path("watched"));
    let lines: Vec<Vec<String>> = names
        .iter()
        .zip(rows.values.iter().zip(&columns.values))
        .map(|(name, (row, column))| {
            let (cell, what) = name.split_once(": ").unwrap_or((name, ""));
            vec![capital(cell), what.to_owned(), row.to_string(), column.to_string()]
        })
        .collect();
    table(&["Trace", "Cell", "Word line", "Bit line"].map(str::to_owned), &lines)
}

/// The relative change of the state of the cells that did not switch.
fn changes(figures: &mut Figures, before: &Array, after: &Array) {
    let ratio = |(a, b): (&f64, &f64)| if *a == 0.0 { f64::NAN } else { b / a };
    let all: Vec<f64> = before.values.iter().zip(&after.values).map(ratio).collect();
    let small = |r: f64| r.is_finite() && (1.0 / SWITCHED..SWITCHED).contains(&r);
    let switched = all.iter().filter(|r| !small(**r)).count();
    let values: Vec<f64> = all.iter().map(|r| if small(*r) { 100.0 * (r - 1.0) } else { f64::NAN }).collect();
    if values.iter().all(|v| v.is_nan()) {
        return;
    }
    let heat = map("Change of the state", before, &values, "Relative change of the slow state", "%");
    let caption = format!(
        "Cells whose state changed by less than a factor of {SWITCHED}; {switched} changed by more and are left out."
    );
    figures.add(&heat.svg(), &caption);
}

fn map(title: &str, like: &Array, values: &[f64], label: &str, unit: &str) -> Heat {
    let (rows, columns) = match *like.shape.as_slice() {
        [rows, columns] => (rows, columns),
        _ => (0, 0),
    };
    Heat {
        title: title.to_owned(),
        rows,
        columns,
        values: values.to_vec(),
        row_label: "Word line".into(),
        column_label: "Bit line".into(),
        label: label.to_owned(),
        unit: unit.to_owned(),
        range: None,
        first: 0,
        ..Heat::default()
    }
}
