//! `#[weights]`: the file is checked when this compiles, and `pretrained` loads it.

use nn::storage::{Mode, SafeTensors, load_into};
use nn::{Network, network};

network! {
    #[weights("tests/ui/weights/iris.safetensors")]
    pub struct Iris: [4] -> [3] {
        hidden: Dense(8) + Relu,
        logits: Dense(3),
    }

    #[weights("tests/ui/weights/prefixed.safetensors", strip_prefix("model."), embed)]
    pub struct Embedded: [4] -> [3] {
        hidden: Dense(8) + Relu,
        logits: Dense(3),
    }

    /// Of the same file without the head; nested, frozen, under another name.
    #[weights("tests/ui/weights/iris.safetensors", leave_out("logits.*"), pattern("hidden.*", "body.1.fc.*"))]
    pub struct Features: [4] -> [8] {
        #[frozen]
        #[name = "body.1"]
        body: Body,
    }

    pub struct Body: [4] -> [8] { fc: Dense(8) + Relu }
}

#[test]
fn pretrained_networks_have_the_weights_of_their_files() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/ui/weights/iris.safetensors");
    let mut expected = Iris::default();
    load_into(&mut expected, file, Mode::Strict).unwrap();
    let x = [[0.5, -1.0, 2.0, 0.25], [1.0, 1.0, -1.0, 0.0]];
    let expected_y = expected.predict(&x);
    assert_eq!(Iris::pretrained().unwrap().predict(&x), expected_y);
    assert_eq!(Embedded::pretrained().unwrap().predict(&x), expected_y);
    let features = Features::pretrained().unwrap();
    assert_eq!(features.body.fc.weight.to_vec(), expected.hidden.weight.to_vec());
    assert_eq!(SafeTensors::read(file).unwrap().names().count(), 4);
}
