use nn::prelude::*;

network! {
    pub struct Net: (x: [4], h: [2, 8]) -> [2, 8] {
        next: LstmCell(8) from (x, h),
    }
}

fn main() {
    Net::seeded(1);
}
