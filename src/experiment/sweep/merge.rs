//! Puts points into one record: copies under `/points/<index>`, stacked results, columns.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::stack::Stacks;
use super::{IDENTITY, INDEX, Plan, SCRIPT, columns};
use crate::experiment::ExperimentError;
use crate::experiment::script::Published;
use crate::record::{Attribute, Provenance, Record, RecordFile};

/// Where the points are: index → file and the group inside it.
#[derive(Debug, Default)]
pub(super) struct Sources(BTreeMap<usize, (PathBuf, String)>);

impl Sources {
    pub(super) fn add_point(&mut self, index: usize, file: PathBuf) {
        self.0.entry(index).or_insert((file, String::new()));
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Path of a point's group in a merged record.
fn group(index: usize) -> String {
    format!("/points/{index:06}")
}

/// Merges files of points, files of shards, and folders of either.
///
/// # Errors
/// When an input is no part of a sweep, the inputs belong to different sweeps, points are missing
/// (the others are merged all the same), or the record cannot be written.
pub fn merge(output: &Path, inputs: &[PathBuf], threads: usize) -> Result<PathBuf, ExperimentError> {
    let mut sources = Sources::default();
    let mut sweep: Option<(String, String, PathBuf)> = None;
    for input in inputs {
        let files = if input.is_dir() { records_in(input)? } else { vec![input.clone()] };
        let mut found = false;
        for path in files {
            let file = RecordFile::open(&path)?;
            let attributes = file.attributes("/")?;
            let text = |name: &str| {
                attributes.iter().find_map(|(n, value)| match value {
                    Attribute::Text(text) if n == name => Some(text.clone()),
                    _ => None,
                })
            };
            let (Some(identity), Some(script)) = (text(IDENTITY), text(SCRIPT)) else {
                continue;
            };
            found = true;
            match &sweep {
                Some((other, _, first)) if *other != identity => {
                    return Err(fault(&path, format!("belongs to another sweep than {}", first.display())));
                }
                Some(_) => {}
                None => sweep = Some((identity, script, path.clone())),
            }
            let index = attributes.iter().find_map(|(n, value)| match value {
                Attribute::I64(index) if n == INDEX => usize::try_from(*index).ok(),
                _ => None,
            });
            match index {
                Some(index) => sources.add_point(index, path),
                None => {
                    for name in file.members("/points") {
                        if let Ok(index) = name.parse::<usize>() {
                            sources.0.entry(index).or_insert((path.clone(), group(index)));
                        }
                    }
                }
            }
        }
        if !found {
            return Err(fault(
                input,
                "holds no points of a sweep; give files or folders that `neurofilament sweep` has written"
                    .to_owned(),
            ));
        }
    }
    let Some((identity, script, first)) = sweep else {
        return Err(fault(output, "nothing to merge; name at least one file or folder".to_owned()));
    };
    let plan = Plan::of_text(&script).ok_or_else(|| {
        fault(&first, "its sweep is not readable by this version of the program".to_owned())
    })?;
    let path = write_merged(output, &plan, &identity, &sources, threads)?;
    let missing: Vec<usize> = (0..plan.len()).filter(|i| !sources.0.contains_key(i)).collect();
    match missing.first() {
        None => Ok(path),
        Some(&first) => {
            Err(ExperimentError::Incomplete { path, missing: missing.len(), total: plan.len(), first })
        }
    }
}

fn fault(path: &Path, message: String) -> ExperimentError {
    ExperimentError::Merge { path: path.to_owned(), message }
}

/// The records directly inside a folder, in order of name.
fn records_in(folder: &Path) -> Result<Vec<PathBuf>, ExperimentError> {
    let entries = std::fs::read_dir(folder)
        .map_err(|source| ExperimentError::Unreadable { path: folder.to_owned(), source })?;
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "h5") && path.is_file())
        .collect();
    files.sort();
    Ok(files)
}

/// Writes the record of these points.
pub(super) fn write_merged(
    output: &Path,
    plan: &Plan,
    identity: &str,
    sources: &Sources,
    threads: usize,
) -> Result<PathBuf, ExperimentError> {
    let mut record = Record::create(output, &origin(plan, sources, threads)?)?;
    record.attribute("/", IDENTITY, &Attribute::Text(identity.to_owned()))?;
    record.attribute("/", SCRIPT, &Attribute::Text(plan.script().to_string()))?;
    let mut stacks = Stacks::default();
    for (&index, (path, prefix)) in &sources.0 {
        let file = RecordFile::open(path)?;
        let mut described = BTreeSet::new();
        for path in file.paths()? {
            let Some(inner) =
                path.strip_prefix(prefix.as_str()).filter(|p| p.starts_with('/')).map(str::to_owned)
            else {
                continue;
            };
            let mut dataset = file.read(&path)?;
            // Scales inside a point keep pointing inside it.
            for scale in &mut dataset.scales {
                *scale = scale.as_ref().and_then(|s| s.strip_prefix(prefix.as_str())).map(str::to_owned);
            }
            stacks.add(&inner, &dataset);
            dataset.path = format!("{}{inner}", group(index));
            for scale in dataset.scales.iter_mut().flatten() {
                *scale = format!("{}{scale}", group(index));
            }
            record.write(&dataset)?;
            for (end, _) in inner.match_indices('/').filter(|(end, _)| *end > 0) {
                if described.insert(inner[..end].to_owned()) {
                    for (name, value) in file.attributes(&format!("{prefix}{}", &inner[..end]))? {
                        record.attribute(&format!("{}{}", group(index), &inner[..end]), &name, &value)?;
                    }
                }
            }
        }
        record.attribute(&group(index), "parameters", &Attribute::Text(plan.describe(index)))?;
        if let Ok(script) = plan.resolve(index) {
            record.attribute(&group(index), "script", &Attribute::Text(script.to_string()))?;
        }
    }
    let indices: Vec<usize> = sources.0.keys().copied().collect();
    let scale = columns::write(&mut record, plan, &indices)?;
    stacks.write(&mut record, indices.len(), &scale)?;
    let published = plan.script().get("published").cloned();
    if let Some(published) = published.and_then(|p| serde_json::from_value::<Published>(p).ok()) {
        published.write(&mut record)?;
    }
    Ok(record.finish()?)
}

/// Provenance of a merged record: the sweep's script and every card its points used.
fn origin(plan: &Plan, sources: &Sources, threads: usize) -> Result<Provenance, ExperimentError> {
    let mut cards: Vec<(String, String)> = Vec::new();
    let mut last: Option<&Path> = None;
    for (path, _) in sources.0.values() {
        if last == Some(path.as_path()) {
            continue;
        }
        last = Some(path);
        for card in RecordFile::open(path)?.provenance()?.cards {
            if !cards.contains(&card) {
                cards.push(card);
            }
        }
    }
    cards.sort();
    let text = |name: &str| plan.script().get(name).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
    Ok(Provenance {
        script: plan.script().to_string(),
        cards,
        seed: plan.script().get("seed").and_then(serde_json::Value::as_u64).unwrap_or(0),
        threads,
        kind: text("kind"),
        title: text("title"),
    })
}
