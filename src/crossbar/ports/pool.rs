//! Memory that blocks and fronts leave behind for the next ones.

use std::sync::Mutex;

/// Vectors no longer in use.
#[derive(Debug, Default)]
pub(crate) struct Pool(Mutex<Vec<Vec<f64>>>);

impl Pool {
    /// A vector of `length` values, whatever they are: the smallest free one that is large enough.
    pub(crate) fn take(&self, length: usize) -> Vec<f64> {
        let found = self.0.lock().ok().and_then(|mut free| {
            let at = free
                .iter()
                .enumerate()
                .filter(|(_, v)| v.capacity() >= length && v.capacity() <= 2 * length)
                .min_by_key(|(_, v)| v.capacity())
                .map(|(k, _)| k)?;
            Some(free.swap_remove(at))
        });
        let mut vector = found.unwrap_or_default();
        vector.resize(length, 0.0);
        vector
    }

    /// Takes back a vector.
    pub(crate) fn give(&self, vector: Vec<f64>) {
        if let Ok(mut free) = self.0.lock() {
            free.push(vector);
        }
    }
}
