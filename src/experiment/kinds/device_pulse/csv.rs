//! Waveforms from CSV files: two columns, time and voltage.

use device_models::units;

/// Times (s, ascending, beginning at 0) and voltages (V). Errors name line and content.
pub(super) fn waveform(text: &str) -> Result<Vec<(f64, f64)>, String> {
    let mut points: Vec<(f64, f64)> = Vec::new();
    let mut factors = (1.0, 1.0);
    let mut first = true;
    for (i, line) in text.lines().enumerate() {
        let line = line.trim_start_matches('\u{feff}').trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let fault = |what: &str| format!("line {}: {what}, found \"{}\"", i + 1, shortened(line));
        let cells: Vec<&str> = line.split([',', ';', '\t']).map(str::trim).collect();
        let [time, voltage] = cells[..] else {
            return Err(fault("expected two columns, time and voltage"));
        };
        let numbers = (time.parse::<f64>(), voltage.parse::<f64>());
        if let (true, Err(_), Err(_)) = (first, &numbers.0, &numbers.1) {
            factors =
                (header(time, "s").map_err(|e| fault(&e))?, header(voltage, "V").map_err(|e| fault(&e))?);
            first = false;
            continue;
        }
        first = false;
        let (Ok(time), Ok(voltage)) = numbers else {
            return Err(fault("expected two numbers"));
        };
        let (time, voltage) = (time * factors.0, voltage * factors.1);
        if !time.is_finite() || !voltage.is_finite() {
            return Err(fault("expected two finite numbers"));
        }
        if points.last().is_some_and(|(before, _)| time < *before) {
            return Err(fault("times must not go back"));
        }
        points.push((time, voltage));
    }
    if points.len() < 2 {
        return Err(format!("expected at least two samples, found {}", points.len()));
    }
    let begin = points.first().map_or(0.0, |(t, _)| *t);
    for (time, _) in &mut points {
        *time -= begin;
    }
    Ok(points)
}

/// The factor to SI of a column whose header may carry its unit in brackets.
fn header(cell: &str, unit: &str) -> Result<f64, String> {
    let given = cell
        .split_once(['[', '('])
        .and_then(|(_, rest)| rest.split_once([']', ')']))
        .map_or(unit, |(given, _)| given.trim());
    units::parse(&format!("1 {given}"), unit).map_err(|error| error.to_string())
}

fn shortened(line: &str) -> String {
    if line.chars().count() > 60 { line.chars().take(60).chain(['…']).collect() } else { line.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::waveform;

    #[test]
    fn units_come_from_the_header() {
        let points = waveform("time [us], voltage (mV)\n1,0\n2,500\n").unwrap();
        assert_eq!(points.len(), 2);
        assert!((points[1].0 - 1e-6).abs() < 1e-18 && (points[1].1 - 0.5).abs() < 1e-15);
    }

    #[test]
    fn faults_name_their_line() {
        assert!(waveform("0,0\n1,x\n").unwrap_err().contains("line 2: expected two numbers"));
        assert!(waveform("0,0\n1\n").unwrap_err().contains("two columns"));
        assert!(waveform("1,0\n0,1\n").unwrap_err().contains("go back"));
        assert!(waveform("0,nan\n0,1\n").unwrap_err().contains("finite"));
        assert!(waveform("0,0\n").unwrap_err().contains("at least two"));
    }
}
