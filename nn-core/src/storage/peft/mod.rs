//! Low-rank adapters alone, in the files of Python's PEFT.

mod config;
mod part;

use super::load::{Mode, collect};
use super::safetensors::{IN_MEMORY, Named, write as write_tensors};
use super::weights::Weights;
use super::{atomic_write, load::metadata};
use crate::{Error, Parameters, Path, Result};
use config::{Config, Described};
use part::Part;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path as FilePath;

const CONFIG: &str = "adapter_config.json";
const TENSORS: &str = "adapter_model.safetensors";
const PICKLE: &str = "adapter_model.bin";
/// What PEFT puts before the path of a layer.
const PREFIX: &str = "base_model.model";
/// The longest configuration that is read, in bytes: real ones have about a thousand.
const LONGEST: u64 = 1 << 20;

/// What can be done with the low-rank adapters of a network, all at once.
///
/// ```
/// use nn_core::layers::{Dense, Lora};
/// use nn_core::lora::Adapter;
/// use nn_core::{Adapters, Layer};
///
/// type Adapted = Lora<Dense<[f32; 6], [f32; 4]>, 2>;
/// let (mut trained, mut other) = (Adapted::new(Dense::new(), 4.0, 0.0), Adapted::new(Dense::new(), 2.0, 0.0));
/// trained.reset(1);
/// # let folder = std::env::temp_dir().join(format!("nn-adapters-doc-{}", std::process::id()));
/// trained.save_adapters(&folder)?;
/// other.load_adapters(&folder)?;
/// assert_eq!(other.factors(), trained.factors());
/// assert_eq!(other.alpha(), 4.0);
/// # std::fs::remove_dir_all(&folder).unwrap();
/// # Ok::<(), nn_core::Error>(())
/// ```
pub trait Adapters: Parameters + Sized {
    /// Lets evaluation use W + ΔW in one product; see [`Lora::merge`](crate::layers::Lora::merge). `prepare` does so by itself.
    fn merge_adapters(&mut self) {
        self.adapters_mut(&Path::ROOT, &mut |_, adapter| adapter.merge());
    }

    /// Takes the changes out again, exactly.
    fn unmerge_adapters(&mut self) {
        self.adapters_mut(&Path::ROOT, &mut |_, adapter| adapter.unmerge());
    }

    /// Saves the adapters alone to a folder, which is made if it is not there: `adapter_model.safetensors` with PEFT's names and shapes
    /// (`base_model.model.hidden.lora_A.weight`), and `adapter_config.json`. In Python,
    /// `PeftModel.from_pretrained(model, folder)` puts them on a model with the same names of modules.
    ///
    /// PEFT has one rate of dropout for all layers; the largest is written. It knows no adapters of dilated convolutions.
    ///
    /// # Errors
    /// [`Error::Argument`] if the network has no adapters, or has one on a convolution in groups; [`Error::Io`] if a file cannot be written.
    fn save_adapters(&self, folder: impl AsRef<FilePath>) -> Result<()> {
        save(self, folder.as_ref(), &[])
    }

    /// The same with layers that were trained whole, such as a new head: PEFT's `modules_to_save`. A name stands for the layer of that path and
    /// for those whose path ends with it.
    ///
    /// # Errors
    /// As [`Adapters::save_adapters`], and [`Error::Argument`] for a name that no layer has, or only layers that are frozen by their type.
    fn save_adapters_with(&self, folder: impl AsRef<FilePath>, whole: &[&str]) -> Result<()> {
        save(self, folder.as_ref(), whole)
    }

    /// Loads adapters that [`Adapters::save_adapters`] or PEFT has saved to a folder, with the layers that are saved whole in it. Alpha is taken over
    /// from the file; the rank is declared by the network and must be the same, and the rate of dropout stays as declared.
    ///
    /// # Errors
    /// With the network as it was: [`Error::Io`] and [`Error::Format`] for files that cannot be read, are damaged or describe another method;
    /// [`Error::Mismatch`] if the network has other adapters; [`Error::Argument`] if it has none, or of another rank, or if a layer is frozen here
    /// that is saved whole.
    fn load_adapters(&mut self, folder: impl AsRef<FilePath>) -> Result<()> {
        let folder = folder.as_ref();
        let path = folder.join(CONFIG);
        let config = read(&path)?;
        let file = [TENSORS, PICKLE].map(|name| folder.join(name)).into_iter().find(|file| file.exists());
        load(self, (&path, &config), Weights::open(file.unwrap_or_else(|| folder.join(TENSORS)))?)
    }

    /// Loads adapters from files in memory: the text of `adapter_config.json`, and `adapter_model.safetensors` or `.bin`.
    ///
    /// # Errors
    /// As [`Adapters::load_adapters`], except that nothing is read.
    fn load_adapters_bytes(&mut self, config: &[u8], tensors: &[u8]) -> Result<()> {
        load(self, (FilePath::new(IN_MEMORY), config), Weights::from_bytes(tensors)?)
    }

    /// Saves W + ΔW under the names of the layers, without adapters: a file for the same network without `#[lora]`, and for PyTorch.
    ///
    /// # Errors
    /// As [`save`](super::save).
    fn save_merged(&self, path: impl AsRef<FilePath>) -> Result<()> {
        let tensors = merged(self)?;
        atomic_write(path, |file| write_tensors(file, &metadata(), &tensors))
    }
}

