//! Arrays: maps of voltages, currents, power and conductances, the currents in a diagram of the array, the
//! drop along the lines.

mod diagram;
mod drop;
mod lines;

use super::figure::Figures;
use super::page::{Section, escape, table};
use super::plot::heat::Heat;
use super::plot::unit::quantity;
use super::source::{Array, Source};
use crate::record::Attribute;

/// The section on arrays, for the root or the first point of a sweep.
pub(crate) fn section(source: &mut Source) -> Option<Section> {
    let runs = source.runs();
    let (prefix, label) = runs
        .iter()
        .find(|(prefix, _)| is_map(source, &format!("{prefix}/results/node_voltage_word")))
        .or_else(|| runs.iter().find(|(prefix, _)| is_map(source, &format!("{prefix}/results/conductance"))))?
        .clone();
    let mut taken = Taken { source, prefix };
    let numbers = taken.numbers();
    let crossed = taken.crossed();
    let (word, bit) = (taken.map("node_voltage_word"), taken.map("node_voltage_bit"));
    let (conductance, fault) = (taken.map("conductance"), taken.map("fault"));
    let (mut current, mut across) = (taken.map("cell_current"), taken.map("cell_voltage"));
    let (power, temperature) = (taken.map("cell_power"), taken.map("temperature"));
    if let (None, Some(word), Some(bit)) = (&across, &word, &bit)
        && word.shape == bit.shape
    {
        across = Some(combine(word, bit, "V", "voltage across each cell", |a, b| a - b));
    }
    let computed = current.is_none();
    if let (None, Some(g), Some(v)) = (&current, &conductance, &across)
        && g.shape == v.shape
    {
        current = Some(combine(g, v, "A", "current through each cell", |g, v| g * v));
    }
    let driven = if crossed { "Word line" } else { "Source line" };
    let mut figures = Figures::default();
    let broken = fault.as_ref().map(faults_in_words).unwrap_or_default();
    let maps = [
        (&conductance, "Conductance of the cells", broken.as_str()),
        (&word, "Voltage of the word-line nodes", ""),
        (&bit, "Voltage of the bit-line nodes", ""),
        (&across, "Voltage across the cells", "Word-line node minus bit-line node."),
        (
            &current,
            "Current of the cells",
            if computed { "Conductance times voltage across the cell." } else { "" },
        ),
        (&power, "Power of the cells", ""),
        (&temperature, "Temperature of the cells", ""),
    ];
    for (array, title, caption) in maps {
        if let Some(array) = array {
            let mut heat = map(&named(title, crossed), array, &named(&array.long_name, crossed));
            heat.row_label = if crossed { "Word line" } else { "Row" }.into();
            let mut grey = "";
            if matches!(array.unit.as_str(), "S" | "A" | "W") && spans_decades(array) {
                heat.log = true;
                if heat.values.contains(&0.0) {
                    heat.values.iter_mut().filter(|v| **v == 0.0).for_each(|v| *v = f64::NAN);
                    grey = " Grey: zero.";
                }
            }
            let averaged =
                if heat.is_averaged() { " Each colour is the mean over a block of cells." } else { "" };
            figures.add(&heat.svg(), format!("{}{grey}{averaged}", named(caption, crossed)).trim());
        }
    }
    let lines = ["word", "bit"].map(|name| {
        let [near, far] = ["", "_far"].map(|end| taken.take(&format!("{name}_line{end}_current")));
        near.map(|near| (near, far))
    });
    let bridges = fault.is_some_and(|f| f.values.iter().any(|code| *code as u8 & 32 != 0));
    if let (Some(current), Some(conductance), [Some(words), Some(bits)], true, false) =
        (&current, &conductance, &lines, crossed, bridges)
        && let Some(svg) = diagram::svg(current, conductance, words, bits)
    {
        figures.add(
            &svg,
            "Word lines run to the right from their drivers, bit lines down to their sense amplifiers, the cells \
             between them; everything is coloured by the size of its current. Grey: no current can flow.",
        );
    }
    if let (Some(word), Some(bit), true) = (&word, &bit, crossed) {
        drop::drop_along(&mut figures, word, bit);
    }
    if let Some(input) = taken.map("input") {
        let mut heat = map("Inputs", &input, "voltage");
        (heat.row_label, heat.column_label) = ("Input".into(), driven.into());
        figures.add(&heat.svg(), "");
    }
    for (line, axis) in lines.iter().zip([driven, "Bit line"]) {
        if let Some((near, far)) = line {
            lines::line_currents(&mut figures, near, far.as_ref(), axis);
        }
    }
    let mut body = figures.html();
    if !body.is_empty() {
        body = format!("{numbers}{body}");
        if !label.is_empty() {
            body = format!("<p>Shown for one point of the sweep: {}.</p>\n{body}", escape(&label));
        }
    }
    Section::of("Array", body)
}

