//! The file in which `empikctl --local` finds this bridge.

use std::io;
use std::path::{Path, PathBuf};

use runtime::LocalStack;

/// Stands in the file as long as this lives, unless a bridge that began later has taken its place.
#[derive(Debug)]
pub struct Announcement {
    place: PathBuf,
    stack: LocalStack,
}

impl Announcement {
    /// The file of whoever runs this; `None`: the environment names no home.
    pub fn place() -> Option<PathBuf> {
        LocalStack::place(|name| std::env::var(name).ok())
    }

    /// Writes the file.
    ///
    /// # Errors
    /// A folder or a file that cannot be made.
    pub fn write(stack: LocalStack, place: &Path) -> io::Result<Announcement> {
        stack.write(place)?;
        Ok(Announcement { place: place.to_owned(), stack })
    }
}

impl Drop for Announcement {
    fn drop(&mut self) {
        if let Ok(Some(stack)) = LocalStack::read(&self.place)
            && stack == self.stack
        {
            // A file that stays leads nowhere, and empikctl says so.
            std::fs::remove_file(&self.place).ok();
        }
    }
}
