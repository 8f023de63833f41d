//! A text that goes on.

use crate::random::Random;
use crate::{Error, Layer, Prepared, Result};

/// How the next token is chosen from its scores.
///
/// ```
/// use nn_core::text::Sampling;
/// let careful = Sampling { temperature: 0.8, top_k: Some(20), ..Sampling::default() };
/// # let _ = careful;
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampling {
    /// Scores are divided by it: below 1 the likely becomes likelier, above 1 less so; 0 always takes the likeliest.
    pub temperature: f32,
    /// Only so many of the likeliest are drawn from; all, if there is no number.
    pub top_k: Option<usize>,
    /// Keys the draws: token `i` of a text is a function of the scores, of the seed and of `i`.
    pub seed: u64,
}

impl Default for Sampling {
    fn default() -> Self {
        Self { temperature: 1.0, top_k: None, seed: 0 }
    }
}

impl Sampling {
    /// That the settings make sense: before hours of training, say.
    ///
    /// # Errors
    /// [`Error::Argument`] for a temperature that is negative or no number, and for a choice among none.
    pub fn check(&self) -> Result<()> {
        if !(self.temperature >= 0.0 && self.temperature.is_finite()) {
            let problem = format!("is {}, but has to be a number from 0, such as 0.8", self.temperature);
            return Err(Error::argument("Sampling::temperature", problem));
        }
        if self.top_k == Some(0) {
            return Err(Error::argument("Sampling::top_k", "is 0, but one has to be left to choose; write at least 1"));
        }
        Ok(())
    }

    /// The token that comes at `place`; none where a score is no number.
    pub(super) fn choose(&self, scores: &[f32], place: u64) -> Option<u32> {
        if scores.iter().any(|score| score.is_nan()) {
            return None;
        }
        let mut ranked: Vec<usize> = (0..scores.len()).collect();
        // The first of equals comes first.
        ranked.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
        ranked.truncate(self.top_k.unwrap_or(usize::MAX));
        let best = *ranked.first()?;
        if self.temperature == 0.0 || scores[best].is_infinite() {
            return Some(best as u32);
        }
        let (most, temperature) = (f64::from(scores[best]), f64::from(self.temperature));
        let shares: Vec<f64> =
            ranked.iter().map(|&token| ((f64::from(scores[token]) - most) / temperature).exp()).collect();
        let mut left = Random::new(self.seed, "token").at(place).uniform() * shares.iter().sum::<f64>();
        let drawn = shares.iter().position(|share| {
            left -= share;
            left < 0.0
        });
        // Rounding may leave a little behind the last.
        Some(ranked[drawn.unwrap_or(ranked.len() - 1)] as u32)
    }
}

/// Writes on: an iterator without end over the tokens that a network thinks come next, each chosen by a [`Sampling`].
///
/// The network takes the last `STEPS` tokens and gives scores for what follows each of them. It has to be causal, as attention with `causal = true` and
/// recurrent layers are: what is given for a step must not depend on later ones, for while the text is shorter than `STEPS` they are filled with token
/// 0.
///
/// ```
/// use nn_core::layers::Embedding;
/// use nn_core::text::{Generator, Sampling};
/// use nn_core::{Layer, Network};
///
/// // Scores for the next of three tokens, from the last one alone: 1 follows 0, 2 follows 1, 0 follows 2.
/// let mut net = Embedding::<[u32; 4], [[f32; 3]; 4], 3>::new();
/// net.weight.set(&[0.0, 9.0, 0.0, 0.0, 0.0, 9.0, 9.0, 0.0, 0.0])?;
/// let mut net = net.prepare(1);
/// let likeliest = Sampling { temperature: 0.0, ..Sampling::default() };
/// let text = Generator::new(&mut net, &[0], likeliest)?.take(5).collect::<nn_core::Result<Vec<u32>>>()?;
/// assert_eq!(text, [1, 2, 0, 1, 2]);
/// # Ok::<(), nn_core::Error>(())
/// ```
pub struct Generator<'a, N: Layer, const STEPS: usize> {
    net: &'a mut Prepared<N>,
    sampling: Sampling,
    /// The last tokens, from the front; what is behind `len` is filled up.
    window: [u32; STEPS],
    len: usize,
    written: u64,
}

impl<'a, N: Layer<In = [u32; STEPS], Out = [[f32; VOCABULARY]; STEPS]>, const STEPS: usize, const VOCABULARY: usize>
    Generator<'a, N, STEPS>
{
    /// What follows `prompt`, of which the last `STEPS` tokens count.
    ///
    /// # Errors
    /// [`Error::Argument`] if the prompt is empty or has a token that is not below the vocabulary, or the sampling makes no sense.
    pub fn new(net: &'a mut Prepared<N>, prompt: &[u32], sampling: Sampling) -> Result<Self> {
        sampling.check()?;
        if let Some(place) = prompt.iter().position(|&token| token as usize >= VOCABULARY) {
            let problem =
                format!("token {} is {}, but the network knows {VOCABULARY} tokens", place + 1, prompt[place]);
            return Err(Error::argument("Generator::new: `prompt`", problem));
        }
        let last = &prompt[prompt.len().saturating_sub(STEPS)..];
        if last.is_empty() {
            return Err(Error::argument("Generator::new: `prompt`", "is empty; give at least one token to go on from"));
        }
        let mut window = [0; STEPS];
        window[..last.len()].copy_from_slice(last);
        Ok(Self { net, sampling, window, len: last.len(), written: 0 })
    }
}

impl<N: Layer<In = [u32; STEPS], Out = [[f32; VOCABULARY]; STEPS]>, const STEPS: usize, const VOCABULARY: usize>
    Iterator for Generator<'_, N, STEPS>
{
    type Item = Result<u32>;

    /// # Errors
    /// [`Error::Data`] if the network gives no numbers, as one that has diverged does.
    fn next(&mut self) -> Option<Result<u32>> {
        let scores = self.net.predict(core::slice::from_ref(&self.window));
        let scores = &scores.first()?[self.len - 1];
        let Some(token) = self.sampling.choose(scores, self.written) else {
            let problem = "the network's scores for the next token are NaN; look at its weights";
            return Some(Err(Error::data("Generator", problem)));
        };
        self.written += 1;
        if self.len < STEPS {
            self.window[self.len] = token;
            self.len += 1;
        } else {
            self.window.rotate_left(1);
            self.window[STEPS - 1] = token;
        }
        Some(Ok(token))
    }
}

impl<N: Layer, const STEPS: usize> core::fmt::Debug for Generator<'_, N, STEPS> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Generator({:?}, {} tokens written)", self.sampling, self.written)
    }
}
