//! Tables and what is fitted on them, plain and compressed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nn_core::data::{Missing, Preprocess, Preprocessor, Table};

fuzz_target!(|bytes: &[u8]| {
    for options in [
        Table::options(),
        Table::options().no_header().comment('#').skip_lines(1),
        Table::options().counts_header(),
        Table::options().delimiter(';').skip_after_header(2),
    ] {
        let Ok(table) = options.read(bytes, "fuzz.csv") else { continue };
        let plan = Preprocess::new().others().missing_numbers(Missing::Median).missing_categories(Missing::Category);
        let Ok(fitted) = plan.fit(&table) else { continue };
        assert_eq!(Preprocessor::from_json(&fitted.to_json()).unwrap(), fitted);
        // What was fitted on a table applies to it, wherever the number of features happens to be this one.
        if fitted.feature_names().len() == 3 {
            assert_eq!(fitted.features::<[f32; 3]>(&table).unwrap().len(), table.len());
        }
    }
});
