//! Columns of numbers from comma-separated text, in SI, known by the names in the header.
//!
//! The header gives name and unit, `voltage (V)` or `current [uA]`; where it gives no unit SI is
//! assumed, and said. Cells are separated by commas, semicolons or tabs; empty lines and lines that
//! begin with `#` are passed over. Without a header two columns are voltage and current, three are
//! time, voltage and current.
//!
//! Pinned by: the tests below and `tests/cli_errors`.

use std::path::{Path, PathBuf};

use device_models::units;

use crate::fit::FitError;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quantity {
    Time,
    Voltage,
    Current,
    Width,
    Conductance,
    Resistance,
}

impl Quantity {
    /// The quantity a name in the header stands for.
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "time" | "t" => Self::Time,
            "voltage" | "v" | "bias" | "applied voltage" | "pulse voltage" | "amplitude" => Self::Voltage,
            "current" | "i" => Self::Current,
            "width" | "pulse width" | "duration" => Self::Width,
            "conductance" | "g" => Self::Conductance,
            "resistance" | "r" => Self::Resistance,
            _ => return None,
        })
    }

    /// Name and SI unit.
    pub(super) fn says(self) -> (&'static str, &'static str) {
        match self {
            Self::Time => ("time", "s"),
            Self::Voltage => ("voltage", "V"),
            Self::Current => ("current", "A"),
            Self::Width => ("width", "s"),
            Self::Conductance => ("conductance", "S"),
            Self::Resistance => ("resistance", "Ohm"),
        }
    }
}

/// A column, in SI.
#[derive(Debug, Clone, PartialEq)]
struct Column {
    quantity: Option<Quantity>,
    factor: f64,
    values: Vec<f64>,
}

/// The columns of a file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Table {
    path: PathBuf,
    columns: Vec<Column>,
    /// Line of each row, counted from 1.
    lines: Vec<usize>,
    /// Names in the header, for complaints.
    header: Vec<String>,
    /// What was assumed.
    pub(super) notes: Vec<String>,
}

impl Table {
    /// Reads a table; `path` is named in errors.
    pub(super) fn parse(path: &Path, text: &str) -> Result<Self, FitError> {
        let mut table = Self {
            path: path.to_owned(),
            columns: Vec::new(),
            lines: Vec::new(),
            header: Vec::new(),
            notes: Vec::new(),
        };
        for (i, line) in text.lines().enumerate() {
            let line = line.trim_start_matches('\u{feff}').trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let cells: Vec<&str> = line.split([',', ';', '\t']).map(str::trim).collect();
            if table.columns.is_empty() {
                if cells.iter().all(|cell| cell.parse::<f64>().is_err()) {
                    table.read_header(i + 1, &cells)?;
                    continue;
                }
                table.assume_header(i + 1, cells.len())?;
            }
            table.read_row(i + 1, &cells)?;
        }
        if table.lines.is_empty() {
            return Err(table.fault("holds no numbers; expected a header line and one row per sample"));
        }
        Ok(table)
    }

    fn read_header(&mut self, line: usize, cells: &[&str]) -> Result<(), FitError> {
        for cell in cells {
            let (name, unit) = match cell.split_once(['(', '[']) {
                Some((name, rest)) => (name, rest.split([')', ']']).next().map(str::trim)),
                None => (*cell, None),
            };
            let name = name.trim().to_lowercase().replace('_', " ");
            let quantity = Quantity::named(&name);
            let mut factor = 1.0;
            if let Some(quantity) = quantity {
                let (plain, si) = quantity.says();
                if self.columns.iter().any(|column| column.quantity == Some(quantity)) {
                    return Err(self.line(line, format!("a second column of {plain}: \"{cell}\"; keep one")));
                }
                match unit {
                    Some(unit) => {
                        factor = units::parse(&format!("1 {unit}"), si)
                            .map_err(|error| self.line(line, format!("column \"{cell}\": {error}")))?;
                    }
                    None => self.notes.push(format!("column \"{cell}\" has no unit: {si} assumed")),
                }
            } else {
                self.notes.push(format!("column \"{cell}\" is not used"));
            }
            self.header.push((*cell).to_owned());
            self.columns.push(Column { quantity, factor, values: Vec::new() });
        }
        Ok(())
    }

