//! What comes out is what scikit-learn would give; what cannot be used is named.

use super::*;
use crate::data::Samples;
use crate::{Batch, Sample};

fn table(text: &str) -> Table {
    Table::read(text.as_bytes(), "t.csv").unwrap()
}

fn problem<T>(result: Result<T>) -> String {
    result.map(|_| ()).unwrap_err().to_string()
}

const PEOPLE: &str = "\
age,home,size,paid
20,rent,S,yes
40,own,M,no
,rent,L,yes
60,,S,no
40,other,M,yes
";

#[test]
fn numbers_are_scaled_and_imputed() {
    let people = table(PEOPLE);
    let age = |scale, missing| {
        let fitted =
            Preprocess::new().feature(Feature::numeric("age").scale(scale).missing(missing)).fit(&people).unwrap();
        fitted.features::<f32>(&people).unwrap().to_vec()
    };
    // Over 20, 40, 60, 40: mean 40, standard deviation of the population sqrt(200), median 40, range 20..=60.
    let one = 20.0 / 200.0_f32.sqrt();
    assert_eq!(age(Scale::Standard, Missing::Mean), [-one, 0.0, 0.0, one, 0.0]);
    assert_eq!(age(Scale::MinMax, Missing::Median), [0.0, 0.5, 0.5, 1.0, 0.5]);
    assert_eq!(age(Scale::None, Missing::MostFrequent), [20.0, 40.0, 40.0, 60.0, 40.0]);
    let uneven = table("a\n1\n1\n2\n9\n\"\"\n");
    let filled = |missing| {
        let fitted = Preprocess::new().numeric(["a"]).scale(Scale::None).missing_numbers(missing).fit(&uneven).unwrap();
        fitted.features::<f32>(&uneven).unwrap()[4]
    };
    assert_eq!([Missing::Mean, Missing::Median, Missing::MostFrequent].map(filled), [3.25, 1.5, 1.0]);
}

#[test]
fn a_constant_column_becomes_zero() {
    let constant = table("a,b\n0.1,7\n0.1,7\n0.1,7\n");
    for scale in [Scale::Standard, Scale::MinMax] {
        let fitted = Preprocess::new().numeric(["a", "b"]).scale(scale).fit(&constant).unwrap();
        for sample in fitted.features::<[f32; 2]>(&constant).unwrap().iter() {
            assert!(sample.iter().all(|value| value.abs() < 1e-12), "{sample:?}");
        }
    }
}

#[test]
fn categories_become_features_or_indices() {
    let people = table(PEOPLE);
    let plan = Preprocess::new().categorical(["home"]);
    let fitted = plan.clone().missing_categories(Missing::Category).fit(&people).unwrap();
    assert_eq!(fitted.feature_names(), ["home=other", "home=own", "home=rent", "home=(missing)"]);
    let features = fitted.features::<[f32; 4]>(&people).unwrap();
    assert_eq!(features[0], [0.0, 0.0, 1.0, 0.0]);
    assert_eq!(features[3], [0.0, 0.0, 0.0, 1.0]);
    let fitted = plan.missing_categories(Missing::MostFrequent).fit(&people).unwrap();
    assert_eq!(fitted.features::<[f32; 3]>(&people).unwrap()[3], [0.0, 0.0, 1.0]);

    let sizes = Feature::indices("size").categories(["S", "M", "L"]);
    let fitted = Preprocess::new().feature(sizes).fit(&people).unwrap();
    assert_eq!(*fitted.indices::<u32>(&people).unwrap(), [0, 1, 2, 0, 1]);
    assert_eq!(fitted.index_columns(), [("size", 3)]);

    let numbers = table("floor\n10\n9\n-1\n9\n");
    let fitted = Preprocess::new().categorical(["floor"]).fit(&numbers).unwrap();
    assert_eq!(fitted.feature_names(), ["floor=-1", "floor=9", "floor=10"]);
}

#[test]
fn nothing_is_learnt_from_other_parts() {
    let people = table(PEOPLE);
    let (train, test) = (people.rows(&[0, 1]).unwrap(), people.rows(&[4, 1]).unwrap());
    let plan = Preprocess::new().numeric(["age"]).categorical(["home"]).scale(Scale::MinMax);
    let strict = plan.clone().fit(&train).unwrap();
    assert_eq!(
        problem(strict.features::<[f32; 3]>(&test)),
        "`t.csv`, row 6, column `home`: there is no category `other` (the categories are `own`, `rent`)"
    );
    let lenient = plan.unknown(Unknown::Ignore).fit(&train).unwrap();
    assert_eq!(*lenient.features::<[f32; 3]>(&test).unwrap(), [[1.0, 0.0, 0.0], [1.0, 1.0, 0.0]]);
    let misspelt = Table::from_rows(["age", "home"], [["20", "Rent"]]).unwrap();
    assert_eq!(
        problem(strict.features::<[f32; 3]>(&misspelt)),
        "`given rows`, row 1, column `home`: there is no category `Rent`; did you mean `rent`? (the categories are `own`, \
         `rent`)"
    );
}

