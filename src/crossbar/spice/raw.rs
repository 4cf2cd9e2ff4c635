//! The operating point in a raw file of ngspice.
//!
//! Lines of text up to `Binary:` or `Values:` (ngspice user's manual, chapter on raw files): the number of variables,
//! their names (`v(node)`, `i(source)`) and kinds; then for one point either little-endian doubles, or
//! the index of the point and one number in each line.

use std::collections::HashMap;

/// Why a raw file is of no use. Each is a sentence a user can act on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RawFileError {
    /// A part of the file is missing or not what it should be.
    #[error("the raw file {0}; write it with: ngspice -b -r NAME.raw NAME.cir")]
    Format(String),
    /// A value is infinite or not a number.
    #[error(
        "the raw file gives {name} as {value}, expected a finite number: ngspice found no operating point"
    )]
    NotFinite {
        /// Name of the variable.
        name: String,
        /// Its value.
        value: String,
    },
    /// A variable is missing.
    #[error("the raw file has no variable {0}; it belongs to another circuit")]
    Missing(String),
}

/// Potentials and source currents of an operating point.
#[derive(Debug, Clone, PartialEq)]
pub struct RawFile(HashMap<String, f64>);

impl RawFile {
    /// Reads the bytes of a raw file.
    ///
    /// # Errors
    /// When they are not one real operating point, or one of its values is infinite or not a number.
    pub fn read(bytes: &[u8]) -> Result<Self, RawFileError> {
        let fault = |text: &str| RawFileError::Format(text.to_owned());
        let (mut names, mut count, mut points) = (Vec::<String>::new(), None, None);
        let mut rest = bytes;
        loop {
            let end = rest.iter().position(|b| *b == b'\n').ok_or_else(|| fault("has no values"))?;
            let (line, after) = rest.split_at(end);
            rest = after.get(1..).unwrap_or_default();
            let line = String::from_utf8_lossy(line);
            let line = line.trim();
            let (key, value) = line.split_once(':').unwrap_or((line, ""));
            match key {
                "Flags" if value.split_whitespace().any(|flag| flag == "complex") => {
                    return Err(fault("holds complex values, not an operating point"));
                }
                "No. Variables" => count = value.trim().parse::<usize>().ok(),
                "No. Points" => points = value.trim().parse::<usize>().ok(),
                "Binary" | "Values" => {
                    if points != Some(1) {
                        return Err(fault("does not hold exactly one point"));
                    }
                    if count != Some(names.len()) || names.is_empty() {
                        return Err(fault("does not name as many variables as it says"));
                    }
                    let values =
                        if key == "Binary" { binary(rest, names.len()) } else { text(rest, names.len()) };
                    let values = values.ok_or_else(|| fault("ends within its values"))?;
                    if let Some((name, value)) = names.iter().zip(&values).find(|(_, v)| !v.is_finite()) {
                        return Err(RawFileError::NotFinite { name: name.clone(), value: value.to_string() });
                    }
                    return Ok(Self(names.into_iter().zip(values).collect()));
                }
                _ => {
                    let mut parts = line.split_whitespace();
                    if let (Some(Ok(index)), Some(name), Some(_)) =
                        (parts.next().map(str::parse::<usize>), parts.next(), parts.next())
                        && index == names.len()
                    {
                        names.push(name.to_lowercase());
                    }
                }
            }
        }
    }

    /// Potential of a node, V.
    ///
    /// # Errors
    /// When there is no such node.
    pub fn voltage(&self, node: &str) -> Result<f64, RawFileError> {
        self.value(&format!("v({node})"))
    }

    /// Current into the plus terminal of a voltage source, A.
    ///
    /// # Errors
    /// When there is no such source.
    pub fn current(&self, source: &str) -> Result<f64, RawFileError> {
        self.value(&format!("i({source})"))
    }

    fn value(&self, name: &str) -> Result<f64, RawFileError> {
        self.0.get(name).copied().ok_or_else(|| RawFileError::Missing(name.to_owned()))
    }
}

fn binary(bytes: &[u8], count: usize) -> Option<Vec<f64>> {
    let values: Vec<f64> =
        bytes.as_chunks::<8>().0.iter().take(count).map(|bytes| f64::from_le_bytes(*bytes)).collect();
    (values.len() == count).then_some(values)
}

fn text(bytes: &[u8], count: usize) -> Option<Vec<f64>> {
    let text = std::str::from_utf8(bytes).ok()?;
    // The index of the point comes first.
    text.split_whitespace()
        .skip(1)
        .take(count)
        .map(|v| v.parse().ok())
        .collect::<Option<Vec<f64>>>()
        .filter(|v| v.len() == count)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "Title: * x\nPlotname: Operating Point\nFlags: real\nNo. Variables: 2\nNo. Points: 1       \n\
                        Variables:\n\t0\tv(u0_0)\tvoltage\n\t1\ti(vwl0)\tcurrent\n";

    #[test]
    fn both_forms_are_read() {
        let mut bytes = format!("{HEAD}Binary:\n").into_bytes();
        bytes.extend([0.2_f64, -1e-6].iter().flat_map(|v| v.to_le_bytes()));
        let raw = RawFile::read(&bytes).unwrap();
        assert_eq!(RawFile::read(format!("{HEAD}Values:\n 0\t2e-1\n\t-1e-6\n\n").as_bytes()).unwrap(), raw);
        assert_eq!(raw.voltage("u0_0").unwrap().to_bits(), 0.2_f64.to_bits());
        assert_eq!(raw.current("vwl0").unwrap().to_bits(), (-1e-6_f64).to_bits());
        assert!(raw.voltage("u9_9").unwrap_err().to_string().contains("no variable v(u9_9)"));
    }

    #[test]
    fn damaged_files_are_refused() {
        let fault = |text: String| RawFile::read(text.as_bytes()).unwrap_err().to_string();
        assert!(fault(HEAD.to_owned()).contains("no values"));
        assert!(fault(format!("{HEAD}Binary:\nabc")).contains("ends within"));
        assert!(fault(format!("{HEAD}Values:\n 0\t2e-1\n")).contains("ends within"));
        let mut bytes = format!("{HEAD}Binary:\n").into_bytes();
        bytes.extend([f64::NAN, 1e-6].iter().flat_map(|v| v.to_le_bytes()));
        let error = RawFile::read(&bytes).unwrap_err().to_string();
        assert!(error.contains("v(u0_0) as NaN, expected a finite number"), "{error}");
        let error = fault(format!("{HEAD}Values:\n 0\t2e-1\n\t-inf\n"));
        assert!(error.contains("i(vwl0) as -inf, expected a finite number"), "{error}");
        assert!(fault(HEAD.replace("real", "complex") + "Binary:\n").contains("complex"));
        assert!(fault(HEAD.replace("Points: 1 ", "Points: 2 ") + "Values:\n").contains("one point"));
        assert!(
            fault(HEAD.replace("\t1\ti(vwl0)\tcurrent\n", "") + "Values:\n").contains("as many variables")
        );
    }
}
