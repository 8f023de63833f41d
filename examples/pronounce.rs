//! How English words are spoken: a GRU reads the letters, another one speaks the sounds. With weights learned elsewhere, a step at a time, so that
//! words may be of any length.
//!
//! `cargo run --release --example pronounce -- --weights checkpoint20.npz hello rustacean`
//!
//! The weights are those of the PyPI package g2p_en (Apache-2.0): `pip download --no-deps g2p_en`, unzip the wheel, and name its `checkpoint20.npz`.

#[path = "common/exit.rs"]
mod exit;

use clap::Parser;
use nn::prelude::*;
use nn::storage::{Mode, Rename, Weights};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

network! {
    /// What is known of a word after one more letter.
    struct Listen: (letter: [u32; 1], state: [256]) -> [256] {
        embedding: Embedding(29, 256) from letter,
        vector: Flatten,
        gru: GruCell(256) from (vector, state),
    }

    /// What is left to say after one more sound, and which one comes next.
    struct Speak: (sound: [u32; 1], state: [256]) -> (left: [256], next: [74]) {
        embedding: Embedding(74, 256) from sound,
        vector: Flatten,
        #[name = "gru"]
        left: GruCell(256) from (vector, state),
        #[name = "fc"]
        next: Dense(74),
    }
}

/// Sounds as the ARPAbet writes them, vowels with their stress; the first four are marks.
const SOUNDS: [&str; 74] = [
    "<pad>", "<unk>", "<s>", "</s>", "AA0", "AA1", "AA2", "AE0", "AE1", "AE2", "AH0", "AH1", "AH2", "AO0", "AO1",
    "AO2", "AW0", "AW1", "AW2", "AY0", "AY1", "AY2", "B", "CH", "D", "DH", "EH0", "EH1", "EH2", "ER0", "ER1", "ER2",
    "EY0", "EY1", "EY2", "F", "G", "HH", "IH0", "IH1", "IH2", "IY0", "IY1", "IY2", "JH", "K", "L", "M", "N", "NG",
    "OW0", "OW1", "OW2", "OY0", "OY1", "OY2", "P", "R", "S", "SH", "T", "TH", "UH0", "UH1", "UH2", "UW", "UW0", "UW1",
    "UW2", "V", "W", "Y", "Z", "ZH",
];
const START: u32 = 2;
const END: u32 = 3;
/// Behind the letters, which begin at 3.
const END_OF_WORD: u32 = 2;

/// Tells how English words are spoken, in the ARPAbet.
#[derive(Parser)]
struct Options {
    /// Words of the letters a to z.
    #[arg(required = true)]
    words: Vec<String>,
    /// The weights: `checkpoint20.npz` of g2p_en.
    #[arg(long, value_name = "FILE", default_value = "checkpoint20.npz")]
    weights: PathBuf,
}

fn main() -> ExitCode {
    let options = Options::parse();
    if !options.weights.is_file() {
        eprintln!("error: there are no weights in `{}`", options.weights.display());
        eprintln!("\nhelp: they are not in this repository. PyPI has them in `g2p_en` (Apache-2.0):");
        eprintln!(
            "      `pip download --no-deps g2p_en`, unzip the wheel, and write `--weights g2p_en/checkpoint20.npz`."
        );
        return ExitCode::FAILURE;
    }
    exit::with(run(&options))
}

fn run(options: &Options) -> nn::Result<()> {
    let (listen, speak) = load(&options.weights)?;
    let (mut listen, mut speak) = (listen.prepare(1), speak.prepare(1));
    for word in &options.words {
        let mut state = [[0.0; 256]];
        for letter in letters(word)?.into_iter().chain([END_OF_WORD]) {
            let heard = listen.predict(ListenInRef { letter: &[[letter]], state: &state });
            state.copy_from_slice(heard);
        }
        let (mut sound, mut sounds) = (START, Vec::new());
        // No word has more sounds than that; a network that does not end is stopped.
        while sounds.len() < 20 {
            let said = speak.predict(SpeakInRef { sound: &[[sound]], state: &state });
            state.copy_from_slice(said.left);
            sound = likeliest(&said.next[0]);
            if sound == END {
                break;
            }
            sounds.push(SOUNDS[sound as usize]);
        }
        println!("{word}: {}", sounds.join(" "));
    }
    Ok(())
}

/// Both networks from the arrays of the file.
fn load(path: &Path) -> nn::Result<(Listen, Speak)> {
    let of = |part: &str| {
        let rules = ["w_ih", "w_hh", "b_ih", "b_hh"].iter().fold(Rename::new(), |rules, short| {
            let long = short.replace("w_", "weight_").replace("b_", "bias_");
            rules.pair(format!("{part}_{short}"), format!("gru.{long}"))
        });
        rules.pair(format!("{part}_emb"), "embedding.weight")
    };
    let (mut listen, mut speak) = (Listen::default(), Speak::default());
    let weights = Weights::open(path)?;
    weights.rename(&of("enc").leave_out("dec_*").leave_out("fc_*"))?.load_into(&mut listen, Mode::Strict)?;
    let rules = of("dec").pair("fc_w", "fc.weight").pair("fc_b", "fc.bias").leave_out("enc_*");
    Weights::open(path)?.rename(&rules)?.load_into(&mut speak, Mode::Strict)?;
    Ok((listen, speak))
}

/// The letters of a word by their numbers.
fn letters(word: &str) -> nn::Result<Vec<u32>> {
    let number = |letter: char| match letter.to_ascii_lowercase() {
        letter @ 'a'..='z' => Ok(letter as u32 - 'a' as u32 + 3),
        _ => Err(nn::Error::data(format!("the word `{word}`"), format!("{letter:?} is none of the letters a to z"))),
    };
    word.chars().map(number).collect()
}

fn likeliest(scores: &[f32]) -> u32 {
    (0..scores.len()).max_by(|&a, &b| scores[a].total_cmp(&scores[b])).unwrap_or_default() as u32
}