impl<P: Parameters> Adapters for P {}

fn save<P: Parameters>(net: &P, folder: &FilePath, whole: &[&str]) -> Result<()> {
    let (mut adapters, mut tensors, mut layers) = (Vec::new(), Vec::new(), BTreeSet::new());
    let mut grouped = None;
    net.adapters(&Path::ROOT, &mut |path, adapter| {
        let (rank, alpha, dropout) = (adapter.rank(), adapter.alpha(), adapter.dropout());
        if adapter.is_grouped() {
            grouped = Some(path.to_string());
        }
        adapters.push(Described { path: path.to_string(), rank, alpha, dropout });
    });
    if adapters.is_empty() {
        return Err(none("Adapters::save_adapters"));
    }
    if let Some(path) = grouped {
        let problem = format!(
            "`{path}` is a convolution in groups, for which PEFT has factors of another shape; leave it without adapter, or save the network \
             (`save`) or what comes out of it (`save_merged`)"
        );
        return Err(Error::argument("Adapters::save_adapters", problem));
    }
    part::tensors(net, whole, &Path::ROOT, &mut |path, _, tensor| {
        tensors.push(Named { name: path.to_string(), shape: tensor.shape(), values: tensor.to_vec() });
    });
    net.tensors(&Path::ROOT, &mut |path, _, _| layers.extend(part::layer_of(&path.to_string()).map(str::to_owned)));
    let saved = |name: &&&str| layers.iter().any(|layer| part::is_at(layer, name));
    if let Some(unknown) = whole.iter().find(|name| !saved(name)) {
        let problem = format!("there is no layer `{unknown}` to save whole");
        return Err(Error::argument("Adapters::save_adapters_with", problem));
    }
    if let Some(name) = part::frozen(net, whole) {
        let problem = format!("`{name}` is frozen here, so that nothing of it has been trained; leave it out");
        return Err(Error::argument("Adapters::save_adapters_with", problem));
    }
    let others: Vec<String> =
        layers.into_iter().filter(|layer| !adapters.iter().any(|adapter| adapter.path == *layer)).collect();
    fs::create_dir_all(folder).map_err(|error| Error::io("create", folder, error))?;
    atomic_write(folder.join(TENSORS), |file| write_tensors(file, &metadata(), &tensors))?;
    let text = config::write(&adapters, &others, whole);
    atomic_write(folder.join(CONFIG), |file| file.write_all(text.as_bytes()))
}

fn load<P: Parameters>(net: &mut P, (path, config): (&FilePath, &[u8]), weights: Weights<'_>) -> Result<()> {
    let config = Config::parse(config).map_err(|problem| Error::format(path, "PEFT", problem))?;
    let (mut found, mut checked) = (false, Ok(()));
    net.adapters(&Path::ROOT, &mut |path, adapter| {
        found = true;
        let (path, rank) = (path.to_string(), adapter.rank());
        let other = config.rank(&path);
        if checked.is_ok() && other != rank as u64 {
            let problem = format!(
                "the adapter of `{path}` has rank {rank} in the network and {other} in the file; {}",
                adapter.advice_on_rank(other)
            );
            checked = Err(Error::argument("Adapters::load_adapters", problem));
        }
    });
    checked?;
    if !found {
        return Err(none("Adapters::load_adapters"));
    }
    if let Some(name) = part::frozen(net, &config.whole) {
        let problem = format!(
            "the file has all of `{name}` (`modules_to_save`), but that is frozen here; let it learn, by `Tuning::Whole` in `Adapted::new` or \
             without `#[frozen]`"
        );
        return Err(Error::argument("Adapters::load_adapters", problem));
    }
    weights.load_into(&mut Part { net, whole: &config.whole }, Mode::Strict)?;
    net.adapters_mut(&Path::ROOT, &mut |path, adapter| {
        let rank = adapter.rank();
        adapter.set_alpha(config.alpha(&path.to_string(), rank));
    });
    Ok(())
}

fn none(what: &'static str) -> Error {
    Error::argument(
        what,
        "the network has no low-rank adapters; write `#[lora(rank = 8)]` before a `Dense` or `Conv2d` line",
    )
}

/// The text of a configuration, unless it is far too long for one.
fn read(path: &FilePath) -> Result<Vec<u8>> {
    let failed = |error| Error::io("read", path, error);
    let mut text = Vec::new();
    File::open(path).map_err(failed)?.take(LONGEST + 1).read_to_end(&mut text).map_err(failed)?;
    if text.len() as u64 > LONGEST {
        return Err(Error::format(
            path,
            "PEFT",
            format!("it has more than {LONGEST} bytes, too many for a configuration"),
        ));
    }
    Ok(text)
}

/// All tensors as they are without adapters.
fn merged<P: Parameters>(net: &P) -> Result<Vec<Named>> {
    let (mut tensors, mut left_out) = (collect(net)?, BTreeSet::new());
    net.adapters(&Path::ROOT, &mut |path, adapter| {
        let weight = path.join("weight").to_string();
        if let Some(named) = tensors.iter_mut().find(|named| named.name == weight) {
            named.values = adapter.merged_weight().to_vec();
        }
        left_out.extend(part::FACTORS.map(|name| path.join(name).join("weight").to_string()));
    });
    tensors.retain(|named| !left_out.contains(&named.name));
    Ok(tensors)
}
