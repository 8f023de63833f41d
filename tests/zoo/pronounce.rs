//! Recurrent layers with weights learned elsewhere: from letters to sounds. Beside PyTorch's hidden states and logits, and along whole words
//! and a letter at a time.

use crate::{Reference, outside};
use nn::storage::{Mode, Rename, Weights};
use nn::{Layer, Network, Store, network};

network! {
    /// Reads "hello" and the end of the word at once.
    struct Hello: [u32; 6] -> [256] {
        #[name = "encoder.embedding"]
        embedding: Embedding(29, 256),
        #[name = "encoder.gru"]
        gru: Gru(256),
        last: Last,
    }

    /// Reads one letter.
    struct Listen: (letter: [u32; 1], state: [256]) -> [256] {
        #[name = "encoder.embedding"]
        embedding: Embedding(29, 256) from letter,
        vector: Flatten,
        #[name = "encoder.gru"]
        gru: GruCell(256) from (vector, state),
    }

    /// Speaks one sound.
    struct Speak: (sound: [u32; 1], state: [256]) -> (left: [256], next: [74]) {
        #[name = "decoder.embedding"]
        embedding: Embedding(74, 256) from sound,
        vector: Flatten,
        #[name = "decoder.gru"]
        left: GruCell(256) from (vector, state),
        #[name = "fc"]
        next: Dense(74),
    }
}

/// Float32 after a dozen steps.
const TOLERANCE: f32 = 1e-5;

/// The tokens of a word with its end.
fn tokens(reference: &Reference, word: &str) -> Vec<u32> {
    let ids = reference.0.bytes(&format!("{word}.ids")).unwrap();
    ids.as_chunks().0.iter().map(|&id| i64::from_le_bytes(id) as u32).collect()
}

/// Loads what a network has of the file, whose cells are called like layers along sequences.
fn load<N: Layer + Default>(weights: &std::path::Path) -> N {
    let (mut net, rules) = (N::default(), Rename::new().pattern("*.gru.*_l0", "*.gru.*"));
    let report = Weights::open(weights).unwrap().rename(&rules).unwrap().load_into(&mut net, Mode::Partial).unwrap();
    assert!(report.missing.is_empty(), "{report}");
    net
}

#[test]
fn words_are_heard_and_spoken_as_by_pytorch() {
    let files = ["model.safetensors", "reference.safetensors"].map(|file| outside("g2p-en-gru", file));
    let [Some(weights), Some(reference)] = files else { return };
    let reference = Reference::read(reference);
    let (mut listen, mut speak) = (load::<Listen>(&weights).prepare(1), load::<Speak>(&weights).prepare(1));
    for word in ["hello", "tensor", "rustacean", "activationist", "gradient"] {
        let mut state = [[0.0; 256]];
        for letter in tokens(&reference, word) {
            state = [listen.predict(ListenInRef { letter: &[[letter]], state: &state })[0]];
        }
        reference.assert_within(TOLERANCE, &format!("{word}.enc_hidden"), &state[0]);
        let (mut sound, mut scores) = (2, Vec::new());
        while sound != 3 && scores.len() < 20 * 74 {
            let said = speak.predict(SpeakInRef { sound: &[[sound]], state: &state });
            scores.extend(said.next[0]);
            sound = (0..74).max_by(|&a, &b| said.next[0][a].total_cmp(&said.next[0][b])).unwrap() as u32;
            state = [said.left[0]];
        }
        reference.assert_within(TOLERANCE, &format!("{word}.logits"), &scores);
    }

    let mut hello = Hello::default();
    hello.load_partial(&weights).unwrap();
    let letters: [u32; 6] = tokens(&reference, "hello").try_into().unwrap();
    reference.assert_within(TOLERANCE, "hello.enc_hidden", &hello.predict(&[letters])[0]);
}
