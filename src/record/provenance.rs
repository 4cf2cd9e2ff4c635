//! Where a record comes from.

use std::time::{SystemTime, UNIX_EPOCH};

/// What is needed to repeat a run, stored as attributes of the file's root.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Provenance {
    /// The experiment script as JSON text, with every default filled in.
    pub script: String,
    /// Device cards used: name and JSON text.
    pub cards: Vec<(String, String)>,
    /// Seed of all random streams.
    pub seed: u64,
    /// Number of threads (never changes the data).
    pub threads: usize,
    /// Kind of the study.
    pub kind: String,
    /// Title for people.
    pub title: String,
}

/// The time now in UTC, as `2026-11-24T04:29:35Z`.
pub(crate) fn now_iso() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
    iso_from_unix(seconds)
}

/// Seconds since 1970 as an ISO 8601 time in UTC (days to civil date after H. Hinnant).
fn iso_from_unix(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (rest / 3600, rest % 3600 / 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::iso_from_unix;

    #[test]
    fn known_dates() {
        assert_eq!(iso_from_unix(0), "1970-01-01T00:00:00Z");
        assert_eq!(iso_from_unix(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(iso_from_unix(1_795_495_775), "2026-11-24T04:49:35Z");
    }
}
