//! Files that are there whole, or not at all.

use crate::{Error, Result};
use std::{
    ffi::OsString,
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    process,
};

/// Writes a file anew: into a temporary file in the same folder first, which then takes the name.
///
/// If writing fails (a full disk), what stood under the name before is still there, and the temporary file is gone.
/// A symbolic link keeps pointing to the file that is replaced; a pipe or a device is written to directly.
///
/// # Errors
/// If the file cannot be written.
pub fn replace_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.into());
    let special = fs::metadata(&target).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir());
    let done = if special {
        File::options().write(true).open(&target).and_then(|file| fill(file, write)).map(drop)
    } else {
        let temporary = temporary_name(&target);
        let done = File::create(&temporary)
            .and_then(|file| fill(file, write))
            .and_then(|file| file.sync_all())
            .and_then(|()| fs::rename(&temporary, &target));
        if done.is_err() {
            fs::remove_file(&temporary).ok();
        }
        done
    };
    done.map_err(|source| Error::Io { path: path.into(), source })
}

/// Writes the files of a folder anew, which is made if it is not there: all of them, or none.
///
/// They are written into a temporary folder inside of it first, and take their names when all are there.
///
/// # Errors
/// If one cannot be written; older ones are then untouched.
pub(crate) fn replace_folder(dir: &Path, write: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let failed = |source| Error::Io { path: dir.into(), source };
    fs::create_dir_all(dir).map_err(failed)?;
    let staged = dir.join(format!(".{}.tmp", process::id()));
    let done = fs::create_dir(&staged).map_err(failed).and_then(|()| write(&staged)).and_then(|()| {
        let mut files = fs::read_dir(&staged).and_then(Iterator::collect::<io::Result<Vec<_>>>).map_err(failed)?;
        files.sort_by_key(fs::DirEntry::file_name);
        files.iter().try_for_each(|file| fs::rename(file.path(), dir.join(file.file_name()))).map_err(failed)
    });
    fs::remove_dir_all(&staged).ok();
    done
}

fn fill(file: File, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<File> {
    let mut writer = BufWriter::new(file);
    write(&mut writer)?;
    writer.into_inner().map_err(io::IntoInnerError::into_error)
}

/// `model.arpa` → `.model.arpa.4711.tmp`, 4711 being this process.
fn temporary_name(target: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(format!(".{}.tmp", process::id()));
    target.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_the_old_file_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a model.arpa");
        replace_file(&path, |out| out.write_all(b"old")).unwrap();
        let full = |out: &mut dyn Write| {
            out.write_all(&[b'x'; 100_000])?;
            Err(io::Error::from(io::ErrorKind::StorageFull))
        };
        assert!(matches!(replace_file(&path, full), Err(Error::Io { .. })));
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        replace_file(&path, |out| out.write_all(b"new")).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_full_device_is_an_error_and_stays_a_device() {
        let error = replace_file(Path::new("/dev/full"), |out| out.write_all(b"x")).unwrap_err();
        assert!(error.to_string().starts_with("cannot read or write /dev/full"), "{error}");
        assert!(!fs::metadata("/dev/full").unwrap().is_file());
    }
}