    fn assume_header(&mut self, line: usize, count: usize) -> Result<(), FitError> {
        let quantities = match count {
            2 => &[Quantity::Voltage, Quantity::Current][..],
            3 => &[Quantity::Time, Quantity::Voltage, Quantity::Current],
            _ => {
                return Err(self.line(
                    line,
                    format!("{count} columns without a header; begin with a line such as \"time (s), voltage (V), current (A)\""),
                ));
            }
        };
        let names: Vec<String> =
            quantities.iter().map(|q| format!("{} ({})", q.says().0, q.says().1)).collect();
        self.notes.push(format!("no header: {} assumed", names.join(", ")));
        self.header = names;
        self.columns = quantities
            .iter()
            .map(|q| Column { quantity: Some(*q), factor: 1.0, values: Vec::new() })
            .collect();
        Ok(())
    }

    fn read_row(&mut self, line: usize, cells: &[&str]) -> Result<(), FitError> {
        let (found, expected) = (cells.len(), self.columns.len());
        if found != expected {
            return Err(self.line(line, format!("{found} cells where the header has {expected}")));
        }
        for (i, cell) in cells.iter().enumerate() {
            let Some(column) = self.columns.get_mut(i) else { continue };
            if column.quantity.is_none() {
                continue;
            }
            let value = cell.parse::<f64>().ok().map(|v| v * column.factor).filter(|v| v.is_finite());
            let Some(value) = value else {
                let name = self.header.get(i).cloned().unwrap_or_default();
                let shown: String = cell.chars().take(40).collect();
                return Err(
                    self.line(line, format!("\"{shown}\" in column \"{name}\" is not a finite number"))
                );
            };
            column.values.push(value);
        }
        self.lines.push(line);
        Ok(())
    }

    /// The values of a quantity, if the table has it.
    pub(super) fn get(&self, quantity: Quantity) -> Option<&[f64]> {
        self.columns.iter().find(|c| c.quantity == Some(quantity)).map(|c| c.values.as_slice())
    }

    /// The values of a quantity that must be there.
    pub(super) fn need(&self, quantity: Quantity, why: &str) -> Result<&[f64], FitError> {
        self.get(quantity).ok_or_else(|| {
            let (name, unit) = quantity.says();
            self.fault(&format!(
                "has no column of {name}{why}; its columns are {}; name one \"{name} ({unit})\"",
                self.header.join(", ")
            ))
        })
    }

    /// A complaint about the file.
    pub(super) fn fault(&self, message: &str) -> FitError {
        FitError::Data { path: self.path.clone(), message: message.to_owned() }
    }

    /// A complaint about a row, counted from 0.
    pub(super) fn row_fault(&self, row: usize, message: String) -> FitError {
        self.line(self.lines.get(row).copied().unwrap_or(0), message)
    }

    fn line(&self, line: usize, message: String) -> FitError {
        FitError::Line { path: self.path.clone(), line, message }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Table, String> {
        Table::parse(Path::new("my.csv"), text).map_err(|error| error.to_string())
    }

    #[test]
    fn units_come_from_the_header_and_what_is_assumed_is_said() {
        let table = read("# a comment\nTime [us];Voltage (mV);i;temperature\n1;200;3e-6;x\n\n2;300;4e-6;y\n")
            .unwrap();
        let near = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a / b - 1.0).abs() < 1e-12);
        assert!(near(table.get(Quantity::Time).unwrap(), &[1e-6, 2e-6]));
        assert!(near(table.get(Quantity::Voltage).unwrap(), &[0.2, 0.3]));
        assert!(table.notes.iter().any(|n| n.contains("\"i\" has no unit: A assumed")));
        assert!(table.notes.iter().any(|n| n.contains("\"temperature\" is not used")));
        let plain = read("0.1,1e-6\n0.2,2e-6\n").unwrap();
        assert_eq!(plain.get(Quantity::Current).unwrap(), [1e-6, 2e-6]);
        assert!(plain.notes[0].contains("no header"));
    }

    #[test]
    fn faults_name_file_and_line() {
        for (text, says) in [
            ("voltage (A),current\n1,2\n", "my.csv, line 1: column \"voltage (A)\""),
            ("voltage,current\n1,2\n1,x\n", "my.csv, line 3: \"x\" in column \"current\""),
            ("voltage,current\n1,2\n\n1\n", "my.csv, line 4: 1 cells where the header has 2"),
            ("voltage,current\n1,inf\n", "line 2: \"inf\""),
            ("v,voltage\n1,2\n", "a second column of voltage"),
            ("1,2,3,4\n", "4 columns without a header"),
            ("voltage,current\n", "holds no numbers"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
        let error =
            read("voltage,power\n1,2\n").unwrap().need(Quantity::Current, "").unwrap_err().to_string();
        assert!(error.contains("no column of current; its columns are voltage, power"), "{error}");
    }
}
