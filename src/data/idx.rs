//! IDX: the file format of MNIST and its followers, raw or gzipped.
//!
//! Two zero bytes, the type of the elements (8 for unsigned bytes), the number of dimensions, every
//! dimension as a big-endian 32-bit number, then the elements with the last dimension running fastest
//! (Y. LeCun, C. Cortes, C. J. C. Burges, The MNIST database of handwritten digits, 1998).
//!
//! Pinned by: the tests below, and the checksums of the published sets.

use std::path::Path;

use super::DataError;

/// Type code of unsigned bytes.
const BYTES: u8 = 8;

/// Elements of an IDX file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idx {
    /// Sizes of the dimensions.
    pub dimensions: Vec<usize>,
    /// The elements, last dimension fastest.
    pub values: Vec<u8>,
}

impl Idx {
    /// Reads the (uncompressed) bytes of a file of unsigned bytes with `rank` dimensions; `path` is for messages.
    ///
    /// # Errors
    /// When the bytes are no such file, or fewer or more than its head says.
    pub fn parse(path: &Path, bytes: &[u8], rank: usize) -> Result<Self, DataError> {
        let fault = |message: String| DataError::Format { path: path.to_owned(), message };
        let head = 4 + 4 * rank;
        match bytes {
            [0, 0, BYTES, found, ..] if usize::from(*found) == rank && bytes.len() >= head => {}
            [0, 0, BYTES, found, ..] if usize::from(*found) != rank => {
                return Err(fault(format!("an IDX file with {found} dimensions where {rank} are right")));
            }
            [0, 0, kind, ..] if *kind != BYTES => {
                return Err(fault(format!(
                    "an IDX file of element type {kind:#04x}; unsigned bytes (0x08) are right"
                )));
            }
            _ => {
                let text = "not an IDX file: it must begin with two zero bytes, the type 0x08 and the number of dimensions";
                return Err(fault(text.to_owned()));
            }
        }
        let dimensions: Vec<usize> = bytes[4..head]
            .chunks_exact(4)
            .map(|b| b.iter().fold(0, |number, byte| (number << 8) | usize::from(*byte)))
            .collect();
        let expected = dimensions.iter().try_fold(1_usize, |product, size| product.checked_mul(*size));
        let found = bytes.len() - head;
        if expected != Some(found) {
            let shape = dimensions.iter().map(ToString::to_string).collect::<Vec<_>>().join(" × ");
            return Err(fault(format!(
                "its head says {shape} elements, but {found} follow: the file is cut or damaged"
            )));
        }
        Ok(Self { dimensions, values: bytes[head..].to_vec() })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn parse(bytes: &[u8], rank: usize) -> Result<Idx, String> {
        Idx::parse(Path::new("x-idx"), bytes, rank).map_err(|error| error.to_string())
    }

    #[test]
    fn elements_follow_their_dimensions() {
        let bytes = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6];
        let idx = parse(&bytes, 2).unwrap();
        assert_eq!((idx.dimensions, idx.values), (vec![2, 3], vec![1, 2, 3, 4, 5, 6]));
    }

    #[test]
    fn defects_are_named() {
        let good = [0, 0, 8, 1, 0, 0, 0, 2, 7, 9];
        assert!(parse(&good[..9], 1).unwrap_err().contains("its head says 2 elements, but 1 follow"));
        assert!(parse(&good, 3).unwrap_err().contains("1 dimensions where 3 are right"));
        assert!(parse(&[0, 0, 13, 1, 0, 0, 0, 0], 1).unwrap_err().contains("element type 0x0d"));
        assert!(parse(b"PNG", 1).unwrap_err().contains("not an IDX file"));
        assert!(parse(&[0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255], 3).is_err());
    }
}
