//! Reduction of an array to its terminals by nested dissection.

pub(crate) mod block;
pub(crate) mod front;
pub(crate) mod pool;
pub mod transfer;
pub(crate) mod tree;
pub(crate) mod wires;

pub use transfer::{LineCurrents, Transfer};

use super::array::{Array, Topology};
use super::error::CrossbarError;
use pool::Pool;
use tree::{Job, Region};
use wires::Wires;

/// An array reduced to its terminals.
#[derive(Debug)]
pub struct Ports {
    array: Array,
    transfer: Transfer,
}

impl Ports {
    /// True where the reduction can be used: crossed lines, no bridges, no conductance above 1e60 S.
    pub fn applies(array: &Array) -> bool {
        Self::wires(array).is_some()
    }

    fn wires(array: &Array) -> Option<Wires> {
        let plain = array.topology == Topology::Crossed && array.bridges.is_empty();
        Wires::new(array).filter(|_| plain)
    }

    /// Checks the array and reduces it.
    ///
    /// # Errors
    /// When the array is not valid, or [`Self::applies`] is false.
    pub fn new(array: Array) -> Result<Self, CrossbarError> {
        array.check()?;
        let wires = Self::wires(&array).ok_or(CrossbarError::Ports)?;
        let pool = Pool::default();
        let job = Job { array: &array, wires: &wires, pool: &pool };
        let block = job.reduce(&Region { rows: 0..array.rows, columns: 0..array.columns });
        let transfer = Transfer::new(&array, &block);
        Ok(Self { array, transfer })
    }

    /// The array.
    pub fn array(&self) -> &Array {
        &self.array
    }

    /// The array seen from its terminals.
    pub fn transfer(&self) -> &Transfer {
        &self.transfer
    }
}
