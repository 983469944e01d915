//! Where a bridge that runs on this machine says how it is reached: `make run` writes the file,
//! `empikctl --local` reads it.
//!
//! The file has the form of an environment, one `NAME=value` a line, and holds the variables that
//! would lead to a deployment in AWS. The key in it opens the secrets of that bridge, so that nobody
//! but the owner may read it.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// How the bridge on this machine is reached, by variable.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LocalStack(BTreeMap<String, String>);

impl LocalStack {
    /// Of these variables.
    pub fn new(variables: impl IntoIterator<Item = (&'static str, String)>) -> LocalStack {
        LocalStack(variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// A variable; `None`: it is not set.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The file of the user whose environment this is; `None`: the environment names no home.
    pub fn place(variable: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
        let home = variable("HOME").or_else(|| variable("USERPROFILE")).filter(|home| !home.is_empty())?;
        Some(Path::new(&home).join(".local/state/empik-thulium-bridge/local.env"))
    }

    /// Reads the file; `None`: it is not there.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn read(place: &Path) -> io::Result<Option<LocalStack>> {
        match std::fs::read_to_string(place) {
            Ok(text) => {
                let lines = text.lines().filter_map(|line| line.split_once('='));
                Ok(Some(LocalStack(lines.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes the file, in place of what a former run has left.
    ///
    /// # Errors
    /// A folder or a file that cannot be made.
    pub fn write(&self, place: &Path) -> io::Result<()> {
        if let Some(folder) = place.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let lines: String = self.0.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
        replace_private(place, &lines)
    }
}

/// Puts a text in place of a file. It is replaced as a whole, so that whoever reads it meanwhile finds
/// the old one, and nobody but its owner may read the new one.
///
/// # Errors
/// A folder or a disk that does not take it; the old file is still there then.
pub fn replace_private(path: &Path, text: &str) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.new", std::process::id()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    let replaced = written.and_then(|()| std::fs::rename(&beside, path));
    if replaced.is_err() {
        // The first error is the one to tell.
        let _ = std::fs::remove_file(&beside);
    }
    replaced
}
