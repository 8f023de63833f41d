//! Going back to an earlier checkpoint, and going on in a folder that has files already.

use crate::{Folder, Net, Training, data};
use nn::loss::CrossEntropy;
use nn::metrics::Accuracy;
use nn::optim::Adam;
use nn::storage::{Rotation, to_bytes};
use nn::train::{Checkpoints, Fit, Progress, Trainer};
use std::path::Path;

fn trainer() -> Training {
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

#[test]
fn a_second_call_keeps_the_best_checkpoint_unless_it_gets_better() {
    let (folder, other, train) = (Folder::new("best-twice"), Folder::new("best-other"), data(45, 1));
    let fit = |folder: &Path, best| {
        let fit = fit(6, folder);
        Fit { checkpoints: fit.checkpoints.map(|checkpoints| Checkpoints { best: Some(best), ..checkpoints }), ..fit }
    };
    let best = |folder: &Path| std::fs::read(folder.join("best.safetensors")).unwrap();
    let spoil = |trainer: &mut Training| trainer.network_mut().scores.weight.values_mut().fill(0.0);
    let mut trainer = trainer();
    trainer.fit(&train, &fit(&folder.0, "loss")).unwrap();
    let first = best(&folder.0);

    // Worse, also with a call between that saves nothing, and after a resumption.
    for resumed in [false, true] {
        if resumed {
            trainer = self::trainer();
            trainer.resume(&folder.0).unwrap();
            trainer.fit(&train, &fit(&folder.0, "loss")).unwrap();
        }
        spoil(&mut trainer);
        trainer.fit(&train, &Fit { checkpoints: None, epochs: 1, ..self::fit(1, &folder.0) }).unwrap();
        trainer.fit(&train, &Fit { epochs: 1, ..fit(&folder.0, "loss") }).unwrap();
        assert!(best(&folder.0) == first, "resumed {resumed}");
    }
    // Elsewhere, and by another number, there is a first one.
    trainer.fit(&train, &Fit { epochs: 1, ..fit(&other.0, "loss") }).unwrap();
    assert!(other.0.join("best.safetensors").is_file());
    let mut trainer = trainer.metric(Accuracy);
    trainer.fit(&train, &Fit { epochs: 1, ..fit(&folder.0, "accuracy") }).unwrap();
    let second = best(&folder.0);
    assert!(second != first);
    // Better.
    trainer.fit(&train, &Fit { epochs: 60, ..fit(&folder.0, "accuracy") }).unwrap();
    assert!(best(&folder.0) != second);
}

#[test]
fn a_run_that_goes_on_elsewhere_has_a_best_checkpoint_there() {
    let (folder, elsewhere, train) = (Folder::new("best-here"), Folder::new("best-elsewhere"), data(45, 1));
    let fit = |epochs, folder: &Path| {
        let fit = fit(epochs, folder);
        Fit { checkpoints: fit.checkpoints.map(|checkpoints| Checkpoints { best: Some("loss"), ..checkpoints }), ..fit }
    };
    trainer().fit(&train, &fit(3, &folder.0)).unwrap();
    let mut trainer = trainer();
    assert!(trainer.resume(&folder.0).unwrap());
    // Worse than all that is in the first folder.
    trainer.network_mut().scores.weight.values_mut().fill(1e3);
    trainer.fit(&train, &fit(4, &elsewhere.0)).unwrap();
    assert!(Rotation::new(&elsewhere.0).best().is_some());
}
