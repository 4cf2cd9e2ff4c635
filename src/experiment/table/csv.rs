//! Tables from CSV files: one line for each row, numbers separated by commas, semicolons or tabs.
//!
//! Empty lines and lines that begin with `#` are passed over. The first line may be a header: one name for
//! each column, which may carry the unit in brackets (`bl0 [uS]`), the same in all columns. `inf` is
//! an infinite value.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Block, MOST_VALUES, Reading};
use crate::experiment::FieldError;

/// A CSV file.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Csv {
    /// The file.
    file: String,
    /// Unit of the values, where the header of the file does not name it.
    #[serde(default)]
    unit: Option<String>,
}

/// The content of a file before its unit is known.
#[derive(Debug, PartialEq)]
struct Parsed {
    unit: Option<String>,
    rows: usize,
    columns: usize,
    values: Vec<f64>,
}

impl Csv {
    /// Reads the file.
    pub(crate) fn read(&self, mut reading: Reading<'_>) -> Result<Block, FieldError> {
        reading.field.push_str(".csv");
        let (path, text) = reading.folders.read(&format!("{}.file", reading.field), &self.file)?;
        let name = path.display().to_string();
        reading.files.push(path);
        let parsed = parse(&text).map_err(|message| reading.fault("file", format!("{name}, {message}")))?;
        let factor = reading.factor_of(&name, parsed.unit.as_deref(), self.unit.as_deref())?;
        let values = parsed.values.into_iter().map(|v| v * factor).collect();
        Ok(Block { shape: vec![parsed.rows, parsed.columns], values })
    }
}

fn parse(text: &str) -> Result<Parsed, String> {
    let mut parsed = Parsed { unit: None, rows: 0, columns: 0, values: Vec::new() };
    let mut header = true;
    for (i, line) in text.lines().enumerate() {
        let line = line.trim_start_matches('\u{feff}').trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let cells: Vec<&str> = line.split([',', ';', '\t']).map(|c| c.trim().trim_matches('"')).collect();
        if std::mem::take(&mut header) {
            parsed.columns = cells.len();
            if cells.iter().all(|cell| cell.parse::<f64>().is_err()) {
                parsed.unit = common_unit(&cells).map_err(|e| format!("line {}: {e}", i + 1))?;
                continue;
            }
        }
        if cells.len() != parsed.columns {
            let columns = parsed.columns;
            return Err(format!(
                "line {} has {} columns, but those before have {columns}",
                i + 1,
                cells.len()
            ));
        }
        for (k, cell) in cells.iter().enumerate() {
            match cell.parse::<f64>() {
                Ok(value) if !value.is_nan() => parsed.values.push(value),
                _ => {
                    let place = format!("line {}, column {}", i + 1, k + 1);
                    return Err(format!("{place}: expected a number, found \"{}\"", shortened(cell)));
                }
            }
        }
        if parsed.values.len() > MOST_VALUES {
            return Err(format!("line {}: more than the {MOST_VALUES} values that fit", i + 1));
        }
        parsed.rows += 1;
    }
    if parsed.rows == 0 { Err("the file holds no numbers".to_owned()) } else { Ok(parsed) }
}

/// The unit in the brackets of all headers.
fn common_unit(header: &[&str]) -> Result<Option<String>, String> {
    let unit = |cell: &str| {
        let (_, rest) = cell.split_once(['[', '('])?;
        rest.split_once([']', ')']).map(|(unit, _)| unit.trim().to_owned())
    };
    let first = header.first().and_then(|cell| unit(cell));
    match header.iter().find(|cell| unit(cell) != first) {
        Some(other) => Err(format!(
            "the columns \"{}\" and \"{}\" have different units; give all columns the same",
            shortened(header.first().unwrap_or(&"")),
            shortened(other)
        )),
        None => Ok(first),
    }
}

fn shortened(text: &str) -> String {
    if text.chars().count() > 40 { text.chars().take(40).chain(['…']).collect() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_numbers_comments_and_headers() {
        let plain = parse("# cells\n1, 2.5;3e-1\n\n-4\t5,inf\n").unwrap();
        assert_eq!((plain.unit, plain.rows, plain.columns), (None, 2, 3));
        assert_eq!(plain.values, [1.0, 2.5, 0.3, -4.0, 5.0, f64::INFINITY]);
        let named = parse("\u{feff}bl0 [uS],\"bl1 (uS)\"\r\n1,2\r\n").unwrap();
        assert_eq!((named.unit.as_deref(), named.values.as_slice()), (Some("uS"), &[1.0, 2.0][..]));
        assert_eq!(parse("a,b\n1,2\n").unwrap().unit, None);
    }

    #[test]
    fn faults_name_line_and_column() {
        let fault = |text: &str| parse(text).unwrap_err();
        assert!(fault("1,2\n1\n").contains("line 2 has 1 columns, but those before have 2"));
        assert!(fault("1,2\n1,x\n").contains("line 2, column 2: expected a number, found \"x\""));
        assert!(fault("1,nan\n").contains("column 2"));
        assert!(fault("a [uS],b [mS]\n1,2\n").contains("different units"));
        assert!(fault("a,b\n").contains("no numbers"));
        assert!(fault("").contains("no numbers"));
    }
}
