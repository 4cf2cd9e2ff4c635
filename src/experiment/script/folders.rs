//! Where relative paths of a script are looked up.

use std::path::{Path, PathBuf};

use crate::experiment::FieldError;

/// The folder of the script, then the current folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folders {
    script: PathBuf,
    current: PathBuf,
}

impl Folders {
    /// Environment variable that names a folder with data sets.
    pub const DATA_VARIABLE: &str = "NEUROFILAMENT_DATA";

    /// The current folder alone.
    pub fn here() -> Self {
        Self { script: PathBuf::from("."), current: PathBuf::from(".") }
    }

    /// Where public data sets are looked for: the folder of [`DATA_VARIABLE`](Self::DATA_VARIABLE), then
    /// `data` in the current folder, in the script's and beside it, then what packages install.
    pub fn data_folders(&self) -> Vec<PathBuf> {
        let given = std::env::var_os(Self::DATA_VARIABLE).map(PathBuf::from);
        let near = [&self.current, &self.script].map(|folder| folder.join("data"));
        given
            .into_iter()
            .chain(near)
            .chain([self.script.join("../data"), PathBuf::from("/usr/share/datasets")])
            .collect()
    }

    /// The existing folder that `name` means.
    ///
    /// # Errors
    /// When it is neither in the script's folder nor in the current one.
    pub fn find_folder(&self, field: &str, name: &str) -> Result<PathBuf, FieldError> {
        let candidates = [self.script.join(name), self.current.join(name)];
        candidates.into_iter().find(|path| path.is_dir()).ok_or_else(|| {
            let text = format!(
                "there is no folder \"{name}\", neither in the script's folder nor in the current one"
            );
            FieldError::new(field, text)
        })
    }

    /// The folders for a script file.
    pub fn of(script: &Path) -> Self {
        let script = script.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Self { script: script.to_owned(), current: PathBuf::from(".") }
    }

    /// The existing file that `name` means.
    ///
    /// # Errors
    /// When it is in neither folder, or is a folder itself.
    pub fn find(&self, field: &str, name: &str) -> Result<PathBuf, FieldError> {
        let candidates = [self.script.join(name), self.current.join(name)];
        if let Some(found) = candidates.iter().find(|path| path.is_file()) {
            return Ok(found.clone());
        }
        if candidates.iter().any(|path| path.is_dir()) {
            return Err(FieldError::new(field, format!("\"{name}\" is a folder, not a file")));
        }
        let place = if Path::new(name).is_absolute() || self.script == self.current {
            format!("there is no file \"{name}\"")
        } else {
            format!(
                "there is no file \"{name}\", neither in the script's folder {} nor in the current folder",
                self.script.display()
            )
        };
        Err(FieldError::new(field, place))
    }

    /// The text of the file that `name` means.
    ///
    /// # Errors
    /// When it cannot be found or read.
    pub fn read(&self, field: &str, name: &str) -> Result<(PathBuf, String), FieldError> {
        let path = self.find(field, name)?;
        let text = std::fs::read_to_string(&path)
            .map_err(|error| FieldError::new(field, format!("cannot read {}: {error}", path.display())))?;
        Ok((path, text))
    }
}