#[test]
fn targets_have_the_type_that_is_asked_for() {
    let people = table(PEOPLE);
    let plan = Preprocess::new().indices(["size"]);
    let classes = plan.clone().class("paid").fit(&people).unwrap();
    assert_eq!(classes.class_names(), ["no", "yes"]);
    assert_eq!(*classes.targets::<u32>(&people).unwrap(), [1, 0, 1, 0, 1]);
    assert_eq!(classes.targets::<[f32; 2]>(&people).unwrap()[0], [0.0, 1.0]);
    let ordered = plan.clone().class_in_order("size", ["S", "M", "L"]);
    assert_eq!(problem(ordered.fit(&people)), "`t.csv`: column `size` is both a feature and a target");
    let ordered = Preprocess::new().class_in_order("size", ["S", "M", "L"]).fit(&people).unwrap();
    assert_eq!(*ordered.targets::<u32>(&people).unwrap(), [0, 1, 2, 0, 1]);
    let binary = plan.clone().binary("paid", "no").fit(&people).unwrap();
    assert_eq!(*binary.targets::<[f32; 1]>(&people).unwrap(), [[0.0], [1.0], [0.0], [1.0], [0.0]]);
    assert_eq!(binary.class_names(), ["yes", "no"]);
    let known = people.without_missing(["age"]).unwrap();
    let both = plan.value("age").binary("paid", "yes").fit(&known).unwrap();
    assert_eq!(both.targets::<[f32; 2]>(&known).unwrap()[0], [20.0, 1.0]);
    assert_eq!(both.target_names(), ["age", "paid"]);
    let samples: Samples<u32, [f32; 2]> =
        Samples::new(both.indices(&known).unwrap(), both.targets(&known).unwrap()).unwrap();
    assert_eq!(samples.len(), 4);
}

#[test]
fn targets_that_cannot_be_used_are_errors() {
    let people = table(PEOPLE);
    let fit = |plan: Preprocess| plan.fit(&people);
    assert_eq!(
        problem(fit(Preprocess::new().value("age"))),
        "`t.csv`, row 4, column `age`: the target is missing; leave such rows out with `Table::without_missing`"
    );
    assert_eq!(
        problem(fit(Preprocess::new().binary("size", "S"))),
        "`t.csv`: column `size`: a binary target has 2 different values, but there are 3 (`L`, `M`, `S`)"
    );
    assert_eq!(
        problem(fit(Preprocess::new().binary("paid", "ja"))),
        "`t.csv`: column `paid`: `ja` should be the positive value, but there are `no`, `yes`"
    );
    assert_eq!(
        problem(fit(Preprocess::new().class_in_order("size", ["S", "M"]))),
        "`t.csv`, row 4, column `size`: there is no category `L` (the categories are `S`, `M`)"
    );
    assert_eq!(problem(fit(Preprocess::new().value("paid"))), "`t.csv`, row 2, column `paid`: `yes` is not a number");
    assert_eq!(
        problem(fit(Preprocess::new().class("paid").class("paid"))),
        "`t.csv`: column `paid` is declared as a target twice"
    );
    let fitted = fit(Preprocess::new().class("paid")).unwrap();
    assert_eq!(
        problem(fitted.targets::<[f32; 3]>(&people)),
        "Preprocessor::targets: samples of shape [3] hold 3 values, but there are 2 target values (`paid`)"
    );
    let known = people.without_missing(["age"]).unwrap();
    let value = Preprocess::new().value("age").fit(&known).unwrap();
    assert_eq!(
        problem(value.targets::<u32>(&known)),
        "Preprocessor::targets: `age` is a number, so it cannot be a class index; take targets of `f32`"
    );
    assert_eq!(
        problem(value.targets::<[f32; 1]>(&people)),
        "`t.csv`, row 4, column `age`: the target is missing; leave such rows out with `Table::without_missing`"
    );
    let none = fit(Preprocess::new().indices(["size"])).unwrap();
    assert!(problem(none.targets::<u32>(&people)).starts_with("Preprocessor::targets: no target was declared"));
}

