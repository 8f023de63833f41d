use nn::prelude::*;
use nn::{Context, Layer, Saved, Scores};

#[derive(Clone, Default)]
pub struct Square;
nn::parameters! { impl[] Square }

impl Layer for Square {
    type In = [f32; 128];
    type Out = [f32; 128];
    type Gives = Scores;
    const KIND: &'static str = "Square";
    const FLOPS: u64 = 128;

    fn forward(&self, x: &[[f32; 128]], y: &mut [[f32; 128]], _: Context<'_>) {
        x.as_flattened().iter().zip(y.as_flattened_mut()).for_each(|(x, y)| *y = x * x);
    }

    fn backward(
        &self,
        saved: Saved<'_, Self>,
        dy: &mut [[f32; 128]],
        (): &mut (),
        (): (),
        dx: Option<&mut [[f32; 128]]>,
        _: Context<'_>,
    ) {
        let Some(dx) = dx else { return };
        for ((dx, dy), x) in dx.as_flattened_mut().iter_mut().zip(dy.as_flattened()).zip(saved.x.as_flattened()) {
            *dx = 2.0 * x * dy;
        }
    }
}

network! {
    pub struct Digits: [u32; 128] -> [10] {
        square: Square as [128] -> [128],
        logits: Dense(10),
    }
}

fn main() {
    Digits::seeded(1);
}
