use nn::prelude::*;

network! {
    /// One mistake, and everything that can be done with the network.
    #[derive(Clone, Debug)]
    #[budget(params <= 1)]
    pub struct Digits: [784] -> [10] {
        hidden: Dence(128) + Relu,
        blocks: [Block; 3],
        logits: Dense(10),
    }

    pub struct Block: [128] -> [128] { fc: Dense(128) + Relu }

    pub struct Ensemble: [784] -> [10] {
        first: Digits,
        second: Digits from input,
        mean: Add from (first, second),
    }
}

/// Takes a network.
fn size(net: &Digits) -> usize {
    net.hidden.weight.len() + Digits::PARAMS
}

fn main() -> nn::Result<()> {
    let mut net = Digits::seeded(1);
    net.hidden.weight.set(&[0.0; 3])?;
    let rates = DigitsPerLayer { hidden: 0.1, blocks: [BlockPerLayer { fc: 0.5 }; 3], logits: 1.0 };
    for score in net.predict(&[[0.0; 784]]).iter() {
        println!("{} {}", score[9], size(&net));
    }
    let train = Samples::new(vec![[0.0_f32; 784]; 8], vec![0_u32; 8])?;
    let mut trainer = Trainer::new(net.clone(), CrossEntropy, Adam::default()).metric(Accuracy);
    trainer.fit(&train, &Fit::default())?;
    trainer.network().save("digits.safetensors")?;
    println!("{} {:?}", trainer.network().summary(), rates.hidden);
    let ensemble = Ensemble::load("ensemble.safetensors")?;
    println!("{:?} {:?}", ensemble.first.hidden.bias, Ensemble::FLOPS);
    let mut prepared = ensemble.prepare(16);
    println!("{:?}", prepared.predict(&[[0.0; 784]]));
    Ok(())
}
