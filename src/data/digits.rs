//! [`Digits`]: 8 × 8 handwritten digits.
//!
//! E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning
//! Repository (1998), doi:10.24432/C50P49, CC BY 4.0: its test part of 1797 samples, as CSV with
//! 64 pixels of 0 … 16, row by row, and the label. Pixels are scaled to [0, 1] by 1/16.
//!
//! Pinned by: the class counts of the set, its checksum, and one test per kind of defect.

use std::path::{Path, PathBuf};

use numerics::matrix::Matrix;

use super::{DataError, Samples};

/// SHA-256 of the embedded file.
pub const DIGITS_SHA256: &str = "6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8";

const EMBEDDED: &[u8] = include_bytes!("../../data/digits/digits.csv");
const EMBEDDED_SAMPLES: usize = 1797;
const SIDE: usize = 8;
const PIXELS: usize = SIDE * SIDE;
const CLASSES: usize = 10;
const FULL_INK: f32 = 16.0;

/// The digits and the checksum of the file they came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Digits {
    /// The samples, pixels in [0, 1].
    pub samples: Samples,
    /// SHA-256 of the file, 64 lower-case hexadecimal digits.
    pub sha256: String,
}

impl Digits {
    /// The set that ships with the program.
    ///
    /// # Errors
    /// When the program was built with a damaged file.
    pub fn embedded() -> Result<Self, DataError> {
        Self::checked(Path::new("the embedded digits.csv"), EMBEDDED, Some(DIGITS_SHA256))
    }

    /// A file in the same format, with any number of samples unless its checksum is that of the
    /// embedded set. With `sha256` the file must have that checksum.
    ///
    /// # Errors
    /// When the file cannot be read, has another checksum, or a line is not in the format.
    pub fn from_file(path: &Path, sha256: Option<&str>) -> Result<Self, DataError> {
        let bytes =
            std::fs::read(path).map_err(|source| DataError::Read { path: path.to_owned(), source })?;
        Self::checked(path, &bytes, sha256)
    }

    fn checked(path: &Path, bytes: &[u8], expected: Option<&str>) -> Result<Self, DataError> {
        let sha256 = super::sha256(bytes);
        if let Some(expected) = expected {
            if expected.len() != 64 || !expected.bytes().all(|b| b.is_ascii_hexdigit()) {
                return Err(DataError::ChecksumFormat { found: expected.to_owned() });
            }
            if !expected.eq_ignore_ascii_case(&sha256) {
                let (path, expected) = (path.to_owned(), expected.to_ascii_lowercase());
                return Err(DataError::Checksum { path, expected, found: sha256 });
            }
        }
        let samples = parse(path, bytes)?;
        if sha256 == DIGITS_SHA256 && samples.len() != EMBEDDED_SAMPLES {
            let (found, expected) = (samples.len(), EMBEDDED_SAMPLES);
            return Err(DataError::Rows { path: path.to_owned(), found, expected });
        }
        Ok(Self { samples, sha256 })
    }
}

fn parse(path: &Path, bytes: &[u8]) -> Result<Samples, DataError> {
    let file = || -> PathBuf { path.to_owned() };
    let text = std::str::from_utf8(bytes)
        .map_err(|error| DataError::NotText { path: file(), byte: error.valid_up_to() })?;
    let (mut pixels, mut labels) = (Vec::new(), Vec::new());
    for (number, content) in text.lines().enumerate() {
        let (line, content) = (number + 1, content.trim());
        if content.is_empty() {
            continue;
        }
        let found = content.split(',').count();
        if found != PIXELS + 1 {
            return Err(DataError::Columns { path: file(), line, found, expected: PIXELS + 1 });
        }
        for (column, field) in content.split(',').map(str::trim).enumerate() {
            let value = || field.to_owned();
            if column == PIXELS {
                match field.parse::<u8>() {
                    Ok(label) if usize::from(label) < CLASSES => labels.push(label),
                    _ => return Err(DataError::Label { path: file(), line, value: value() }),
                }
            } else {
                match field.parse::<f32>() {
                    Ok(ink) if (0.0..=FULL_INK).contains(&ink) => pixels.push(ink / FULL_INK),
                    _ => {
                        let column = column + 1;
                        return Err(DataError::Pixel { path: file(), line, column, value: value() });
                    }
                }
            }
        }
    }
    let empty = || DataError::Empty { path: file(), columns: PIXELS + 1 };
    if labels.is_empty() {
        return Err(empty());
    }
    let inputs = Matrix::from_vec(labels.len(), PIXELS, pixels).ok_or_else(empty)?;
    Samples::new(inputs, labels, CLASSES, (SIDE, SIDE)).ok_or_else(empty)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Samples, DataError> {
        parse(Path::new("mine.csv"), text.as_bytes())
    }

    fn line(pixel: &str, label: &str) -> String {
        format!("{pixel},{}{label}", "0,".repeat(63))
    }

    #[test]
    fn the_embedded_set_is_the_published_one() {
        let digits = Digits::embedded().unwrap();
        let counts: Vec<usize> = (0..10).map(|c| digits.samples.of_class(c).len()).collect();
        assert_eq!(counts, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
        assert_eq!(digits.samples.inputs().row(0)[..6], [0.0, 0.0, 0.3125, 0.8125, 0.5625, 0.0625]);
        assert_eq!(digits.sha256, DIGITS_SHA256);
    }

    #[test]
    fn defects_are_named_with_line_and_value() {
        assert_eq!(read(&line("16", "9\n")).unwrap().inputs().row(0)[..2], [1.0, 0.0]);
        let message = |text: &str| read(text).unwrap_err().to_string();
        let good = line("3", "1");
        assert_eq!(
            message(&good[2..]),
            "mine.csv, line 1: 64 columns where 65 are right (64 pixels and the label)"
        );
        let high = format!("{good}\n{}", line("17", "1"));
        assert_eq!(message(&high), "mine.csv, line 2, column 1: pixel `17` is not a number from 0 to 16");
        assert!(message(&line("NaN", "1")).contains("`NaN`"));
        assert!(message(&line("1", "10")).contains("label `10`"));
        assert!(message("\n\n").contains("no samples"));
        let error = parse(Path::new("x.gz"), &[0x1f, 0x8b, 0xff]).unwrap_err();
        assert!(matches!(error, DataError::NotText { byte: 1, .. }));
    }

    #[test]
    fn checksums_are_enforced_when_given() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), line("1", "1")).unwrap();
        let own = Digits::from_file(file.path(), None).unwrap().sha256;
        assert!(Digits::from_file(file.path(), Some(&own.to_uppercase())).is_ok());
        let error = Digits::from_file(file.path(), Some(DIGITS_SHA256)).unwrap_err().to_string();
        assert!(error.contains(&own) && error.contains(DIGITS_SHA256), "{error}");
        let error = Digits::from_file(file.path(), Some("abc")).unwrap_err();
        assert!(matches!(error, DataError::ChecksumFormat { .. }));
        let missing = Digits::from_file(Path::new("/no/such/file"), None).unwrap_err();
        assert!(matches!(missing, DataError::Read { .. }));
    }
}
