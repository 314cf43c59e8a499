//! Archives: the same files and the same time give the same bytes.

use std::collections::BTreeSet;
use std::io::{Cursor, Write};

use anyhow::Result;
use flate2::{Compression, GzBuilder};
use time::OffsetDateTime;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::contents::Entry;

/// The files in a folder of the name `top`.
pub fn tar_gz(top: &str, entries: &[Entry], when: OffsetDateTime) -> Result<Vec<u8>> {
    gzip(&tar(&format!("{top}/"), entries, when)?)
}

/// The files below `top`, each folder before what is in it.
pub fn tar(top: &str, entries: &[Entry], when: OffsetDateTime) -> Result<Vec<u8>> {
    let mut builder = tar::Builder::new(Vec::new());
    let header = |mode: u32, kind: tar::EntryType, bytes: usize| {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_mtime(when.unix_timestamp().unsigned_abs());
        header.set_size(bytes as u64);
        header.set_uid(0);
        header.set_gid(0);
        header
    };
    let mut made = BTreeSet::new();
    for entry in entries {
        let path = format!("{top}{}", entry.path);
        for (end, _) in path.match_indices('/') {
            let folder = &path[..=end];
            if made.insert(folder.to_string()) {
                let mut header = header(0o755, tar::EntryType::Directory, 0);
                builder.append_data(&mut header, folder, &[][..])?;
            }
        }
        let mut header = header(entry.mode(), tar::EntryType::Regular, entry.bytes.len());
        builder.append_data(&mut header, &path, &entry.bytes[..])?;
    }
    Ok(builder.into_inner()?)
}

/// Without a name and a time.
pub fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzBuilder::new().write(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

/// The files in a folder of the name `top`.
pub fn zip(top: &str, entries: &[Entry], when: OffsetDateTime) -> Result<Vec<u8>> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let (date, (hour, minute, second)) = (when.date(), when.to_hms());
    let year = u16::try_from(date.year())?;
    let month = u8::from(date.month());
    let time = zip::DateTime::from_date_and_time(year, month, date.day(), hour, minute, second)?;
    for entry in entries {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(9))
            .last_modified_time(time)
            .unix_permissions(entry.mode());
        writer.start_file(format!("{top}/{}", entry.path), options)?;
        writer.write_all(&entry.bytes)?;
    }
    Ok(writer.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn entries() -> Vec<Entry> {
        let entry = |path: &str, executable| Entry {
            path: path.to_string(),
            bytes: path.repeat(40).into_bytes(),
            executable,
        };
        // Longer than the names that a header of tar has room for.
        let long = format!("Unbraid.vst3/{}x", "folder/".repeat(30));
        vec![entry(&long, false), entry("man/unbraid.1", false), entry("unbraid", true)]
    }

    fn when() -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(1_700_000_000).unwrap()
    }

    #[test]
    fn a_tar_archive_holds_the_files_as_given() {
        let bytes = tar_gz("top", &entries(), when()).unwrap();
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(&bytes[..]));
        let (mut found, mut folders) = (Vec::new(), Vec::new());
        for file in archive.entries().unwrap() {
            let mut file = file.unwrap();
            let header = file.header();
            assert_eq!(header.mtime().unwrap(), 1_700_000_000);
            assert_eq!((header.uid().unwrap(), header.gid().unwrap()), (0, 0));
            let path = file.path().unwrap().to_string_lossy().into_owned();
            if file.header().entry_type().is_dir() {
                folders.push(path);
                continue;
            }
            let executable = file.header().mode().unwrap() == 0o755;
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).unwrap();
            let path = path.strip_prefix("top/").unwrap().to_string();
            found.push(Entry { path, bytes, executable });
        }
        assert_eq!(found, entries());
        assert_eq!(folders[..2], ["top/", "top/Unbraid.vst3/"]);
        assert_eq!(folders.last().unwrap(), "top/man/");
    }

    #[test]
    fn a_zip_archive_holds_the_files_as_given() {
        let bytes = zip("top", &entries(), when()).unwrap();
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut found = Vec::new();
        for i in 0..archive.len() {
            let mut file = archive.by_index(i).unwrap();
            assert_eq!(file.last_modified().unwrap().to_string(), "2023-11-14 22:13:20");
            let executable = file.unix_mode().unwrap() & 0o777 == 0o755;
            let path = file.name().strip_prefix("top/").unwrap().to_string();
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).unwrap();
            found.push(Entry { path, bytes, executable });
        }
        assert_eq!(found, entries());
    }
}
