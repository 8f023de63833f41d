use super::*;
use crate::Network;
use crate::data::Dataset;
use crate::layers::Embedding;

#[test]
fn characters_come_back() {
    let text = "ß, ∀x: ñ\n\t\u{1F600} done";
    let characters = Characters::of(text);
    assert_eq!(characters.decode(&characters.encode(text).unwrap()).unwrap(), text);
    let file = std::env::temp_dir().join(format!("nn-characters-{}.json", std::process::id()));
    characters.save(&file).unwrap();
    assert_eq!(Characters::load(&file).unwrap(), characters);
    std::fs::write(&file, "[1, 2]").unwrap();
    let error = Characters::load(&file).unwrap_err().to_string();
    assert!(error.contains("is not a usable characters file: invalid type: sequence, expected a string"), "{error}");
    std::fs::remove_file(&file).unwrap();
    let error = Characters::load(&file).unwrap_err().to_string();
    assert!(error.starts_with("cannot read `"), "{error}");
    assert!(Characters::of("").is_empty());
}

#[test]
fn characters_that_are_not_known() {
    let characters = Characters::of("abc");
    let error = characters.encode("abXc").unwrap_err().to_string();
    assert!(
        error.starts_with("Characters::encode: character 3 is 'X', which is none of the 3 that are known"),
        "{error}"
    );
    let error = characters.decode(&[0, 3]).unwrap_err().to_string();
    assert_eq!(error, "Characters::decode: token 2 is 3, but there are 3 characters");
}

#[test]
fn windows_cover_the_text() {
    for (count, stride) in [(5, 1), (6, 1), (9, 3), (10, 3), (11, 4), (100, 4)] {
        let data = NextToken::<4>::new((0..count).collect::<Vec<u32>>(), stride).unwrap();
        let indices: Vec<usize> = (0..data.len()).collect();
        let (mut x, mut y) = (vec![[0; 4]; indices.len()], vec![[0; 4]; indices.len()]);
        data.fill(&indices, &mut x, &mut y).unwrap();
        for (i, (x, y)) in x.iter().zip(&y).enumerate() {
            let first = (i * stride) as u32;
            assert_eq!((*x, *y), ([0, 1, 2, 3].map(|j| first + j), [1, 2, 3, 4].map(|j| first + j)));
        }
        // Another window would not fit.
        assert!((indices.len() * stride) as u32 + 5 > count, "{count} tokens, every {stride}");
        assert!(data.fill(&[indices.len()], &mut x[..1], &mut y[..1]).is_err());
    }
}

#[test]
fn windows_that_are_none() {
    let error = NextToken::<4>::new([1, 2, 3, 4], 4).unwrap_err().to_string();
    assert_eq!(error, "NextToken::new: `tokens`: 4 tokens are too few: a window of 4 and the token behind it need 5");
    assert!(NextToken::<4>::new([0; 9], 0).unwrap_err().to_string().contains("`stride`: is 0"));
}

#[test]
fn draws_follow_the_scores() {
    let scores = [1.0_f32.ln(), 2.0_f32.ln(), 7.0_f32.ln(), f32::NEG_INFINITY];
    let count = |sampling: Sampling| {
        let mut counts = [0; 4];
        (0..20_000).for_each(|place| counts[sampling.choose(&scores, place).unwrap() as usize] += 1);
        counts
    };
    let near = |counts: [i32; 4], shares: [f64; 4]| {
        for (count, share) in counts.iter().zip(shares) {
            // Five standard deviations of a draw of 20 000.
            assert!((f64::from(*count) / 20_000.0 - share).abs() < 5.0 * 0.0036, "{counts:?} for {shares:?}");
        }
    };
    let plain = Sampling::default();
    near(count(plain), [0.1, 0.2, 0.7, 0.0]);
    near(count(Sampling { top_k: Some(2), ..plain }), [0.0, 2.0 / 9.0, 7.0 / 9.0, 0.0]);
    // At temperature ½ shares are squared.
    near(count(Sampling { temperature: 0.5, ..plain }), [1.0 / 54.0, 4.0 / 54.0, 49.0 / 54.0, 0.0]);
    assert_eq!(count(Sampling { temperature: 0.0, ..plain }), [0, 0, 20_000, 0]);
    assert_eq!(count(Sampling { top_k: Some(1), ..plain }), [0, 0, 20_000, 0]);
    assert_eq!(plain.choose(&scores, 3), plain.choose(&scores, 3));
    assert_eq!(plain.choose(&[0.0, f32::NAN], 0), None);
    assert_eq!(plain.choose(&[0.0, f32::INFINITY], 0), Some(1));
    assert!(plain.choose(&[f32::NEG_INFINITY; 3], 0).is_some());
}

#[test]
fn a_text_longer_than_the_window_goes_on() {
    // Each token is followed by the next of five.
    let mut net = Embedding::<[u32; 3], [[f32; 5]; 3], 5>::new();
    net.weight.values_mut().iter_mut().enumerate().for_each(|(i, score)| {
        *score = if i % 5 == (i / 5 + 1) % 5 { 100.0 } else { 0.0 };
    });
    let mut net = net.prepare(1);
    for prompt in [&[0_u32, 3][..], &[1, 1, 3], &[4, 4, 4, 4, 4, 3]] {
        let text: Vec<u32> =
            Generator::new(&mut net, prompt, Sampling::default()).unwrap().take(7).map(Result::unwrap).collect();
        assert_eq!(text, [4, 0, 1, 2, 3, 4, 0]);
    }
}

#[test]
fn what_cannot_go_on() {
    let mut net = Embedding::<[u32; 3], [[f32; 2]; 3], 2>::new();
    net.weight.values_mut().fill(f32::NAN);
    let mut net = net.prepare(1);
    let mut problem = |prompt: &[u32], sampling| match Generator::new(&mut net, prompt, sampling) {
        Err(error) => error.to_string(),
        Ok(mut generator) => generator.next().unwrap().unwrap_err().to_string(),
    };
    let plain = Sampling::default();
    assert_eq!(problem(&[], plain), "Generator::new: `prompt`: is empty; give at least one token to go on from");
    assert_eq!(problem(&[1, 2], plain), "Generator::new: `prompt`: token 2 is 2, but the network knows 2 tokens");
    assert!(problem(&[0], Sampling { temperature: -1.0, ..plain }).starts_with("Sampling::temperature: is -1"));
    assert!(problem(&[0], Sampling { top_k: Some(0), ..plain }).starts_with("Sampling::top_k: is 0"));
    assert!(problem(&[0], plain).contains("NaN"));
}
