//! What files of PEFT cannot say, and files that say what cannot be here.

use crate::files::folder;
use crate::{Grouped, Plain};
use nn::lora::{Adapted, Tuning};
use nn::{Adapters, Parameters, Store};

fn on(layer: &'static str, rank: usize) -> Adapted<Plain> {
    let choose = |path: &str, _: &str| if path == layer { Tuning::LowRank } else { Tuning::Frozen };
    Adapted::new(Plain::seeded(1), rank, 3.0, choose).unwrap()
}

#[test]
fn another_rank_is_said_in_the_words_of_the_network() {
    let folder = folder("rank");
    on("fc", 2).save_adapters(&folder).unwrap();
    let said = on("fc", 3).load_adapters(&folder).unwrap_err().to_string();
    assert!(said.contains("has rank 3 in the network and 2 in the file; give `Adapted::new` the rank 2"), "{said}");
    assert!(!said.contains("#[lora"), "{said}");
}

/// Nothing of such a layer is written, so that it must not be listed either.
#[test]
fn frozen_layers_are_not_saved_whole() {
    let (net, folder, none) = (Grouped::seeded(1), folder("frozen"), folder("none").join("frozen"));
    let said = net.save_adapters_with(&none, &["head", "fixed"]).unwrap_err().to_string();
    assert!(said.contains("`fixed` is frozen here") && said.contains("leave it out"), "{said}");
    assert!(!none.exists());
    net.save_adapters_with(&folder, &["head"]).unwrap();
    let said = on("fc", 2).save_adapters_with(&none, &["head"]).unwrap_err().to_string();
    assert!(said.contains("`head` is frozen here"), "{said}");
}

#[test]
fn layers_that_are_saved_whole_must_not_be_frozen_here() {
    let folder = folder("whole");
    let choose = |path: &str, _: &str| if path == "fc" { Tuning::LowRank } else { Tuning::Whole };
    Adapted::new(Plain::seeded(1), 2, 3.0, choose).unwrap().save_adapters_with(&folder, &["head"]).unwrap();
    let mut net = on("fc", 2);
    let before = net.to_bytes().unwrap();
    let said = net.load_adapters(&folder).unwrap_err().to_string();
    assert!(said.contains("all of `head` (`modules_to_save`), but that is frozen here"), "{said}");
    assert!(said.contains("`Tuning::Whole`"), "{said}");
    assert_eq!(net.to_bytes().unwrap(), before);
}

#[test]
fn peft_has_other_factors_of_convolutions_in_groups() {
    let folder = folder("none").join("grouped");
    let choose = |path: &str, _: &str| if path == "conv" { Tuning::LowRank } else { Tuning::Frozen };
    let mut net = Adapted::new(Grouped::seeded(1), 2, 3.0, choose).unwrap();
    let said = net.save_adapters(&folder).unwrap_err().to_string();
    assert!(said.contains("`conv` is a convolution in groups") && said.contains("save_merged"), "{said}");
    assert!(!folder.exists());
    // The network's own files have them.
    net.reset_adapters(4);
    let mut read = Adapted::new(Grouped::seeded(2), 2, 3.0, choose).unwrap();
    read.load_bytes(&net.to_bytes().unwrap()).unwrap();
    assert_eq!(read.to_bytes().unwrap(), net.to_bytes().unwrap());
    assert_eq!(net.adapted_layers().collect::<Vec<_>>(), ["conv"]);
    assert_eq!(<Adapted<Grouped> as Parameters>::PARAMS, Grouped::PARAMS);
}
