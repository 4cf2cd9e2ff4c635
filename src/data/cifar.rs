//! CIFAR-10 and CIFAR-100 in their binary form: records of the label (for CIFAR-100 the coarse, then the
//! fine one) and 3 × 32 × 32 bytes, channel after channel, row after row.
//!
//! A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, technical report, University of
//! Toronto (2009).
//!
//! Pinned by: the tests below.

use std::path::Path;

use super::DataError;

/// Bytes of one image.
const IMAGE: usize = 3 * 32 * 32;

/// Labels and pixels of a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Records {
    /// One label a record: the last of its label bytes.
    pub labels: Vec<u8>,
    /// The images, one after the other.
    pub pixels: Vec<u8>,
}

impl Records {
    /// Reads the bytes of a file whose records begin with so many label bytes.
    ///
    /// # Errors
    /// When the file is not a whole number of records or a label is not below `classes`.
    pub fn parse(path: &Path, bytes: &[u8], label_bytes: usize, classes: usize) -> Result<Self, DataError> {
        let fault = |message: String| DataError::Format { path: path.to_owned(), message };
        let record = label_bytes + IMAGE;
        if bytes.is_empty() || !bytes.len().is_multiple_of(record) {
            return Err(fault(format!(
                "{} bytes are not a whole number of records of {record} bytes: the file is cut, or not in the binary version",
                bytes.len()
            )));
        }
        let mut records = Self::default();
        for (i, record) in bytes.chunks_exact(record).enumerate() {
            let (labels, pixels) = record.split_at(label_bytes);
            let label = labels.last().copied().unwrap_or_default();
            if usize::from(label) >= classes {
                return Err(fault(format!(
                    "record {i} has the label {label}; from 0 to {} is right",
                    classes - 1
                )));
            }
            records.labels.push(label);
            records.pixels.extend_from_slice(pixels);
        }
        Ok(records)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn records_give_the_fine_label_and_the_pixels_in_order() {
        let mut bytes = vec![4, 77];
        bytes.extend((0..IMAGE).map(|i| (i / 1024) as u8));
        bytes.extend([1, 5]);
        bytes.extend([9; IMAGE]);
        let records = Records::parse(Path::new("train.bin"), &bytes, 2, 100).unwrap();
        assert_eq!(records.labels, [77, 5]);
        assert_eq!((records.pixels[0], records.pixels[1024], records.pixels[IMAGE]), (0, 1, 9));
        let message = |bytes: &[u8], labels, classes| {
            Records::parse(Path::new("t.bin"), bytes, labels, classes).unwrap_err().to_string()
        };
        assert!(message(&bytes, 1, 100).contains("whole number of records"));
        assert!(message(&bytes, 2, 50).contains("record 0 has the label 77"));
        assert!(message(&[], 1, 10).contains("0 bytes"));
    }
}
