//! Tables from NumPy files (`.npy`): real numbers of 4 or 8 bytes, either byte order, row after row
//! (C) or column after column (Fortran).
//!
//! The format: six bytes `\x93NUMPY`, version, length of the header (two bytes in version 1, four in 2
//! and 3, little endian), a Python dictionary with `descr`, `fortran_order` and `shape`, then the
//! values (NumPy Enhancement Proposal 1).
//!
//! Pinned by: the unit tests below and `tests/crossbar_inputs.rs` (files written by NumPy).

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Block, MOST_VALUES, Origin, Reading, shape_text};
use crate::experiment::FieldError;

/// A NumPy file.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Npy {
    /// The file.
    file: String,
    /// Unit of the values.
    unit: String,
    /// One entry of the leading dimension, counted from 0, instead of the whole.
    #[serde(default)]
    index: Option<usize>,
}

impl Npy {
    /// Reads the file.
    pub(crate) fn read(&self, mut reading: Reading<'_>) -> Result<Block, FieldError> {
        reading.field.push_str(".npy");
        let path = reading.folders.find(&format!("{}.file", reading.field), &self.file)?;
        let name = path.display().to_string();
        let bytes = std::fs::read(&path)
            .map_err(|error| reading.fault("file", format!("cannot read {name}: {error}")))?;
        let block = parse(&bytes).map_err(|message| reading.fault("file", format!("{name} {message}")))?;
        let factor = reading.factor_of(&name, None, Some(&self.unit))?;
        let mut block = match self.index {
            Some(index) => block.entry(index, &name).map_err(|message| reading.fault("index", message))?,
            None => block,
        };
        if let Some(k) = block.values.iter().position(|v| v.is_nan()) {
            return Err(reading.fault("file", format!("{name}: value {k} is not a number")));
        }
        block.values.iter_mut().for_each(|v| *v *= factor);
        block.origin = Some(Origin { file: name, entry: self.index.is_some() });
        reading.files.push(path);
        Ok(block)
    }
}

fn parse(bytes: &[u8]) -> Result<Block, String> {
    let rest = bytes.strip_prefix(b"\x93NUMPY").ok_or("is not a NumPy file (.npy)")?;
    let cut = || "ends within its header; write it again with numpy.save".to_owned();
    let (version, rest) = rest.split_at_checked(2).ok_or_else(cut)?;
    let wide = match version.first() {
        Some(1) => 2,
        Some(2 | 3) => 4,
        _ => return Err(format!("has the format {version:?}; versions 1 to 3 can be read")),
    };
    let (length, rest) = rest.split_at_checked(wide).ok_or_else(cut)?;
    let length = length.iter().rev().fold(0_usize, |n, byte| n << 8 | usize::from(*byte));
    let (header, data) = rest.split_at_checked(length).ok_or_else(cut)?;
    let header = String::from_utf8_lossy(header);

    let kind = entry(&header, "descr").and_then(|v| v.strip_prefix(['\'', '"'])?.split(['\'', '"']).next());
    let (big, size) = match kind {
        Some("<f8") => (false, 8),
        Some("<f4") => (false, 4),
        Some(">f8") => (true, 8),
        Some(">f4") => (true, 4),
        other => {
            let found = other.unwrap_or("something else");
            return Err(format!(
                "holds values of type {found}, expected <f8, <f4, >f8 or >f4 (numpy.float64)"
            ));
        }
    };
    let fortran = entry(&header, "fortran_order").is_some_and(|v| v.starts_with("True"));
    let shape: Vec<usize> = entry(&header, "shape")
        .and_then(|v| v.strip_prefix('(')?.split_once(')'))
        .and_then(|(list, _)| {
            list.split(',').map(str::trim).filter(|n| !n.is_empty()).map(|n| n.parse().ok()).collect()
        })
        .ok_or("has no readable shape in its header")?;
    let count = shape.iter().try_fold(1_usize, |n, length| n.checked_mul(*length));
    let Some(count) = count.filter(|n| *n <= MOST_VALUES) else {
        return Err(format!("holds {} values, more than the {MOST_VALUES} that fit", shape_text(&shape)));
    };
    if data.len() != count * size {
        let (found, wanted) = (data.len(), count * size);
        return Err(format!(
            "has {found} bytes of values, but {} of {size} bytes make {wanted}",
            shape_text(&shape)
        ));
    }
    let mut values: Vec<f64> = data
        .chunks_exact(size)
        .map(|bytes| {
            let bits =
                |bytes: &mut dyn Iterator<Item = &u8>| bytes.fold(0_u64, |n, b| n << 8 | u64::from(*b));
            let bits = if big { bits(&mut bytes.iter()) } else { bits(&mut bytes.iter().rev()) };
            if size == 8 { f64::from_bits(bits) } else { f64::from(f32::from_bits(bits as u32)) }
        })
        .collect();
    if fortran {
        values = row_after_row(&shape, &values);
    }
    Ok(Block { shape, values, origin: None })
}

