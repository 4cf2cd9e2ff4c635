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
