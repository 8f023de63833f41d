//! Networks over tokens and steps: what a user would notice.

use nn::check::{self, Options};
use nn::data::{Cached, Samples};
use nn::plan::Planned;
use nn::prelude::*;
use nn::train::FindLr;
use nn::{Layer, Path, Value};

network! {
    /// A sentence of six words, in three kinds.
    #[derive(Clone)]
    pub struct Words: [u32; 6] -> [3] {
        word: Embedding(10, 8),
        place: PositionEmbedding,
        norm: RmsNorm,
        hidden: Dense(8) + Gelu,
        last: Last,
        scores: Dense(3),
    }

    struct Opening: [u32; 6] -> [8] {
        word: Embedding(10, 8),
        first: First,
    }

    /// Words beside numbers; the same words in another shape too.
    struct Mixed: (words: [u32; 6], age: [2]) -> (kind: [3], size: [1]) {
        first: Opening from words,
        pairs: Reshape([2, 3]) from words,
        coarse: Embedding(12, 2),
        flat: Flatten,
        both: Concat from (first, flat, age),
        kind: Dense(3),
        size: Dense(1) from both,
    }

    struct Body: [u32; 6] -> [3] {
        last: Sequential { word: Embedding(10, 4), step: Last },
        scores: Dense(3),
    }

    struct FrozenWords: [u32; 6] -> [3] {
        #[frozen]
        words: Opening,
        scores: Dense(3),
    }

    /// What comes next, for each of six steps.
    struct Next: [u32; 6] -> [6, 10] {
        word: Embedding(10, 16),
        scores: Dense(10),
    }
}

fn sentences(count: u32) -> Vec<[u32; 6]> {
    (0..count).map(|i| std::array::from_fn(|j| (i * 7 + j as u32 * (i + 3)) % 10)).collect()
}

/// Sentences in kinds that the last word decides.
fn samples(count: u32) -> Samples<[u32; 6], u32> {
    let x = sentences(count);
    let y = x.iter().map(|x| x[5] % 3).collect::<Vec<u32>>();
    Samples::new(x, y).unwrap()
}

fn quiet(epochs: usize) -> Fit<'static, [u32; 6], u32> {
    Fit { epochs, batch_size: 8, progress: Progress::Silent, ..Fit::default() }
}

#[test]
fn gradients_of_networks_that_take_tokens() {
    let x = || Batch::from(sentences(5));
    let options = Options::default();
    check::gradients_at(&mut Words::seeded(1), x(), &options).unwrap();
    check::gradients_at(&mut Body::seeded(2), x(), &options).unwrap();
    check::gradients_at(&mut FrozenWords::seeded(3), x(), &options).unwrap();
    check::gradients_at(&mut Next::seeded(4), x(), &options).unwrap();
    let both = MixedIn { words: x(), age: Batch::from(vec![[0.5, -0.25]; 5]) };
    check::gradients_at(&mut Mixed::seeded(5), both, &options).unwrap();
}

#[test]
fn words_are_learned() {
    for seed in [1, 2, 3] {
        let mut trainer = Trainer::new(Words::seeded(seed), CrossEntropy, Adam::default()).metric(Accuracy);
        trainer.fit(&samples(200), &quiet(30)).unwrap();
        let accuracy = trainer.evaluate(&samples(200)).unwrap().get("accuracy").unwrap();
        assert!(accuracy > 0.99, "seed {seed}: {accuracy}");
    }
}

#[test]
fn every_step_has_a_label() {
    let x = sentences(100);
    let y: Vec<[u32; 6]> = x.iter().map(|x| x.map(|word| (word + 3) % 10)).collect();
    let mut trainer =
        Trainer::new(Next::seeded(1), CrossEntropy, Adam { lr: 0.01, ..Adam::default() }).metric(Accuracy);
    let data = Samples::new(x, y).unwrap();
    trainer.fit(&data, &Fit { epochs: 20, batch_size: 10, progress: Progress::Silent, ..Fit::default() }).unwrap();
    assert_eq!(trainer.evaluate(&data).unwrap().get("accuracy"), Some(1.0));
}

