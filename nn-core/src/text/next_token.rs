//! Windows of a text.

use crate::data::Dataset;
use crate::{Error, Result};

/// Windows of `STEPS` tokens, each with the tokens one further on: what a language model learns from. `x[i]` and what stood before it in the window
/// tell `y[i]`, which is `x[i + 1]`.
///
/// A network over it takes `[u32; STEPS]` and gives scores `[STEPS, vocabulary]`; the loss is [`CrossEntropy`](struct@crate::loss::CrossEntropy), whose
/// exponential is the perplexity. Windows that overlap share tokens: cut the *tokens* into parts for training and validation, not the windows.
///
/// ```
/// use nn_core::data::Dataset;
/// use nn_core::text::NextToken;
///
/// let data = NextToken::<3>::new(vec![10, 11, 12, 13, 14, 15, 16], 2)?;
/// assert_eq!(data.len(), 2);
/// let (mut x, mut y) = ([[0; 3]; 2], [[0; 3]; 2]);
/// data.fill(&[0, 1], &mut x, &mut y)?;
/// assert_eq!(x, [[10, 11, 12], [12, 13, 14]]);
/// assert_eq!(y, [[11, 12, 13], [13, 14, 15]]);
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct NextToken<const STEPS: usize> {
    tokens: Vec<u32>,
    stride: usize,
}

impl<const STEPS: usize> NextToken<STEPS> {
    /// Windows that begin every `stride` tokens: next to each other where it is `STEPS`, at every token where it is 1.
    ///
    /// # Errors
    /// [`Error::Argument`] if `stride` is 0, or the tokens are too few for one window.
    pub fn new(tokens: impl Into<Vec<u32>>, stride: usize) -> Result<Self> {
        let tokens = tokens.into();
        if stride == 0 {
            let problem = format!("is 0; it is the distance from one window to the next, such as {STEPS}");
            return Err(Error::argument("NextToken::new: `stride`", problem));
        }
        if tokens.len() <= STEPS {
            let needed = STEPS + 1;
            let problem = format!(
                "{} tokens are too few: a window of {STEPS} and the token behind it need {needed}",
                tokens.len()
            );
            return Err(Error::argument("NextToken::new: `tokens`", problem));
        }
        Ok(Self { tokens, stride })
    }

    /// All tokens.
    pub fn tokens(&self) -> &[u32] {
        &self.tokens
    }
}

#[diagnostic::do_not_recommend]
impl<const STEPS: usize> Dataset<[u32; STEPS], [u32; STEPS]> for NextToken<STEPS> {
    fn len(&self) -> usize {
        (self.tokens.len() - STEPS - 1) / self.stride + 1
    }

    fn fill(&self, indices: &[usize], x: &mut [[u32; STEPS]], y: &mut [[u32; STEPS]]) -> Result<()> {
        let count = self.len();
        for ((&index, x), y) in indices.iter().zip(x).zip(y) {
            if index >= count {
                return Err(Error::argument("index", format!("{index} is out of range for {count} windows")));
            }
            let window = &self.tokens[index * self.stride..][..STEPS + 1];
            x.copy_from_slice(&window[..STEPS]);
            y.copy_from_slice(&window[1..]);
        }
        Ok(())
    }
}
