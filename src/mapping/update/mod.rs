//! In-array updates for learning.
//!
//! * `due` – whole pulses out of changes that were added up; `rewrite` – weights that are to be written anew.
//! * [`trains`] – pulse trains on rows and columns, and the counts of coincidences they make.
//! * [`tiki_taka`] – a fast and a slow array with transfers between them, behind the same seam.
//!
//! What turns the change of a batch into pulses is [`UpdateRule`](super::config::UpdateRule): pulse trains
//! sample by sample; digital accumulation with pulses when whole ones are due (mixed precision);
//! rounding; signs (Manhattan rule); the Tiki-Taka family; or verified writes of weights that have changed enough.
//!
//! References: T. Gokmen, Y. Vlasov, Front. Neurosci. 10, 333 (2016), doi:10.3389/fnins.2016.00333 (pulse
//! trains); S. R. Nandakumar et al., Front. Neurosci. 14, 406 (2020), doi:10.3389/fnins.2020.00406 (mixed
//! precision); M. Prezioso et al., Nature 521, 61 (2015), doi:10.1038/nature14441 (Manhattan rule);
//! P.-Y. Chen, X. Peng, S. Yu, IEDM (2017), doi:10.1109/IEDM.2017.8268337 (rounding).
//! Pinned by: `tests/update_rules.rs`.

pub(super) mod due;
pub(super) mod rewrite;
pub mod tiki_taka;
pub mod trains;

pub use self::tiki_taka::TikiTaka;