#[test]
fn a_token_outside_the_vocabulary_is_told_by_everything_that_trains_or_measures() {
    let good = samples(40);
    let (mut x, y) = (sentences(40), good.y().to_vec());
    x[33][2] = 10;
    let bad = Samples::new(x, y).unwrap();
    let told = |problem: nn::Error, layer: &str| {
        let expected = format!(
            "sample 33: its token 10, at place 3 of 6, is outside the vocabulary of `{layer}`, which has the tokens 0 to 9; "
        );
        assert!(problem.to_string().starts_with(&expected), "{problem}");
    };
    let start = Words::seeded(1);
    let mut trainer = Trainer::new(start.clone(), CrossEntropy, Adam::default());
    told(trainer.evaluate(&bad).unwrap_err(), "word");
    told(trainer.find_lr(&bad, &FindLr::default()).unwrap_err(), "word");
    told(trainer.fit(&good, &Fit { validation: Some(&bad), ..quiet(1) }).unwrap_err(), "word");
    told(trainer.fit(&bad, &Fit { prefetch: 2, ..quiet(1) }).unwrap_err(), "word");
    told(Trainer::new(Body::seeded(1), CrossEntropy, Adam::default()).fit(&bad, &quiet(1)).unwrap_err(), "last.word");
    told(
        Trainer::new(FrozenWords::seeded(1), CrossEntropy, Adam::default()).fit(&bad, &quiet(2)).unwrap_err(),
        "words.word",
    );
    let planned = Planned::<Words, nn::plan::Biases>::new(start);
    told(Trainer::new(planned, CrossEntropy, Adam::default()).fit(&bad, &quiet(1)).unwrap_err(), "word");
    let adapted = nn::lora::Adapted::new(Words::seeded(1), 2, 4.0, |_, kind| match kind {
        "Dense" => nn::lora::Tuning::LowRank,
        _ => nn::lora::Tuning::Whole,
    })
    .unwrap();
    told(Trainer::new(adapted, CrossEntropy, Adam::default()).fit(&bad, &quiet(1)).unwrap_err(), "word");
    told(Cached::new(&Opening::seeded(1), &bad).map(|_| ()).unwrap_err(), "word");
    // Where there are several inputs, of the one that has tokens.
    let words = sentences(3);
    let refused = Mixed::refused(nn::Ref::<<Mixed as Layer>::In> { words: &words, age: &[[0.0; 2]; 3] }, &Path::ROOT);
    assert_eq!(refused, None);
    let mut words = words;
    words[2][5] = 11;
    let refused = Mixed::refused(nn::Ref::<<Mixed as Layer>::In> { words: &words, age: &[[0.0; 2]; 3] }, &Path::ROOT);
    let refused = refused.unwrap();
    assert_eq!(refused.sample, 2);
    assert!(refused.problem.contains("of `first.word`"), "{}", refused.problem);
}

#[test]
fn a_step_with_a_bad_token_changes_nothing() {
    let (mut x, y) = (sentences(8), vec![0; 8]);
    x[7][0] = 99;
    let mut trainer = Trainer::new(Words::seeded(1), CrossEntropy, Adam::default());
    trainer.fit(&Samples::new(x, y).unwrap(), &quiet(1)).unwrap_err();
    let (before, mut same) = (Words::seeded(1), true);
    let mut values = Vec::new();
    before.tensors(&Path::ROOT, &mut |_, _, tensor| values.push(tensor.to_vec()));
    let mut values = values.iter();
    trainer.network().tensors(&Path::ROOT, &mut |_, _, tensor| same &= values.next() == Some(&tensor.to_vec()));
    assert!(same);
}

#[test]
fn tokens_are_told_from_values_in_tables() {
    assert_eq!(<<Words as Layer>::In as Value>::text(), "[u32; 6]");
    assert_eq!(<<Mixed as Layer>::In as Value>::text(), "(words: [u32; 6], age: [2])");
    assert!(Words::seeded(1).summary().to_string().starts_with("Words: [u32; 6] -> [3]"));
}
