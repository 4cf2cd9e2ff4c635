//! Numbers in columns: TSV or CSV, plain or compressed with gzip.
//!
//! Columns are separated by tabs, commas, semicolons or spaces; empty lines and lines that begin with `#`
//! are left out, and so is a first line that holds names. Whatever else is not a number is an error that
//! names file, line and column.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::FitError;

/// Calls `take` with the number and the values of every line.
///
/// # Errors
/// When the file cannot be read, holds something else than numbers, or `take` refuses a line.
pub fn each(path: &Path, mut take: impl FnMut(usize, &[f64]) -> Result<(), String>) -> Result<(), FitError> {
    let unreadable =
        |error: std::io::Error| FitError::Unreadable { path: path.to_owned(), reason: error.to_string() };
    let mut reader = open(path).map_err(unreadable)?;
    let mut text = String::new();
    let mut values = Vec::new();
    let mut seen = false;
    for line in 1.. {
        text.clear();
        if reader.read_line(&mut text).map_err(unreadable)? == 0 {
            break;
        }
        let row = text.trim_end_matches(['\r', '\n']);
        if row.trim().is_empty() || row.trim_start().starts_with('#') {
            continue;
        }
        let fault = |message| FitError::Line { path: path.to_owned(), line, message };
        match parse(row, &mut values) {
            Ok(()) => take(line, &values).map_err(fault)?,
            // Names of the columns.
            Err(_) if !seen && row.trim_start().starts_with(char::is_alphabetic) => {}
            Err(message) => return Err(fault(message)),
        }
        seen = true;
    }
    Ok(())
}

fn open(path: &Path) -> std::io::Result<Box<dyn BufRead>> {
    let mut file = BufReader::new(File::open(path)?);
    let compressed = file.fill_buf()?.starts_with(&[0x1f, 0x8b]);
    let reader: Box<dyn Read> = if compressed { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
    Ok(Box::new(BufReader::new(reader)))
}

fn parse(row: &str, values: &mut Vec<f64>) -> Result<(), String> {
    values.clear();
    let separator = ['\t', ';', ','].into_iter().find(|s| row.contains(*s));
    let mut add = |text: &str| match text.trim().parse::<f64>() {
        Ok(value) if value.is_finite() => {
            values.push(value);
            Ok(())
        }
        _ => Err(format!("column {}: `{}` is not a finite number", values.len() + 1, text.trim())),
    };
    match separator {
        Some(separator) => row.split(separator).try_for_each(&mut add),
        None => row.split_whitespace().try_for_each(&mut add),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn rows(text: &[u8]) -> Result<Vec<(usize, Vec<f64>)>, FitError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.tsv");
        std::fs::write(&path, text).unwrap();
        let mut rows = Vec::new();
        each(&path, |line, values| {
            rows.push((line, values.to_vec()));
            if values.first() == Some(&99.0) { Err("no such cell".into()) } else { Ok(()) }
        })?;
        Ok(rows)
    }

    #[test]
    fn plain_and_compressed_files_read_alike() {
        let text = b"address,conductance\n# a remark\n1,2e-6\r\n\n3,4e-6\n";
        let expected = vec![(3, vec![1.0, 2e-6]), (5, vec![3.0, 4e-6])];
        assert_eq!(rows(text).unwrap(), expected);
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        assert_eq!(rows(&encoder.finish().unwrap()).unwrap(), expected);
        assert_eq!(rows(b"1 2\t3").unwrap_err().to_string().split(", line").count(), 2);
        assert_eq!(rows(b"1  2.5 3").unwrap()[0].1, [1.0, 2.5, 3.0]);
    }

    #[test]
    fn bad_lines_are_named() {
        for (text, says) in [
            ("1\t2\n1\tx\n", "line 2: column 2: `x` is not a finite number"),
            ("1\t2\nname\tx\n", "line 2: column 1"),
            ("1\tNaN\n", "line 1: column 2"),
            ("1,2\n99,2\n", "line 2: no such cell"),
            ("1,,2\n", "column 2: `` is not"),
        ] {
            let error = rows(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
        assert!(rows(&[0x1f, 0x8b, 0]).unwrap_err().to_string().contains("cannot read"));
    }
}