#[test]
fn features_that_cannot_be_used_are_errors() {
    let people = table(PEOPLE);
    let fit = |plan: Preprocess| problem(plan.fit(&people));
    let columns = "(the columns are `age`, `home`, `size`, `paid`)";
    assert_eq!(
        fit(Preprocess::new().numeric(["agee"])),
        format!("`t.csv`: there is no column `agee`; did you mean `age`? {columns}")
    );
    assert_eq!(fit(Preprocess::new().numeric(["home"])), "`t.csv`, row 2, column `home`: `rent` is not a number");
    assert_eq!(
        fit(Preprocess::new().numeric(["age"])),
        "`t.csv`, row 4, column `age`: the value is missing; say what to do with `Preprocess::missing_numbers`, or leave such \
         rows out with `Table::without_missing`"
    );
    assert_eq!(
        fit(Preprocess::new().categorical(["home"])),
        "`t.csv`, row 5, column `home`: the value is missing; say what to do with `Preprocess::missing_categories`, or leave \
         such rows out with `Table::without_missing`"
    );
    assert_eq!(
        fit(Preprocess::new().numeric(["age"]).missing_numbers(Missing::Category)),
        "Preprocess::missing_numbers: column `age` holds numbers, for which missing is no category; take `Mean`, `Median` or \
         `MostFrequent`, with an indicator if wanted"
    );
    assert_eq!(
        fit(Preprocess::new().categorical(["home"]).missing_categories(Missing::Mean)),
        "Preprocess::missing_categories: column `home` holds categories, which have no mean or median; take `MostFrequent` or \
         `Category`"
    );
    assert_eq!(
        fit(Preprocess::new().indices(["size", "size"])),
        "`t.csv`: column `size` is declared as a feature twice"
    );
    assert_eq!(
        fit(Preprocess::new().feature(Feature::categorical("size").indicator())),
        "`t.csv`: column `size`: an indicator is for numbers; for categories use `Missing::Category`"
    );
    assert_eq!(
        fit(Preprocess::new().feature(Feature::categorical("size").categories(["S", "S"]))),
        "`t.csv`: column `size`: category `S` is given twice"
    );
    let empty = people.rows(&[]).unwrap();
    assert_eq!(
        problem(Preprocess::new().numeric(["age"]).fit(&empty)),
        "`t.csv`: there are no rows to fit a preprocessor on"
    );
    let none = people.rows(&[2]).unwrap();
    let plan = Preprocess::new().numeric(["age"]).missing_numbers(Missing::Mean);
    assert_eq!(problem(plan.fit(&none)), "`t.csv`: column `age`: every value is missing");
    let huge = table("a\n1e300\n-1e300\n");
    assert_eq!(
        problem(Preprocess::new().numeric(["a"]).fit(&huge)),
        "`t.csv`: column `a`: the values are too large to be scaled"
    );
    let raw = Preprocess::new().numeric(["a"]).scale(Scale::None).fit(&huge).unwrap();
    let digits = "0".repeat(300);
    assert_eq!(
        problem(raw.features::<f32>(&huge)),
        format!("`t.csv`, row 2, column `a`: `1{digits}` is too large for an `f32` when scaled")
    );
}

#[test]
fn a_wrong_number_of_features_is_told_with_their_names() {
    let people = table(PEOPLE);
    let fitted = Preprocess::new()
        .numeric(["age"])
        .missing_numbers(Missing::Mean)
        .indicators()
        .categorical(["size"])
        .fit(&people)
        .unwrap();
    assert_eq!(
        problem(fitted.features::<[f32; 4]>(&people)),
        "Preprocessor::features: samples of shape [4] hold 4 values, but there are 5 features (`age`, `age missing`, \
         `size=L`, `size=M`, `size=S`)"
    );
    let one = Preprocess::new().categorical(["size"]).indices(["paid"]).fit(&people).unwrap();
    assert_eq!(
        problem(one.indices::<[u32; 2]>(&people)),
        "Preprocessor::indices: samples of shape [2] hold 2 values, but there is 1 index column (`paid`)"
    );
}

#[test]
fn all_other_columns_are_taken_as_what_they_hold() {
    let people = table(PEOPLE);
    let plan = Preprocess::new().others().missing_numbers(Missing::Mean).missing_categories(Missing::Category);
    let fitted = plan.clone().class("paid").fit(&people).unwrap();
    assert_eq!(
        fitted.feature_names(),
        [
            "age",
            "home=other",
            "home=own",
            "home=rent",
            "home=(missing)",
            "size=L",
            "size=M",
            "size=S",
            "size=(missing)"
        ]
    );
    let fitted = plan.categorical(["size"]).without(["home"]).class("paid").fit(&people).unwrap();
    assert_eq!(fitted.feature_names(), ["size=L", "size=M", "size=S", "size=(missing)", "age"]);
}

#[test]
fn columns_are_found_by_name_in_tables_of_another_order() {
    let people = table(PEOPLE);
    let fitted = Preprocess::new().numeric([0]).missing_numbers(Missing::Mean).categorical([2]).fit(&people).unwrap();
    let other = table("size,age\nM,60\n");
    assert_eq!(fitted.features::<[f32; 4]>(&other).unwrap()[0], fitted_row(&fitted, &people, 3, [0.0, 1.0, 0.0]));
    let unnamed = Table::options().no_header().read("1,x\n2,y\n".as_bytes(), "u.csv").unwrap();
    let fitted = Preprocess::new().categorical([1]).fit(&unnamed).unwrap();
    assert_eq!(fitted.feature_names(), ["1=x", "1=y"]);
    let missing = table("a\n1\n");
    assert_eq!(problem(fitted.features::<[f32; 2]>(&missing)), "`t.csv`: there is no column `1` (the columns are `a`)");
}

/// The age of a row, followed by a size.
fn fitted_row(fitted: &Preprocessor, table: &Table, row: usize, size: [f32; 3]) -> [f32; 4] {
    let age = fitted.features::<[f32; 4]>(table).unwrap()[row][0];
    [age, size[0], size[1], size[2]]
}

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
