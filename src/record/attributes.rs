//! Writing and reading attributes.

use std::str::FromStr;

use hdf5::Location;
use hdf5::types::{FixedAscii, FixedUnicode, TypeDescriptor, VarLenAscii, VarLenUnicode};

use super::dataset::Attribute;

/// Longest fixed-length string read; only foreign files have such strings.
const FIXED_TEXT: usize = 1024;

/// A Rust string as HDF5 text. HDF5 strings end at the first NUL, so NULs become U+FFFD.
pub(crate) fn hdf5_text(text: &str) -> VarLenUnicode {
    let clean = if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text.to_owned() };
    VarLenUnicode::from_str(&clean).unwrap_or_default()
}

/// Writes an attribute, replacing one of the same name.
pub(crate) fn write(location: &Location, name: &str, value: &Attribute) -> hdf5::Result<()> {
    if location.attr_names()?.iter().any(|existing| existing == name) {
        location.delete_attr(name)?;
    }
    match value {
        Attribute::Text(text) => {
            location.new_attr::<VarLenUnicode>().create(name)?.write_scalar(&hdf5_text(text))
        }
        Attribute::F64(number) => location.new_attr::<f64>().create(name)?.write_scalar(number),
        Attribute::I64(number) => location.new_attr::<i64>().create(name)?.write_scalar(number),
        Attribute::Texts(texts) => {
            let texts: Vec<VarLenUnicode> = texts.iter().map(|t| hdf5_text(t)).collect();
            list(location, name, &texts)
        }
        Attribute::F64s(numbers) => list(location, name, numbers),
        Attribute::I64s(numbers) => list(location, name, numbers),
    }
}

fn list<T: hdf5::H5Type>(location: &Location, name: &str, values: &[T]) -> hdf5::Result<()> {
    let attribute = location.new_attr::<T>().shape(values.len()).create(name)?;
    if values.is_empty() { Ok(()) } else { attribute.write_raw(values) }
}

/// Reads an attribute; `None` for types that a record does not use (such as references).
pub(crate) fn read(location: &Location, name: &str) -> hdf5::Result<Option<Attribute>> {
    let attribute = location.attr(name)?;
    let scalar = attribute.is_scalar();
    Ok(match attribute.dtype()?.to_descriptor() {
        Ok(TypeDescriptor::Float(_)) => {
            let values = read_list::<f64>(&attribute)?;
            match (scalar, values.first()) {
                (true, Some(value)) => Some(Attribute::F64(*value)),
                _ => Some(Attribute::F64s(values)),
            }
        }
        Ok(TypeDescriptor::Integer(_) | TypeDescriptor::Unsigned(_)) => {
            let values = read_list::<i64>(&attribute)?;
            match (scalar, values.first()) {
                (true, Some(value)) => Some(Attribute::I64(*value)),
                _ => Some(Attribute::I64s(values)),
            }
        }
        Ok(descriptor) => read_texts(&attribute, &descriptor)?.map(|texts| {
            if scalar {
                Attribute::Text(texts.into_iter().next().unwrap_or_default())
            } else {
                Attribute::Texts(texts)
            }
        }),
        Err(_) => None,
    })
}

fn read_list<T: hdf5::H5Type>(container: &hdf5::Container) -> hdf5::Result<Vec<T>> {
    if container.size() == 0 { Ok(Vec::new()) } else { container.read_raw() }
}

/// Reads strings of any HDF5 flavour; `None` when the type is not a string.
pub(crate) fn read_texts(
    container: &hdf5::Container,
    descriptor: &TypeDescriptor,
) -> hdf5::Result<Option<Vec<String>>> {
    fn strings<T: hdf5::H5Type + AsRef<str>>(container: &hdf5::Container) -> hdf5::Result<Vec<String>> {
        Ok(read_list::<T>(container)?.iter().map(|text| text.as_ref().to_owned()).collect())
    }
    Ok(match descriptor {
        TypeDescriptor::VarLenUnicode => Some(strings::<VarLenUnicode>(container)?),
        TypeDescriptor::VarLenAscii => Some(strings::<VarLenAscii>(container)?),
        TypeDescriptor::FixedAscii(_) => Some(strings::<FixedAscii<FIXED_TEXT>>(container)?),
        TypeDescriptor::FixedUnicode(_) => Some(strings::<FixedUnicode<FIXED_TEXT>>(container)?),
        _ => None,
    })
}
