//! What comes out is what scikit-learn would give.

use super::*;
use crate::data::Samples;

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
    // Whatever the sum of so many of them is rounded to.
    for (value, other) in [("29.99", 30.99), ("0.1", 1.1), ("123456.789", 123_457.789)] {
        for count in [2, 10, 13, 399, 1000] {
            let constant = table(&format!("a\n{}", format!("{value}\n").repeat(count)));
            let fitted = Preprocess::new().numeric(["a"]).fit(&constant).unwrap();
            assert_eq!(fitted.features::<[f32; 1]>(&constant).unwrap()[0], [0.0], "{value}, {count} times");
            let other = fitted.features::<[f32; 1]>(&table(&format!("a\n{other}\n"))).unwrap()[0][0];
            assert!((other - 1.0).abs() < 1e-6, "{value}, {count} times: {other}");
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
fn categories_that_are_numbers_are_found_by_value() {
    let train = table("floor,code,kind,id,y\n1,01,1,9007199254740993,0\n2,1,b,2,1\n-0,3,c,3,1\n");
    let plan = Preprocess::new().unknown(Unknown::Ignore);
    let one_hot = |column: &str, cell: &str| {
        let fitted = plan.clone().categorical([column]).fit(&train).unwrap();
        fitted.features::<[f32; 3]>(&Table::from_rows([column], [[cell]]).unwrap()).unwrap()[0]
    };
    assert_eq!(
        ["0.0", "1.0", "2e0", "2.5"].map(|cell| one_hot("floor", cell)).concat(),
        [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]
    );
    // Not where several categories have the value, others are no numbers, or numbers are too large to be told apart.
    assert_eq!(one_hot("code", "3.0"), [0.0, 0.0, 1.0]);
    for (column, cell) in [("code", "1.0"), ("kind", "1.0"), ("id", "9007199254740992"), ("id", "2.0")] {
        assert_eq!(one_hot(column, cell), [0.0; 3], "{column} {cell}");
    }
    let sizes = Feature::categorical("floor").categories(["2.0", "1.0", "0.0"]).missing(Missing::MostFrequent);
    let fitted = Preprocess::new().feature(sizes).class("y").fit(&train).unwrap();
    assert_eq!(fitted.features::<[f32; 3]>(&train).unwrap()[0], [0.0, 1.0, 0.0]);
    assert_eq!(*fitted.targets::<u32>(&Table::from_rows(["y"], [["1.0"], ["0.0"]]).unwrap()).unwrap(), [1, 0]);
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

#[test]
fn columns_of_the_same_name_are_not_taken_for_others() {
    let train = table("a,a,b,paid\n1,10,100,no\n3,30,300,yes\n");
    let fitted = Preprocess::new().others().scale(Scale::None).class("paid").fit(&train).unwrap();
    assert_eq!(fitted.features::<[f32; 3]>(&train).unwrap()[1], [3.0, 30.0, 300.0]);
    assert_eq!(fitted.features::<[f32; 3]>(&table("a,a,x,b\n1,10,7,100\n")).unwrap()[0], [1.0, 10.0, 100.0]);
    assert_eq!(
        problem(fitted.features::<[f32; 3]>(&table("b,a,a\n100,1,10\n"))),
        "`t.csv`: column 0 is called `b`, but it should be `a`: several columns of the training part have that name, so they are \
         told apart by their places; give each a name of its own with `TableOptions::names`"
    );
    assert!(fitted.features::<[f32; 3]>(&table("x,y,b\n7,8,9\n")).is_err());
    let categories = Preprocess::new().categorical([0]).class(1).fit(&train).unwrap();
    let other = table("a,b\n1,10\n");
    assert_eq!(categories.features::<[f32; 2]>(&other).unwrap()[0], [1.0, 0.0]);
    assert!(problem(categories.targets::<u32>(&other)).contains("column 1 is called `b`, but it should be `a`"));
    assert!(problem(categories.targets::<[f32; 2]>(&other)).contains("column 1 is called `b`, but it should be `a`"));
}

/// The age of a row, followed by a size.
fn fitted_row(fitted: &Preprocessor, table: &Table, row: usize, size: [f32; 3]) -> [f32; 4] {
    let age = fitted.features::<[f32; 4]>(table).unwrap()[row][0];
    [age, size[0], size[1], size[2]]
}
