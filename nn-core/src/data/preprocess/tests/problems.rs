//! What cannot be used is an error that says what, where, and what would be right.

use super::*;

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
    let all_missing = "every value is missing; leave the column out (`Preprocess::without`, if `others` takes it)";
    assert_eq!(problem(plan.fit(&none)), format!("`t.csv`: column `age`: {all_missing}"));
    assert_eq!(
        problem(Preprocess::new().others().fit(&table("a,\n1,\n2,\n"))),
        format!("`t.csv`: column `1`: {all_missing}")
    );
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
fn others_takes_no_column_of_numbers_for_categories() {
    let fit = |text: &str| Preprocess::new().others().missing_numbers(Missing::Mean).fit(&table(text));
    assert_eq!(fit("a,b\n1,5\n2,NULL\n3,7\n").unwrap().feature_names(), ["a", "b"]);
    assert_eq!(
        problem(fit("a;b\n1;5\n2;1,5\n")),
        "`t.csv`, row 3, column `b`: `1,5` is not a number; if its comma is a decimal one, read the table with \
         `TableOptions::decimal(',')`, else write it without; if it is a category, declare the column with `categorical`"
    );
    let numbers = |count: usize| (0..count).map(|i| format!("{i}.5\n")).collect::<String>();
    let rest = "is not a number, but 12 of 14 values are; if it means a missing value, read the table with \
                `TableOptions::missing([\"\", \"unknown\"])`, and if it is a category, declare the column with `categorical`";
    let text = format!("a\n{}unknown\n?\n7+\n", numbers(12));
    assert_eq!(problem(fit(&text)), format!("`t.csv`, row 14, column `a`: `unknown` {rest}"));
    let declared =
        Preprocess::new().categorical(["a"]).missing_categories(Missing::Category).fit(&table(&text)).unwrap();
    assert_eq!(declared.feature_names().len(), 15);
    // Categories of which many are numbers.
    let doors = format!("doors\n{}", "2\n3\n4\n5more\n".repeat(20));
    assert_eq!(fit(&doors).unwrap().feature_names().len(), 4);
    assert_eq!(fit(&format!("a\n{}x\ny\nz\nx\ny\n", numbers(12))).unwrap().feature_names().len(), 15);
    assert_eq!(fit("a\n\"1,2\"\n\"1,2,3\"\n2\n").unwrap().feature_names(), ["a=1,2", "a=1,2,3", "a=2"]);
}

#[test]
fn a_text_that_counts_as_missing_is_named() {
    let injuries = table("injury,when\nNone,1\nsevere,2\n");
    let missing = "is missing (`None` counts as such unless `TableOptions::missing` says otherwise)";
    assert_eq!(
        problem(Preprocess::new().class("injury").fit(&injuries)),
        format!(
            "`t.csv`, row 2, column `injury`: the target {missing}; leave such rows out with `Table::without_missing`"
        )
    );
    assert!(problem(Preprocess::new().categorical(["injury"]).fit(&injuries)).contains(missing));
}