/// What follows a key of the header's dictionary.
fn entry<'a>(header: &'a str, key: &str) -> Option<&'a str> {
    ['\'', '"'].iter().find_map(|quote| {
        let (_, rest) = header.split_once(&format!("{quote}{key}{quote}"))?;
        Some(rest.trim_start().strip_prefix(':')?.trim_start())
    })
}

/// Values whose first index runs fastest, reordered so that the last does.
fn row_after_row(shape: &[usize], values: &[f64]) -> Vec<f64> {
    let mut strides = vec![1; shape.len()];
    for d in 1..shape.len() {
        strides[d] = strides[d - 1] * shape[d - 1];
    }
    let source = |mut k: usize| {
        shape.iter().zip(&strides).rev().fold(0, |at, (length, stride)| {
            let digit = k % length;
            k /= length;
            at + digit * stride
        })
    };
    (0..values.len()).map(|k| values[source(k)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of version 1.
    fn file(header: &str, data: &[u8]) -> Vec<u8> {
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(data);
        bytes
    }

    #[test]
    fn either_order_and_size() {
        let doubles: Vec<u8> = (1..=6).flat_map(|i| f64::from(i).to_le_bytes()).collect();
        let c = file("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }\n", &doubles);
        let c = parse(&c).unwrap();
        assert_eq!(
            (c.shape.as_slice(), c.values.as_slice()),
            (&[2, 3][..], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0][..])
        );
        let f = file("{'descr': '<f8', 'fortran_order': True, 'shape': (2, 3), }\n", &doubles);
        assert_eq!(parse(&f).unwrap().values, [1.0, 3.0, 5.0, 2.0, 4.0, 6.0]);
        let singles: Vec<u8> = [0.5_f32, -2.0].iter().flat_map(|v| v.to_be_bytes()).collect();
        let single =
            parse(&file("{'descr': '>f4', 'fortran_order': False, 'shape': (2,), }", &singles)).unwrap();
        assert_eq!((single.shape.as_slice(), single.values.as_slice()), (&[2][..], &[0.5, -2.0][..]));
    }

    #[test]
    fn fortran_order_of_three_dimensions() {
        // value = 100 i + 10 j + k at (i, j, k), first index fastest.
        let mut stored = Vec::new();
        for k in 0..4 {
            for j in 0..3 {
                stored.extend((0..2).map(|i| f64::from(100 * i + 10 * j + k)));
            }
        }
        let ordered = row_after_row(&[2, 3, 4], &stored);
        assert_eq!(ordered[..5], [0.0, 1.0, 2.0, 3.0, 10.0]);
        assert_eq!(ordered[23].to_bits(), 123.0_f64.to_bits());
    }

    #[test]
    fn faults_say_what_was_found() {
        let fault = |bytes: &[u8]| parse(bytes).unwrap_err();
        assert!(fault(b"1,2\n").contains("not a NumPy file"));
        assert!(fault(b"\x93NUMPY\x01\x00\xff").contains("within its header"));
        assert!(fault(b"\x93NUMPY\x01\x00\xff\x00{").contains("within its header"));
        assert!(fault(b"\x93NUMPY\x09\x00\xff\x00{").contains("versions 1 to 3"));
        let header = |kind: &str, shape: &str| {
            format!("{{'descr': {kind}, 'fortran_order': False, 'shape': {shape}}}")
        };
        assert!(fault(&file(&header("'<i8'", "(1,)"), &[0; 8])).contains("<i8"));
        assert!(fault(&file(&header("[('a', '<f8')]", "(1,)"), &[0; 8])).contains("something else"));
        assert!(fault(&file(&header("'<f8'", "(2, 2)"), &[0; 8])).contains("8 bytes of values"));
        assert!(fault(&file(&header("'<f8'", "(4000000000, 4000000000)"), &[])).contains("more than"));
        assert!(fault(&file(&header("'<f8'", "2"), &[])).contains("shape"));
    }
}
