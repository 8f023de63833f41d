//! A residual network for small images of digits: blocks that add to what they take, repeated, with a learning rate of its own for the
//! stem. Prints what one inner line gives and how much each pixel matters for the answer.
//!
//! `cargo run --release --example residual`

use nn::prelude::*;

network! {
    /// What a block adds to its input.
    pub struct Block: [64] -> [64] {
        body: Residual {
            norm: LayerNorm,
            up:   Dense(128) + Gelu,
            down: Dense(64),
        },
    }

    /// A stem, four blocks and a head.
    #[budget(params <= 130_000)]
    pub struct Digits: [28, 28] -> [10] {
        flat:   Flatten,
        stem:   Dense(64),
        blocks: [Block; 4],
        norm:   LayerNorm,
        logits: Dense(10),
    }
}

fn main() -> nn::Result<()> {
    let (train, test) = nn::data::mnist(concat!(env!("CARGO_MANIFEST_DIR"), "/data/mnist"))?;
    let train = train.subset(0..12_800)?;
    let test = test.subset(0..2_000)?;

    let net = Digits::seeded(0);
    println!("{}", net.summary());
    let mut layers = Digits::per_layer(LayerSettings::TRAINED);
    layers.stem.lr = 0.5;
    let mut trainer = Trainer::new(net, CrossEntropy, AdamW { lr: 2e-3, ..AdamW::default() })
        .layers(layers)
        .clip_norm(1.0)
        .metric(Accuracy);
    trainer.fit(&train, &Fit { epochs: 3, batch_size: 64, validation: Some(&test), ..Fit::default() })?;

    // What inner lines give for one digit, and the gradient of its score with respect to the pixels.
    let (net, mut workspace) = (trainer.network(), Workspace::new(1));
    let mut digit = Batch::<[[f32; 28]; 28]>::zeroed(1);
    let mut label = Batch::<u32>::zeroed(1);
    test.fill(&[0], &mut digit, &mut label)?;
    let inside = workspace.inspect(net, &digit);
    inside.outputs(&mut |path, values| {
        let largest = values.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
        println!("{path:24} {:4} values, the largest {largest:.2}", values.len());
    });
    let pixels = inside
        .loss_with(|_, gradient| {
            gradient[0] = [0.0; 10];
            gradient[0][label[0] as usize] = 1.0;
            0.0
        })
        .input_gradient();
    println!("the pixels that speak for {} (+) and against it (-):", label[0]);
    let strongest = pixels.flat().iter().fold(0.0_f32, |most, slope| most.max(slope.abs()));
    let mark = |slope: &f32| match slope / strongest {
        part if part > 0.25 => '+',
        part if part < -0.25 => '-',
        _ => ' ',
    };
    for row in pixels[0].iter().step_by(2) {
        println!("  |{}|", row.iter().map(mark).collect::<String>());
    }
    Ok(())
}
