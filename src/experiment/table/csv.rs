//! Tables from CSV files: one line for each row, numbers separated by semicolons where the file has any,
//! else by tabs where it has any, else by commas. Decimal points are points.
//!
//! Empty lines and lines that begin with `#` are passed over. The first line may be a header: one name for
//! each column, which begins with a letter and may carry the unit in brackets (`bl0 [uS]`), the same in
//! all columns. What is neither a row nor a header is refused. `inf` is an infinite value.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Block, MOST_VALUES, Origin, Reading};
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
        let origin = Some(Origin { file: name, entry: false });
        Ok(Block { shape: vec![parsed.rows, parsed.columns], values, origin })
    }
}

fn parse(text: &str) -> Result<Parsed, String> {
    let mut parsed = Parsed { unit: None, rows: 0, columns: 0, values: Vec::new() };
    let mut header = true;
    let separator = separator(text);
    for (i, line) in text.lines().enumerate() {
        let line = line.trim_start_matches('\u{feff}');
        if !holds_cells(line) {
            continue;
        }
        // An empty cell at the end of a line of tabs is one.
        let cells: Vec<&str> = line.split(separator).map(|c| c.trim().trim_matches('"').trim()).collect();
        if std::mem::take(&mut header) {
            parsed.columns = cells.len();
            check_first(&cells, separator).map_err(|(k, text)| place(i, k, &text))?;
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
                _ => return Err(place(i, k, &no_number(cell, separator))),
            }
        }
        if parsed.values.len() > MOST_VALUES {
            return Err(format!("line {}: more than the {MOST_VALUES} values that fit", i + 1));
        }
        parsed.rows += 1;
    }
    if parsed.rows == 0 { Err("the file holds no numbers".to_owned()) } else { Ok(parsed) }
}

fn place(line: usize, column: usize, text: &str) -> String {
    format!("line {}, column {}: {text}", line + 1, column + 1)
}

fn holds_cells(line: &str) -> bool {
    let line = line.trim_start_matches('\u{feff}').trim();
    !line.is_empty() && !line.starts_with('#')
}

/// The one separator of a file.
fn separator(text: &str) -> char {
    let any = |wanted| text.lines().filter(|line| holds_cells(line)).any(|line| line.trim().contains(wanted));
    [';', '\t'].into_iter().find(|c| any(*c)).unwrap_or(',')
}

/// What is wrong with a cell that should be a number.
fn no_number(cell: &str, separator: char) -> String {
    let decimal = separator != ',' && cell.replacen(',', ".", 1).parse::<f64>().is_ok();
    let text = format!("expected a number, found \"{}\"", shortened(cell));
    if decimal { format!("{text}; write decimals with a point, not with a comma") } else { text }
}

/// The first line is a row of numbers or a header, without doubt; else the cell that is neither, and why.
fn check_first(cells: &[&str], separator: char) -> Result<(), (usize, String)> {
    let number = |cell: &&str| cell.parse::<f64>().is_ok();
    if cells.iter().all(number) {
        return Ok(());
    }
    if let Some(k) = cells.iter().position(|cell| cell.is_empty()) {
        let text = "is empty; a table from pandas has no index column when it is written with index=False";
        return Err((k, text.to_owned()));
    }
    if cells.iter().any(number) {
        // A row, whose cells are looked at next.
        return Ok(());
    }
    let name = |cell: &&str| cell.starts_with(char::is_alphabetic);
    if let Some(k) = cells.iter().position(|cell| !name(cell)) {
        let text = no_number(cells[k], separator);
        return Err((k, format!("{text}; the name of a column begins with a letter")));
    }
    // Letters that look like digits: "l0,O.5" is a row with typing errors, "I0,I1" are names.
    let digits = |cell: &&str| cell.replace(['l', 'I'], "1").replace(['o', 'O'], "0").parse::<f64>().is_ok();
    let point = cells.iter().position(|cell| cell.contains('.'));
    match point.filter(|_| cells.iter().all(digits)) {
        Some(k) => {
            let text = no_number(cells[k], separator);
            Err((k, format!("{text}, with letters in the place of digits")))
        }
        None => Ok(()),
    }
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
        let plain = parse("# cells; all\n1, 2.5,3e-1\n\n-4, 5,inf\t\n").unwrap();
        assert_eq!((plain.unit, plain.rows, plain.columns), (None, 2, 3));
        assert_eq!(plain.values, [1.0, 2.5, 0.3, -4.0, 5.0, f64::INFINITY]);
        let named = parse("\u{feff}bl0 [uS],\"bl1 (uS)\"\r\n1,2\r\n").unwrap();
        assert_eq!((named.unit.as_deref(), named.values.as_slice()), (Some("uS"), &[1.0, 2.0][..]));
        assert_eq!(parse("a,b\n1,2\n").unwrap().unit, None);
        assert_eq!(parse("I0,I1\n1,2\n").unwrap().rows, 1);
    }

    #[test]
    fn one_separator_for_a_file() {
        let values = |text: &str| parse(text).unwrap().values;
        assert_eq!(values("a, left;b\n1;2\n"), [1.0, 2.0]);
        assert_eq!(values("a\tb\n1\t 2\n"), [1.0, 2.0]);
        let fault = |text: &str| parse(text).unwrap_err();
        assert!(
            fault("1,5;2,5\n").contains("line 1, column 1: expected a number, found \"1,5\"; write decimals")
        );
        assert!(
            fault("a;b\n1.5;2,5\n").contains("line 2, column 2: expected a number, found \"2,5\"; write")
        );
        assert!(fault("1;2\n3,4\n").contains("line 2 has 1 columns"));
        assert!(fault("1\t2\n3\t\n").contains("line 2, column 2: expected a number, found \"\""));
    }

    #[test]
    fn no_row_is_taken_for_a_header() {
        let fault = |text: &str| parse(text).unwrap_err();
        assert!(fault(",a,b\n0,1,2\n").contains("line 1, column 1: is empty; a table from pandas"));
        assert!(fault(",0,1\n0,1,2\n").contains("index=False"));
        assert!(fault("\ta\tb\n0\t1\t2\n").contains("index=False"));
        assert!(
            fault("1uS,2uS\n1,2\n").contains("line 1, column 1: expected a number, found \"1uS\"; the name")
        );
        assert!(fault("a,-x\n1,2\n").contains("line 1, column 2"));
        assert!(
            fault("l0,O.5\n1,2\n")
                .contains("line 1, column 2: expected a number, found \"O.5\", with letters")
        );
        assert!(fault("1,x\n1,2\n").contains("line 1, column 2: expected a number, found \"x\""));
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
