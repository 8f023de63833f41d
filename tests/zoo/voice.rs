//! A recurrent cell with weights learned elsewhere, behind convolutions: Silero's detector of voices, frame by frame, beside onnxruntime.

use crate::{Reference, outside};
use nn::{Context, Layer, Network, Saved, Scores, network, parameters};

network! {
    /// Whether somebody speaks in a frame: 64 samples from before it, its 512, and 64 of them mirrored.
    struct Voice: (frame: [1, 640], state: [2, 128]) -> (speech: [1], lstm_cell: [2, 128]) {
        stft_conv: Conv1d(258, kernel = 256, stride = 128, bias = false) from frame,
        magnitude: Magnitude as [258, 4] -> [129, 4],
        conv1: Conv1d(128, kernel = 3, padding = 1) + Relu,
        conv2: Conv1d(64, kernel = 3, stride = 2, padding = 1) + Relu,
        conv3: Conv1d(64, kernel = 3, stride = 2, padding = 1) + Relu,
        conv4: Conv1d(128, kernel = 3, padding = 1) + Relu,
        flat: Flatten,
        lstm_cell: LstmCell(128) from (flat, state),
        hidden: First,
        positive: Relu,
        column: Reshape([128, 1]),
        final_conv: Conv1d(1, kernel = 1) + Sigmoid,
        speech: Flatten,
    }
}

/// The sizes of complex numbers, whose real parts come first.
#[derive(Default)]
struct Magnitude;
parameters! { impl[] Magnitude }

impl Layer for Magnitude {
    type In = [[f32; 4]; 258];
    type Out = [[f32; 4]; 129];
    type Gives = Scores;
    const KIND: &'static str = "Magnitude";
    const FLOPS: u64 = 4 * 129 * 4;

    fn forward(&self, x: &[Self::In], y: &mut [Self::Out], _: Context<'_>) {
        for (x, y) in x.iter().zip(y) {
            let (real, imaginary) = x.as_flattened().split_at(129 * 4);
            let parts = real.iter().zip(imaginary);
            y.as_flattened_mut().iter_mut().zip(parts).for_each(|(y, (a, b))| *y = (a * a + b * b).sqrt());
        }
    }

    fn backward(
        &self,
        saved: Saved<'_, Self>,
        dy: &mut [Self::Out],
        (): &mut (),
        (): (),
        dx: Option<&mut [Self::In]>,
        _: Context<'_>,
    ) {
        for (((x, y), dy), dx) in saved.x.iter().zip(saved.y).zip(dy).zip(dx.into_iter().flatten()) {
            let slopes = dy.as_flattened().iter().zip(y.as_flattened()).map(|(dy, y)| dy / y.max(f32::MIN_POSITIVE));
            let slopes: Vec<f32> = slopes.collect();
            let parts = dx.as_flattened_mut().iter_mut().zip(x.as_flattened());
            parts.zip(slopes.iter().cycle()).for_each(|((dx, x), slope)| *dx = slope * x);
        }
    }
}

/// Onnxruntime's float32 against ours, through a state that goes on for 32 frames.
const TOLERANCE: f32 = 2e-5;

#[test]
fn voices_are_detected_as_by_onnxruntime() {
    let files = ["model.safetensors", "reference.safetensors"].map(|file| outside("silero-vad-16k", file));
    let [Some(weights), Some(reference)] = files else { return };
    let reference = Reference::read(reference);
    let mut net = Voice::load(&weights).unwrap().prepare(1);
    let (mut state, mut frame, mut speech) = ([[[0.0; 128]; 2]], [[[0.0; 640]; 1]], Vec::new());
    for samples in reference.batch::<[f32; 512]>("input_frames").iter() {
        let frame_samples = &mut frame[0][0];
        frame_samples.copy_within(512..576, 0);
        frame_samples[64..576].copy_from_slice(samples);
        for i in 0..64 {
            frame_samples[576 + i] = frame_samples[574 - i];
        }
        let found = net.predict(VoiceInRef { frame: &frame, state: &state });
        speech.push(found.speech[0][0]);
        state = [found.lstm_cell[0]];
    }
    reference.assert_within(TOLERANCE, "speech_prob", &speech);
    reference.assert_within(TOLERANCE, "final_h", &state[0][0]);
    reference.assert_within(TOLERANCE, "final_c", &state[0][1]);
    assert!(speech.iter().any(|&p| p > 0.9) && speech.iter().any(|&p| p < 0.1), "{speech:?}");
}

#[test]
fn gradients_of_the_detector() {
    let options = nn::check::Options { samples: 2, ..nn::check::Options::default() };
    nn::check::gradients(&mut Magnitude, &options).unwrap();
}
