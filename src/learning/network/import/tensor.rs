//! [`Tensor`]: constants of an ONNX graph.

use numerics::matrix::Matrix;

use super::proto::TensorProto;
use crate::learning::network::saved::half;

/// Numbers with a shape.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Tensor {
    pub(super) shape: Vec<usize>,
    pub(super) values: Vec<f64>,
}

impl Tensor {
    /// Reads a tensor of the file.
    ///
    /// # Errors
    /// When its numbers are elsewhere, of an unknown type, or not as many as its shape says.
    pub(super) fn read(proto: &TensorProto) -> Result<Self, String> {
        let name = &proto.name;
        if proto.data_location == 1 {
            return Err(format!(
                "the numbers of \"{name}\" are in another file; export the model as one file"
            ));
        }
        let shape: Vec<usize> = proto
            .dims
            .iter()
            .map(|d| usize::try_from(*d).map_err(|_| format!("\"{name}\" has the shape {:?}", proto.dims)))
            .collect::<Result<_, _>>()?;
        let count = shape.iter().try_fold(1_usize, |count, size| count.checked_mul(*size));
        let raw = &proto.raw_data;
        // Types of the ONNX standard: 1 float, 7 int64, 6 int32, 10 float16, 11 double, 16 bfloat16.
        let bytes = match proto.data_type {
            10 | 16 => 2,
            7 | 11 => 8,
            1 | 6 => 4,
            other => {
                return Err(format!(
                    "\"{name}\" has numbers of the ONNX type {other}; float, double, float16, bfloat16, int32 and int64 are known"
                ));
            }
        };
        if !raw.is_empty() && count.and_then(|count| count.checked_mul(bytes)) != Some(raw.len()) {
            return Err(format!(
                "\"{name}\" has {} bytes for the shape {shape:?} of {bytes} bytes each",
                raw.len()
            ));
        }
        let single = |v: &f32| f64::from(*v);
        let values: Vec<f64> = match proto.data_type {
            1 if raw.is_empty() => proto.float_data.iter().map(single).collect(),
            1 => raw.as_chunks().0.iter().map(|b| f64::from(f32::from_le_bytes(*b))).collect(),
            6 if raw.is_empty() => proto.int32_data.iter().map(|v| f64::from(*v)).collect(),
            6 => raw.as_chunks().0.iter().map(|b| f64::from(i32::from_le_bytes(*b))).collect(),
            7 if raw.is_empty() => proto.int64_data.iter().map(|v| *v as f64).collect(),
            7 => raw.as_chunks().0.iter().map(|b| i64::from_le_bytes(*b) as f64).collect(),
            10 if raw.is_empty() => proto.int32_data.iter().map(|v| f64::from(half(*v as u16))).collect(),
            10 => raw.as_chunks().0.iter().map(|b| f64::from(half(u16::from_le_bytes(*b)))).collect(),
            11 if raw.is_empty() => proto.double_data.clone(),
            11 => raw.as_chunks().0.iter().map(|b| f64::from_le_bytes(*b)).collect(),
            _ => {
                let wide = |b: &[u8; 2]| f64::from(f32::from_bits(u32::from(u16::from_le_bytes(*b)) << 16));
                raw.as_chunks().0.iter().map(wide).collect()
            }
        };
        if Some(values.len()) != count {
            return Err(format!("\"{name}\" has {} numbers for the shape {shape:?}", values.len()));
        }
        Ok(Self { shape, values })
    }

    /// The numbers in single precision.
    pub(super) fn singles(&self) -> Vec<f32> {
        self.values.iter().map(|v| *v as f32).collect()
    }

    /// A matrix of so many rows.
    ///
    /// # Errors
    /// When it holds no numbers, or rows of unequal length.
    pub(super) fn matrix(&self, rows: usize) -> Result<Matrix, String> {
        let columns = self.values.len().checked_div(rows).filter(|columns| *columns > 0);
        columns
            .and_then(|columns| Matrix::from_vec(rows, columns, self.singles()))
            .ok_or_else(|| format!("its weights of shape {:?} are no matrix of {rows} rows", self.shape))
    }
}
