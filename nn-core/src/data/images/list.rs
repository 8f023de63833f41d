//! Which files a folder has, by class.

use crate::{Error, Result};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// Classes and files in order.
pub(super) struct Listing {
    pub(super) class_names: Vec<String>,
    pub(super) files: Vec<PathBuf>,
    pub(super) labels: Vec<u32>,
}

/// What `root` holds; `classes` are given where their numbers come from elsewhere.
pub(super) fn list(root: &Path, classes: Option<Vec<String>>) -> Result<Listing> {
    let told = |problem: String| Err(Error::data(format!("images of `{}`", root.display()), problem));
    if !root.exists() {
        let mut problem = "there is no such folder".to_owned();
        if let (true, Ok(current)) = (root.is_relative(), std::env::current_dir()) {
            problem += &format!(" in `{}`", current.display());
        }
        return Err(Error::io("find", root, io::Error::new(ErrorKind::NotFound, problem)));
    }
    let entries = entries(root)?;
    let lost = |name: &str| {
        told(format!("`{name}` is a link that leads nowhere; mend it, or put a dot before its name to leave it out"))
    };
    // It may have been the folder of a class, without which the others would be numbered in another way.
    if let Some((name, _)) = entries.iter().find(|(_, path)| leads_nowhere(path)) {
        return lost(name);
    }
    let folders: Vec<&(String, PathBuf)> = entries.iter().filter(|(_, path)| path.is_dir()).collect();
    if folders.is_empty() {
        return told(match entries.iter().filter(|(name, _)| is_image(name)).count() {
            0 => "it has no folders; a folder for each class is needed, with the images of that class in it".into(),
            images => format!(
                "it has {images} images, but no folders; put the images of each class into a folder with the name of the class"
            ),
        });
    }
    let whole = classes.is_none();
    let class_names = classes.unwrap_or_else(|| folders.iter().map(|(name, _)| name.clone()).collect());
    let (mut files, mut labels) = (Vec::new(), Vec::new());
    for (class, folder) in folders {
        let Some(label) = class_names.iter().position(|name| name == class) else {
            return told(format!("folder `{class}` is none of the classes `{}`", class_names.join("`, `")));
        };
        let before = files.len();
        for (name, path) in self::entries(folder)? {
            if leads_nowhere(&path) {
                return lost(&format!("{class}/{name}"));
            }
            let folder = path.is_dir();
            if folder || !is_image(&name) {
                let what = if folder { "a folder inside that of a class" } else { "neither PNG nor JPEG by its name" };
                let problem = format!(
                    "`{class}/{name}` is {what}; move it elsewhere, or put a dot before its name to leave it out"
                );
                return told(problem);
            }
            files.push(path);
            labels.push(label as u32);
        }
        if whole && files.len() == before {
            return told(format!("class `{class}` has no images; add some, or remove its folder"));
        }
    }
    Ok(Listing { class_names, files, labels })
}

/// Names and paths in a folder, sorted; without what begins with a dot.
fn entries(folder: &Path) -> Result<Vec<(String, PathBuf)>> {
    let failed = |error| Error::io("list", folder, error);
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') {
            entries.push((name, entry.path()));
        }
    }
    entries.sort_unstable();
    Ok(entries)
}

fn leads_nowhere(path: &Path) -> bool {
    path.is_symlink() && !path.exists()
}

fn is_image(name: &str) -> bool {
    let extension = Path::new(name).extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    ["png", "jpg", "jpeg"].iter().any(|known| extension.eq_ignore_ascii_case(known))
}
