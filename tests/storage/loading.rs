//! What loading says: reports, damage, files of other networks.

use super::*;
use nn::storage::{Mode, load_bytes};

#[test]
fn a_head_for_other_classes_on_an_older_body() {
    let file = Temporary::new("older");
    let older = peculiar::<Older>(3);
    older.save(&file.0).unwrap();

    let mut newer = Newer::seeded(4);
    let (fresh, saved) = (bits(&newer), bits(&older));
    let report = newer.load_partial(&file.0).unwrap();
    assert_eq!(
        report.loaded,
        [
            "stem.weight",
            "stem.bias",
            "blocks.0.body.fc.weight",
            "blocks.0.body.fc.bias",
            "blocks.1.body.fc.weight",
            "blocks.1.body.fc.bias"
        ]
    );
    assert_eq!(report.missing, ["blocks.2.body.fc.weight", "blocks.2.body.fc.bias", "normed.weight", "normed.bias"]);
    assert!(report.unexpected.is_empty() && report.mis_typed.is_empty() && !report.is_complete());
    let mis_shaped: Vec<_> =
        report.mis_shaped.iter().map(|it| (it.name.as_str(), it.file.clone(), it.network.dims().to_vec())).collect();
    assert_eq!(mis_shaped, [("head.weight", vec![10, 16], vec![4, 16]), ("head.bias", vec![10], vec![4])]);
    let text = report.to_string();
    for line in [
        "6 of the network's 12 tensors are in the file",
        "missing in the file: `normed.weight` [16]",
        "`head.weight` is [10, 16] in the file, [4, 16] in the network",
    ] {
        assert!(text.contains(line), "no `{line}` in\n{text}");
    }
    for ((name, values), (_, fresh)) in bits(&newer).iter().zip(&fresh) {
        match saved.iter().find(|(other, _)| other == name) {
            Some((_, saved)) if report.loaded.contains(name) => assert_eq!(values, saved, "{name}"),
            _ => assert_eq!(values, fresh, "`{name}` keeps its initial values"),
        }
    }

    // Strictly, it is an error with the same report, and nothing is loaded.
    let Err(Error::Mismatch { report: strict, .. }) = Newer::load(&file.0) else { panic!("a mismatch") };
    assert_eq!(*strict, report);
    let mut newer = Newer::seeded(4);
    let error = newer.load_from(&file.0).unwrap_err().to_string();
    assert!(
        error.contains("older") && error.contains("`head.bias` is [10] in the file, [4] in the network"),
        "{error}"
    );
    assert_eq!(bits(&newer), fresh);
}

#[test]
fn damaged_files_leave_the_network_as_it_was() {
    let bytes = peculiar::<Everything>(5).to_bytes().unwrap();
    let mut net = Everything::seeded(6);
    let before = bits(&net);
    let mut random = Random::new(7, "damage");
    let (mut refused, tries) = (0, 240);
    for attempt in 0..tries {
        let mut damaged = bytes.clone();
        match attempt % 3 {
            0 => damaged.truncate(random.below(bytes.len())),
            1 => damaged[random.below(bytes.len())] ^= 1 << random.below(8),
            // Most of a file is numbers; its head is what decides.
            _ => damaged[random.below(bytes.len().min(3000))] = random.below(256) as u8,
        }
        for mode in [Mode::Strict, Mode::Partial] {
            match load_bytes(&mut net, &damaged, mode) {
                Err(error) => {
                    assert!(error.to_string().contains("<in memory>"), "{error}");
                    assert_eq!(bits(&net), before, "{error}");
                    refused += 1;
                }
                // Bytes that say nothing (metadata of others), or the same byte again.
                Ok(report) => {
                    let loaded = bits(&net);
                    assert!(report.loaded.iter().all(|name| is_saved(&bytes, name, &loaded)), "attempt {attempt}");
                    net = Everything::seeded(6);
                }
            }
        }
    }
    assert!(refused > 2 * tries * 9 / 10, "{refused} of {} were refused", 2 * tries);
}

/// That the tensor of that name is the one in the file that was not damaged.
fn is_saved(bytes: &[u8], name: &str, loaded: &[(String, Vec<u32>)]) -> bool {
    let saved = SafeTensors::from_bytes(bytes).unwrap().floats(name).unwrap();
    let loaded = &loaded.iter().find(|(other, _)| other == name).unwrap().1;
    saved.iter().map(|value| value.to_bits()).eq(loaded.iter().copied())
}

#[test]
fn files_of_other_networks_are_refused_in_words() {
    let file = Temporary::new("other");
    peculiar::<Heads>(8).save(&file.0).unwrap();
    let error = Small::load(&file.0).err().unwrap().to_string();
    for part in [
        "0 of the network's 6 tensors are in the file",
        "missing in the file: `hidden.weight` [2, 3]",
        "not in the network: `features.bias`",
    ] {
        assert!(error.contains(part), "no `{part}` in\n{error}");
    }
    let error = Small::load("no/such/file.safetensors").err().unwrap();
    assert!(matches!(&error, Error::Io { .. }) && error.to_string().contains("no/such/file.safetensors"), "{error}");
}
