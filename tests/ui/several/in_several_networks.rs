use nn::prelude::*;

const WIDTH: usize = 128;

network! {
    pub struct Headless: [784] => [10] {
        logits: Dense(10),
    }

    pub struct Syntax: [784] -> [10] {
        hidden: Dense(128) + Relu;
        logits  Dense(10)
        extra: Dense(3),
    }

    pub struct Literal: [784] -> [10] {
        logits: Dense(11),
    }

    pub struct Constant: [784] -> [10] {
        hidden: Dense(WIDTH) + Relu,
        logits: Dense(100 -> 10),
    }

    #[budget(params <= 1_000)]
    pub struct Large: [784] -> [10] {
        logits: Dense(10),
    }

    pub struct Fine: [784] -> [10] {
        first: Headless,
        second: Literal,
        third: Literal from first,
    }
}

fn main() {
    Headless::seeded(1).predict(&[[0.0; 784]]);
    Syntax::seeded(1).predict(&[[0.0; 784]]);
    Literal::seeded(1).predict(&[[0.0; 784]]);
    Constant::seeded(1).predict(&[[0.0; 784]]);
    Large::seeded(1).predict(&[[0.0; 784]]);
    let fine = Fine::seeded(1);
    println!("{:?} {:?}", fine.first.logits.weight, fine.second.logits.weight);
}
