//! A dataset in memory: values, shape and what they mean.

/// The values of a dataset, row-major.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Values {
    /// Double precision.
    F64(Vec<f64>),
    /// Single precision.
    F32(Vec<f32>),
    /// Signed integers.
    I64(Vec<i64>),
    /// Bytes, flags, grey levels.
    U8(Vec<u8>),
    /// Strings.
    Text(Vec<String>),
}

impl Values {
    /// Number of values.
    pub fn len(&self) -> usize {
        match self {
            Self::F64(v) => v.len(),
            Self::F32(v) => v.len(),
            Self::I64(v) => v.len(),
            Self::U8(v) => v.len(),
            Self::Text(v) => v.len(),
        }
    }

    /// True when there is no value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The values as `f64`, or `None` for text.
    pub fn to_f64(&self) -> Option<Vec<f64>> {
        match self {
            Self::F64(v) => Some(v.clone()),
            Self::F32(v) => Some(v.iter().map(|x| f64::from(*x)).collect()),
            Self::I64(v) => Some(v.iter().map(|x| *x as f64).collect()),
            Self::U8(v) => Some(v.iter().map(|x| f64::from(*x)).collect()),
            Self::Text(_) => None,
        }
    }
}

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Attribute {
    /// A string.
    Text(String),
    /// A list of strings.
    Texts(Vec<String>),
    /// A number.
    F64(f64),
    /// A list of numbers.
    F64s(Vec<f64>),
    /// An integer.
    I64(i64),
    /// A list of integers.
    I64s(Vec<i64>),
}

/// A dataset of a record.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// Absolute path in the file, such as `/results/voltage`.
    pub path: String,
    /// Length of each dimension; empty for a single value.
    pub shape: Vec<usize>,
    /// The values, row-major.
    pub values: Values,
    /// Unit as plain SI text (`V`, `S`, `s`); `1` for a pure number, empty for text.
    pub unit: String,
    /// What the values are, in words.
    pub long_name: String,
    /// For each dimension the path of the dataset that is its scale, if there is one.
    pub scales: Vec<Option<String>>,
    /// Further attributes.
    pub attributes: Vec<(String, Attribute)>,
}

impl Dataset {
    /// A dataset of any shape.
    pub fn new(
        path: impl Into<String>,
        shape: Vec<usize>,
        values: Values,
        unit: impl Into<String>,
        long_name: impl Into<String>,
    ) -> Self {
        let scales = vec![None; shape.len()];
        Self {
            path: path.into(),
            shape,
            values,
            unit: unit.into(),
            long_name: long_name.into(),
            scales,
            attributes: Vec::new(),
        }
    }

    /// A single number.
    pub fn scalar(
        path: impl Into<String>,
        value: f64,
        unit: impl Into<String>,
        long_name: impl Into<String>,
    ) -> Self {
        Self::new(path, Vec::new(), Values::F64(vec![value]), unit, long_name)
    }

    /// A list of numbers.
    pub fn vector(
        path: impl Into<String>,
        values: Vec<f64>,
        unit: impl Into<String>,
        long_name: impl Into<String>,
    ) -> Self {
        Self::new(path, vec![values.len()], Values::F64(values), unit, long_name)
    }

    /// A table of numbers, row-major, `rows` × `columns`.
    pub fn matrix(
        path: impl Into<String>,
        rows: usize,
        columns: usize,
        values: Vec<f64>,
        unit: impl Into<String>,
        long_name: impl Into<String>,
    ) -> Self {
        Self::new(path, vec![rows, columns], Values::F64(values), unit, long_name)
    }

    /// A list of integers.
    pub fn integers(
        path: impl Into<String>,
        values: Vec<i64>,
        unit: impl Into<String>,
        long_name: impl Into<String>,
    ) -> Self {
        Self::new(path, vec![values.len()], Values::I64(values), unit, long_name)
    }

    /// A list of strings.
    pub fn texts(path: impl Into<String>, values: Vec<String>, long_name: impl Into<String>) -> Self {
        Self::new(path, vec![values.len()], Values::Text(values), "", long_name)
    }

    /// Names the dataset that is the scale of a dimension. A dataset that names itself becomes a
    /// scale. Dimensions beyond the shape are reported when the dataset is written.
    #[must_use]
    pub fn scale(mut self, dimension: usize, path: impl Into<String>) -> Self {
        if self.scales.len() <= dimension {
            self.scales.resize(dimension + 1, None);
        }
        if let Some(slot) = self.scales.get_mut(dimension) {
            *slot = Some(path.into());
        }
        self
    }

    /// Adds an attribute.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<String>, value: Attribute) -> Self {
        self.attributes.push((name.into(), value));
        self
    }
}
