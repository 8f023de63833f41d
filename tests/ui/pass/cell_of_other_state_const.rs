use nn::prelude::*;

const STATE: usize = 8;

network! {
    pub struct Net: (x: [4], h: [STATE]) -> [8] {
        next: RnnCell(8) from (x, h),
    }
}

fn main() {
    Net::seeded(1);
}