/// A text on word lines, of source lines where an array has these.
fn named(text: &str, crossed: bool) -> String {
    if crossed {
        return text.to_owned();
    }
    [("word-line", "source-line"), ("Word-line", "Source-line"), ("word line", "source line")]
        .iter()
        .fold(text.to_owned(), |text, (word, source)| text.replace(word, source))
}

/// The results of one run.
struct Taken<'a, 'b> {
    source: &'a mut Source<'b>,
    prefix: String,
}

impl Taken<'_, '_> {
    fn take(&mut self, name: &str) -> Option<Array> {
        self.source.take(&format!("{}/results/{name}", self.prefix))
    }

    fn map(&mut self, name: &str) -> Option<Array> {
        is_map(self.source, &format!("{}/results/{name}", self.prefix)).then(|| self.take(name)).flatten()
    }

    /// Word lines run along the rows.
    fn crossed(&self) -> bool {
        let path = format!("{}/results/conductance", self.prefix);
        let attributes = self.source.file.attributes(&path).unwrap_or_default();
        !attributes
            .iter()
            .any(|(name, value)| name == "topology" && *value == Attribute::Text("source_lines".to_owned()))
    }

    /// A table of the single numbers; of many inputs the mean and the largest.
    fn numbers(&mut self) -> String {
        let methods = format!("{}/results/method", self.prefix);
        let mut rows = Vec::new();
        if let Some(mut names) = self.source.texts(&methods) {
            self.source.mark(&methods);
            names.sort_unstable();
            names.dedup();
            rows.push(vec!["Method of the solver".to_owned(), names.join(", ").replace('_', "-")]);
        }
        for name in [
            "iterations",
            "residual",
            "lossiness",
            "pinned_nodes",
            "power_delivered",
            "power_cells",
            "power_wires",
            "spice_potential_deviation",
            "spice_current_deviation",
        ] {
            let Some(array) = self.take(name) else { continue };
            let text = |value: f64| quantity(value, &array.unit);
            let value = match array.values.as_slice() {
                [] => continue,
                [value] => text(*value),
                all => {
                    let mean = all.iter().sum::<f64>() / all.len() as f64;
                    let largest = all.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                    format!("{} in the mean, {} at most", text(mean), text(largest))
                }
            };
            rows.push(vec![array.name_or(&name.replace('_', " ")), value]);
        }
        if rows.is_empty() { String::new() } else { table(&[], &rows) }
    }
}

/// How many faults of each kind there are.
fn faults_in_words(codes: &Array) -> String {
    let kinds = [
        "open cells",
        "shorted cells",
        "stuck cells",
        "word lines broken behind a cell",
        "bit lines broken behind a cell",
        "ends of bridges",
    ];
    let counts = kinds.iter().enumerate().filter_map(|(bit, kind)| {
        let count = codes.values.iter().filter(|code| **code as u8 >> bit & 1 == 1).count();
        (count > 0).then(|| format!("{kind}: {count}"))
    });
    let text = counts.collect::<Vec<_>>().join("; ");
    if text.is_empty() { "No faults.".to_owned() } else { format!("Faults – {text}.") }
}

fn is_map(source: &Source, path: &str) -> bool {
    source.shapes.get(path).is_some_and(|shape| matches!(shape.as_slice(), [r, c] if *r > 0 && *c > 0))
}

fn combine(a: &Array, b: &Array, unit: &str, name: &str, f: impl Fn(f64, f64) -> f64) -> Array {
    let values = a.values.iter().zip(&b.values).map(|(x, y)| f(*x, *y)).collect();
    let (shape, scales) = (a.shape.clone(), Vec::new());
    Array { shape, values, unit: unit.into(), long_name: name.into(), scales }
}

/// A map of rows (word lines) and columns (bit lines).
fn map(title: &str, array: &Array, label: &str) -> Heat {
    let (rows, columns) = match array.shape.as_slice() {
        [r, c] => (*r, *c),
        _ => (0, 0),
    };
    Heat {
        title: title.to_owned(),
        rows,
        columns,
        values: array.values.clone(),
        row_label: "Word line".into(),
        column_label: "Bit line".into(),
        label: super::source::capital(label),
        unit: array.unit.clone(),
        range: None,
        first: 0,
        ..Heat::default()
    }
}

/// True for values of more than one decade and a half, none negative and not all zero.
fn spans_decades(array: &Array) -> bool {
    if array.values.iter().any(|v| *v < 0.0) {
        return false;
    }
    let low = array.values.iter().copied().filter(|v| *v > 0.0).fold(f64::INFINITY, f64::min);
    let high = array.values.iter().copied().fold(0.0, f64::max);
    low > 0.0 && high / low > 30.0
}
