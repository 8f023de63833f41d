//! The language of `network!`, line by line.

use nn::{Network, network};

network! {
    /// Handwritten digits.
    pub struct Digits: [784] -> [10] {
        hidden1: Dense(128) + Relu,
        hidden2: Dense(64) + Relu,
        logits: Dense(10),
    }
}

#[test]
fn a_chain() {
    let net = Digits::seeded(1);
    assert_eq!(Digits::PARAMS, 109_386);
    let y = net.predict(&[[0.5; 784]; 3]);
    assert_eq!(y.len(), 3);
    println!("{}", net.summary());
}
