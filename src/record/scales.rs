//! Dimension scales after the HDF5 dimension scale specification, as in the `H5DS` functions:
//! a scale has `CLASS` and `NAME`; a dataset lists the scales of its dimensions in
//! `DIMENSION_LIST`; each scale lists its users in `REFERENCE_LIST`.

use std::collections::BTreeMap;

use hdf5::types::{FixedAscii, VarLenArray};
use hdf5::{Datatype, File, Location, ObjectReference1 as Reference};
use hdf5_sys::h5t::{H5T_str_t, H5Tset_strpad};

/// One entry of `REFERENCE_LIST`.
#[derive(hdf5::H5Type, Clone, Copy)]
#[repr(C)]
struct Use {
    dataset: Reference,
    dimension: i32,
}

/// Which dataset uses which scale, collected while the file is written.
#[derive(Default)]
pub(crate) struct Scales {
    uses: BTreeMap<String, Vec<(String, usize)>>,
}

impl Scales {
    /// Notes the scales of a dataset and writes its `DIMENSION_LIST`.
    ///
    /// Scales that do not exist yet are attached by [`finish`](Self::finish).
    pub(crate) fn attach(&mut self, file: &File, path: &str, scales: &[Option<String>]) -> hdf5::Result<()> {
        let mut known = true;
        for (dimension, scale) in scales.iter().enumerate() {
            let Some(scale) = scale else { continue };
            self.uses.entry(scale.clone()).or_default().push((path.to_owned(), dimension));
            known &= file.link_exists(scale);
        }
        if known { attach_now(file, path, scales) } else { Ok(()) }
    }

    /// Makes sure that every scale exists, then completes all lists. Gives the first missing scale.
    pub(crate) fn finish(&self, file: &File) -> hdf5::Result<Option<String>> {
        let mut missing = None;
        let mut of: BTreeMap<&str, Vec<(usize, &str)>> = BTreeMap::new();
        for (scale, users) in &self.uses {
            if !file.link_exists(scale) {
                missing = missing.or_else(|| Some(scale.clone()));
                continue;
            }
            for (user, dimension) in users {
                of.entry(user).or_default().push((*dimension, scale));
            }
        }
        for (user, list) in of {
            let dimensions = file.dataset(user)?.ndim();
            let mut scales = vec![None; dimensions];
            for (dimension, scale) in list {
                if let Some(slot) = scales.get_mut(dimension) {
                    *slot = Some(scale.to_owned());
                }
            }
            attach_now(file, user, &scales)?;
        }
        for (scale, users) in &self.uses {
            if file.link_exists(scale) {
                write_uses(file, scale, users)?;
            }
        }
        Ok(missing)
    }
}

/// Writes `DIMENSION_LIST` of one dataset and makes its scales scales.
fn attach_now(file: &File, path: &str, scales: &[Option<String>]) -> hdf5::Result<()> {
    let mut list: Vec<VarLenArray<Reference>> = Vec::with_capacity(scales.len());
    let mut any = false;
    for scale in scales {
        match scale {
            Some(scale) if scale == path => {
                make_scale(file, scale)?;
                list.push(VarLenArray::from_slice(&[]));
            }
            Some(scale) => {
                make_scale(file, scale)?;
                list.push(VarLenArray::from_slice(&[file.reference::<Reference>(scale)?]));
                any = true;
            }
            None => list.push(VarLenArray::from_slice(&[])),
        }
    }
    let dataset = file.dataset(path)?;
    if any && !has(&dataset, "DIMENSION_LIST")? {
        dataset
            .new_attr::<VarLenArray<Reference>>()
            .shape(list.len())
            .create("DIMENSION_LIST")?
            .write_raw(&list)?;
    }
    Ok(())
}

/// Gives a dataset the attributes `CLASS` and `NAME` of a dimension scale.
fn make_scale(file: &File, path: &str) -> hdf5::Result<()> {
    let dataset = file.dataset(path)?;
    if has(&dataset, "CLASS")? {
        return Ok(());
    }
    let class = FixedAscii::<16>::from_ascii("DIMENSION_SCALE").map_err(|e| e.to_string())?;
    let attribute = dataset.new_attr_builder().empty_as(null_terminated::<16>()?).create("CLASS")?;
    attribute.write_scalar(&class)?;
    let name = path.rsplit('/').next().unwrap_or(path);
    // The name is a fixed-length string too; a longer or non-ASCII one is simply left out.
    if let (true, Ok(text)) = (name.len() < 64, FixedAscii::<64>::from_ascii(name)) {
        let attribute = dataset.new_attr_builder().empty_as(null_terminated::<64>()?).create("NAME")?;
        attribute.write_scalar(&text)?;
    }
    Ok(())
}

fn write_uses(file: &File, scale: &str, users: &[(String, usize)]) -> hdf5::Result<()> {
    let mut list = Vec::with_capacity(users.len());
    for (user, dimension) in users.iter().filter(|(user, _)| user != scale) {
        let dataset = file.reference::<Reference>(user)?;
        list.push(Use { dataset, dimension: i32::try_from(*dimension).unwrap_or(i32::MAX) });
    }
    if list.is_empty() {
        return Ok(());
    }
    let dataset = file.dataset(scale)?;
    // The compact object header of an attribute holds 64 kB; a scale shared by more datasets
    // than fit stays a scale, only its back references are left out.
    if list.len() <= 4000 && !has(&dataset, "REFERENCE_LIST")? {
        dataset.new_attr::<Use>().shape(list.len()).create("REFERENCE_LIST")?.write_raw(&list)?;
    }
    Ok(())
}

fn has(location: &Location, name: &str) -> hdf5::Result<bool> {
    Ok(location.attr_names()?.iter().any(|existing| existing == name))
}

/// A fixed-length string type that ends in NUL: the only one `H5DSis_scale` accepts. The safe
/// interface makes such strings NUL-padded and has no setter.
#[allow(unsafe_code)]
fn null_terminated<const N: usize>() -> hdf5::Result<Datatype> {
    let datatype = Datatype::from_type::<FixedAscii<N>>()?;
    // SAFETY: the id belongs to `datatype`, alive and not shared, a transient string type whose
    // padding may be changed; `sync` holds the lock that every call into the library needs.
    let status = hdf5::sync::sync(|| unsafe { H5Tset_strpad(datatype.id(), H5T_str_t::H5T_STR_NULLTERM) });
    if status < 0 { Err("cannot make a NUL-terminated string type".into()) } else { Ok(datatype) }
}

/// The paths of the scales of a dataset, as far as they can be followed.
pub(crate) fn read(dataset: &hdf5::Dataset) -> Vec<Option<String>> {
    let mut scales = vec![None; dataset.ndim()];
    let lists: Option<Vec<VarLenArray<Reference>>> =
        dataset.attr("DIMENSION_LIST").ok().and_then(|list| list.read_raw().ok());
    for (slot, list) in scales.iter_mut().zip(lists.unwrap_or_default()) {
        let Some(reference) = list.first() else { continue };
        if let Ok(hdf5::ReferencedObject::Dataset(scale)) = dataset.dereference(reference) {
            *slot = Some(scale.name());
        }
    }
    scales
}

/// True when the dataset says that it is a scale.
pub(crate) fn is_scale(dataset: &hdf5::Dataset) -> bool {
    dataset
        .attr("CLASS")
        .and_then(|class| class.read_scalar::<FixedAscii<16>>())
        .is_ok_and(|c| c == "DIMENSION_SCALE")
}
