//! Going back to an earlier checkpoint, and going on in a folder that has files already.

use crate::{Folder, Net, data};
use nn::loss::CrossEntropy;
use nn::optim::Adam;
use nn::storage::{Rotation, to_bytes};
use nn::train::{Checkpoints, Fit, Progress, Trainer};
use std::path::Path;

fn trainer() -> Trainer<Net, CrossEntropy, Adam, u32> {
    Trainer::new(Net::seeded(5), CrossEntropy, Adam { lr: 0.01, ..Adam::default() }).seed(11)
}

fn fit<'a>(epochs: usize, folder: &Path) -> Fit<'a, [f32; 6], u32> {
    let checkpoints = Some(Checkpoints { keep_last: 0, ..Checkpoints::new(folder) });
    Fit { epochs, batch_size: 45, checkpoints, progress: Progress::Silent, ..Fit::default() }
}

#[test]
fn a_run_that_goes_back_is_not_mixed_with_the_one_that_went_further() {
    let (folder, train) = (Folder::new("back"), data(45, 1));
    let file = |step: u64| folder.0.join(format!("checkpoint-{step:08}.safetensors"));
    trainer().fit(&train, &fit(4, &folder.0)).unwrap();

    let mut back = trainer();
    assert!(back.resume(file(2)).unwrap());
    let told = back.fit(&train, &fit(4, &folder.0)).unwrap_err().to_string();
    let start = "Checkpoints::folder: training goes on from step 2, but there are checkpoints of later steps: ";
    assert!(told.starts_with(start) && told.ends_with("; remove them, or use another folder"), "{told}");
    for (step, named) in [(1, false), (2, false), (3, true), (4, true)] {
        assert_eq!(told.contains(&file(step).display().to_string()), named, "{step}: {told}");
    }

    // Once they are removed, or elsewhere, it goes on, and the folder is that of this run.
    [3, 4].into_iter().for_each(|step| std::fs::remove_file(file(step)).unwrap());
    back.fit(&train, &fit(4, &folder.0)).unwrap();
    let mut again = trainer();
    assert!(again.resume(&folder.0).unwrap());
    assert_eq!(to_bytes(again.network()).unwrap(), to_bytes(back.network()).unwrap());
    let elsewhere = Folder::new("elsewhere");
    let mut back = trainer();
    back.resume(file(2)).unwrap();
    back.fit(&train, &fit(4, &elsewhere.0)).unwrap();
    assert_eq!(Rotation::new(&elsewhere.0).all().unwrap().len(), 2);
}
