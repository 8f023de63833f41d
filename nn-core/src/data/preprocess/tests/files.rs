//! Real files, the file of a preprocessor, and damage to both.

use super::*;
use crate::data::Samples;
use crate::{Batch, Sample};

#[test]
fn json_keeps_every_bit_and_is_checked() {
    let people = table(PEOPLE);
    let fitted = Preprocess::new()
        .numeric(["age"])
        .missing_numbers(Missing::Mean)
        .categorical(["home"])
        .missing_categories(Missing::MostFrequent)
        .indices(["size"])
        .binary("paid", "yes")
        .fit(&people)
        .unwrap();
    let json = fitted.to_json();
    assert_eq!(Preprocessor::from_json(&json).unwrap(), fitted);

    let path = std::env::temp_dir().join(format!("nn-preprocessor-{}.json", std::process::id()));
    fitted.save(&path).unwrap();
    assert_eq!(Preprocessor::load(&path).unwrap(), fitted);
    std::fs::write(&path, &json[..json.len() / 2]).unwrap();
    let message = problem(Preprocessor::load(&path));
    assert!(message.contains(" is not a usable preprocessor file: EOF while parsing"), "{message}");
    std::fs::remove_file(&path).unwrap();
    assert!(problem(Preprocessor::load(&path)).starts_with("cannot read `"));

    let damaged = |from: &str, to: &str| {
        assert!(json.contains(from), "{json}");
        problem(Preprocessor::from_json(&json.replacen(from, to, 1)))
    };
    assert_eq!(
        damaged("\"version\": 1", "\"version\": 2"),
        "Preprocessor::from_json: it has version 2, but this program knows version 1"
    );
    assert!(
        damaged("\"scale\": 14.142135623730951", "\"scale\": 0.0").contains("the scale of column `age` makes no sense")
    );
    assert!(damaged("\"own\"", "\"rent\"").contains("the categories of column `home` contradict each other"));
    assert!(damaged("\"Value\": 2", "\"Value\": 3").contains("the categories of column `home` contradict each other"));
    assert!(damaged("\"indices\"", "\"indexes\"").contains("unknown field `indexes`"));
    for length in 0..json.len() {
        assert!(Preprocessor::from_json(&json[..length]).is_err());
    }
}

#[test]
fn what_is_missing_in_training_is_missing_in_use() {
    let train =
        Table::options().missing(["-1"]).read("age,home\n20,rent\n40,own\n-1,-1\n".as_bytes(), "t.csv").unwrap();
    let plan = Preprocess::new().numeric(["age"]).categorical(["home"]);
    let plan = plan.missing_numbers(Missing::Mean).missing_categories(Missing::Category);
    let json = plan.fit(&train).unwrap().to_json();
    let fitted = Preprocessor::from_json(&json).unwrap();
    let request = Table::from_rows(["age", "home"], [["-1", "-1"], ["", "NA"]]).unwrap();
    assert_eq!(*fitted.features::<[f32; 4]>(&request).unwrap(), [[0.0, 0.0, 0.0, 1.0]; 2]);
    let known = train.without_missing(["age"]).unwrap();
    let value = Preprocess::new().value("age").fit(&known).unwrap();
    assert!(problem(value.targets::<[f32; 1]>(&request)).contains("row 1, column `age`: the target is missing"));

    // A file of before, which does not have them.
    let begin = json.find(",\n  \"missing\": [").unwrap();
    let before = Preprocessor::from_json(&format!("{}\n}}", &json[..begin])).unwrap();
    assert_eq!(*before.features::<[f32; 4]>(&request.rows(&[1]).unwrap()).unwrap(), [[0.0, 0.0, 0.0, 1.0]]);
}

#[test]
fn breast_cancer_as_scikit_learn_scales_it() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/breast_cancer/breast_cancer.csv");
    let table = Table::options().counts_header().open(path).unwrap();
    let fitted = Preprocess::new().others().class("target").fit(&table).unwrap();
    assert_eq!(fitted.class_names(), ["malignant", "benign"]);
    let samples: Samples<[f32; 30], u32> = fitted.samples(&table).unwrap();
    // StandardScaler().fit_transform(load_breast_cancer().data)[0, :2], and the counts that its description gives.
    assert!((samples.x()[0][0] - 1.097_064).abs() < 1e-6 && (samples.x()[0][1] + 2.073_335).abs() < 1e-6);
    assert_eq!(crate::data::class_counts(samples.y(), 2).unwrap(), [212, 357]);
    let mean = |batch: &Batch<[f32; 30]>| batch.flat().iter().sum::<f32>() / batch.flat().len() as f32;
    assert!(mean(&Batch::from(samples.x())).abs() < 1e-5);
    assert_eq!(<[f32; 30]>::LEN, fitted.feature_names().len());
}

/// Anything may stand in a file: reading, fitting and applying answer with a value or an error.
#[test]
fn mutated_tables_never_panic() {
    let pieces: Vec<&[u8]> = [
        &b","[..],
        b";",
        b"\t",
        b"\n",
        b"\r\n",
        b"\"",
        b"\"\"",
        b"#",
        b" ",
        b"NA",
        b"?",
        b"1e999",
        b"-0",
        b"5e-324",
        b"1e308",
        b"\xFF",
        b"\xEF\xBB\xBF",
        b"x",
        b"0",
        b"1,2",
        b"inf",
        b"\r",
        b", \"",
        b"sep=;\n",
    ]
    .to_vec();
    let (mut read, mut fitted) = (0, 0);
    for seed in 0..1200 {
        let mut random = crate::random::Random::new(seed, "mutations");
        let mut text = match seed % 3 {
            0 => PEOPLE.as_bytes().to_vec(),
            1 => b"3,2,no,yes\n1,2,1\n3,4,0\n5,6,1\n".to_vec(),
            _ => b"a;b\n1;\"x\ny\"\n2;z\n".to_vec(),
        };
        for _ in 0..random.below(6) {
            let at = random.below(text.len() + 1);
            let end = (at + random.below(3)).min(text.len());
            let piece = pieces[random.below(pieces.len())];
            text.splice(at..end, piece.iter().copied());
        }
        for options in [
            Table::options(),
            Table::options().counts_header(),
            Table::options().no_header().comment('#').skip_lines(1),
            Table::options().decimal(',').skip_after_header(1),
        ] {
            let Ok(table) = options.read(&text[..], "t.csv") else { continue };
            read += 1;
            let plan =
                Preprocess::new().others().missing_numbers(Missing::Median).missing_categories(Missing::Category);
            let plan = plan.scale([Scale::Standard, Scale::MinMax][random.below(2)]);
            let Ok(preprocessor) = plan.fit(&table) else { continue };
            fitted += 1;
            assert_eq!(Preprocessor::from_json(&preprocessor.to_json()).unwrap(), preprocessor);
            if preprocessor.feature_names().len() == 3 {
                assert_eq!(preprocessor.features::<[f32; 3]>(&table).unwrap().len(), table.len());
            }
            let _ = preprocessor.features::<[f32; 3]>(&Table::from_rows(["a"], [["1"]]).unwrap());
        }
    }
    assert!(read > 1000 && fitted > 300, "{read} tables were read, {fitted} preprocessors fitted");
}
