//! Every mistake that the compiler can find, and what it says.
//!
//! `tests/ui/fail/NAME.rs` makes one mistake, and `NAME.stderr` is what rustc prints. `tests/ui/pass/NAME.rs` is its twin: the same
//! program without the mistake, which compiles and runs here, so that a case fails for its reason and no other. Files in
//! `tests/ui/several` make several mistakes at once.
//!
//! After a change of messages, `TRYBUILD=overwrite cargo test --test ui` writes the `.stderr` files anew; read the difference as the
//! person who gets it. A new case is two files and a name in the list below.
#![allow(dead_code)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// The version of rustc whose words the `.stderr` files have.
const RUSTC: &str = "1.95.";

#[test]
fn mistakes_are_told() {
    let version = Command::new(std::env::var_os("RUSTC").unwrap_or("rustc".into())).arg("--version").output();
    let version = String::from_utf8(version.expect("rustc runs").stdout).expect("a version");
    if !version.starts_with(&format!("rustc {RUSTC}")) {
        println!("skipped: the messages are those of rustc {RUSTC}x, and this is {version}");
        return;
    }
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/fail/*.rs");
    cases.compile_fail("tests/ui/several/*.rs");
    drop(cases); // which runs them
    if overwrites() {
        std::fs::write(page(), gallery()).expect("the gallery is written");
    }
}

fn overwrites() -> bool {
    std::env::var("TRYBUILD").is_ok_and(|mode| mode == "overwrite")
}

/// The names of the files with this extension in a folder of `tests/ui`.
fn files(folder: &str, extension: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui").join(folder);
    let paths = folder.read_dir().expect("a folder").map(|entry| entry.expect("an entry").path());
    let paths = paths.filter(|path| path.extension().is_some_and(|found| found == extension));
    paths.map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned()).collect()
}

fn lines(file: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui").join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.lines().map(str::to_owned).collect()
}

#[test]
fn every_mistake_has_a_twin() {
    let listed: BTreeSet<String> = TWINS.iter().map(|(name, _)| (*name).to_owned()).collect();
    for (folder, extension) in [("fail", "rs"), ("fail", "stderr"), ("pass", "rs")] {
        let found = files(folder, extension);
        let differences: Vec<&String> = found.symmetric_difference(&listed).collect();
        assert!(differences.is_empty(), "only in `{folder}/*.{extension}` or only in the list below: {differences:?}");
    }
}

#[test]
fn twins_differ_in_one_line() {
    for (name, _) in TWINS {
        let (mut fail, mut pass) = (lines(&format!("fail/{name}.rs")), lines(&format!("pass/{name}.rs")));
        while !fail.is_empty() && fail.first() == pass.first() {
            fail.remove(0);
            pass.remove(0);
        }
        while !fail.is_empty() && fail.last() == pass.last() {
            fail.pop();
            pass.pop();
        }
        assert!(
            fail.len().max(pass.len()) == 1,
            "{name}: the twins differ in more than one line: {fail:#?} and {pass:#?}"
        );
    }
}

/// Mistakes that are told more than once. Most are outside of networks: rustc tells a bound on the type of a value wherever the value is
/// used.
const TOLD_AGAIN: &[(&str, usize)] = &[
    // What goes into the body of the residual, and what comes out.
    ("elsewhere_in_residual", 2),
    // Each of the two losses.
    ("loss_of_outputs_swapped", 2),
    // Once as a loss for the meaning of the output, once for its shape.
    ("loss_that_is_none", 2),
    ("one_loss_for_two_outputs", 3),
    ("optimizer_that_is_none", 2),
    // A name that is none, and one that is missing.
    ("plan_line_misspelt", 2),
];

#[test]
fn mistakes_are_told_once() {
    for name in files("fail", "stderr") {
        let errors = lines(&format!("fail/{name}.stderr")).iter().filter(|line| line.starts_with("error")).count();
        let expected = TOLD_AGAIN.iter().find(|(known, _)| *known == name).map_or(1, |(_, count)| *count);
        assert_eq!(errors, expected, "{name}: one mistake, {errors} errors");
    }
}

#[test]
fn twins_run() {
    for (name, run) in TWINS {
        assert_eq!(run(), ExitCode::SUCCESS, "{name}");
    }
}

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/errors.md")
}

/// `docs/errors.md` with its blocks filled: behind a comment such as `<!-- fail/wrong_input -->` come the program and the message.
fn gallery() -> String {
    let page = std::fs::read_to_string(page()).expect("the gallery");
    let mut filled = String::new();
    let mut lines_of_page = page.lines();
    while let Some(line) = lines_of_page.next() {
        filled += &format!("{line}\n");
        let Some(case) = line.strip_prefix("<!-- ").and_then(|rest| rest.strip_suffix(" -->")) else { continue };
        for _ in 0..2 {
            lines_of_page.by_ref().find(|line| line.starts_with("```")).expect("a block");
            lines_of_page.by_ref().find(|line| *line == "```").expect("the end of a block");
        }
        let (program, message) = (lines(&format!("{case}.rs")), lines(&format!("{case}.stderr")));
        let start = program.iter().position(|line| line.is_empty()).expect("a line behind the imports") + 1;
        let end = program.iter().position(|line| line.starts_with("fn main") && !line.contains("Result"));
        // Of a mistake in a network the network is shown, of one elsewhere everything.
        let shown = &program[start..if case.contains("per_layer") { None } else { end }.unwrap_or(program.len())];
        filled += &format!(
            "```rust\n{}\n```\n\n```text\n{}\n```\n",
            shown.join("\n").trim_end(),
            message.join("\n").trim_end()
        );
    }
    filled
}

#[test]
fn the_gallery_is_as_printed() {
    let printed = std::fs::read_to_string(page()).expect("the gallery");
    assert!(
        overwrites() || printed == gallery(),
        "docs/errors.md is old: run `TRYBUILD=overwrite cargo test --test ui`"
    );
}

macro_rules! twins {
    ($($name:ident)*) => {
        $(mod $name {
            include!(concat!("ui/pass/", stringify!($name), ".rs"));
            pub fn run() -> std::process::ExitCode {
                std::process::Termination::report(main())
            }
        })*
        const TWINS: &[(&str, fn() -> ExitCode)] = &[$((stringify!($name), $name::run)),*];
    };
}

twins! {
    activation_that_is_none
    activation_without_default
    adaptive_pool_of_three
    adaptive_pool_on_flat
    add_of_one
    add_of_unequal
    add_of_unequal_const
    argument_for_none
    argument_for_relu
    argument_for_softmax
    argument_for_softmax_line
    argument_twice
    arguments_without_comma
    batch_norm2d_on_flat
    batch_norm_on_image
    bias_not_bool
    budget_equals
    budget_flops
    budget_negative
    budget_params
    budget_unit
    budget_unit_of_params
    budget_unknown
    budget_without_limits
    budget_workspace
    concat_of_unequal
    concat_of_unequal_const
    concat_of_unequal_const_rest
    concat_of_unequal_rank
    const_of_wrong_type
    const_unknown
    const_unknown_in_shape
    conv1d_groups
    conv1d_kernel_of_two
    conv1d_kernel_too_large
    conv1d_kernel_too_large_const
    conv1d_of_another_library
    conv1d_of_other_channels
    conv1d_on_image
    conv1d_padding_of_two_axes
    conv_gives_other_output
    conv_groups
    conv_groups_const
    conv_in_residual
    conv_kernel_missing
    conv_kernel_of_another_library
    conv_kernel_of_three
    conv_kernel_too_large
    conv_kernel_too_large_const
    conv_of_other_channels
    conv_of_other_channels_const
    conv_on_flat
    conv_padding_misspelt
    conv_padding_negative
    conv_padding_of_one_axis_negative
    conv_padding_of_three_sides
    conv_stride_zero
    conv_stride_zero_const
    conv_then_dense
    conv_then_wrong_dense
    conv_transpose_groups
    conv_transpose_of_other_channels
    conv_transpose_on_flat
    conv_transpose_output_padding
    conv_transpose_output_padding_const
    conv_transpose_output_padding_of_same
    conv_transpose_padding_too_large
    conv_transpose_padding_too_large_const
    dense_of_two
    dense_on_image
    dense_on_tokens
    dimension_float
    dimension_zero
    dropout2d_on_flat
    dropout_rate
    dropout_rate_const
    dropout_rate_negative
    dropout_rate_wrong_type
    duplicate_name
    element_f64
    elsewhere_added_to_another_shape
    elsewhere_gives
    elsewhere_gives_image
    elsewhere_gives_output
    elsewhere_gives_several
    elsewhere_in_residual
    elsewhere_repeated_changes_shape
    elsewhere_takes
    elsewhere_takes_several
    elsewhere_unknown
    empty_network
    empty_shape
    eps_negative
    fat_arrow
    fit_f64
    fit_image
    fit_not_a_dataset
    fit_wrong_sample
    fit_wrong_validation
    flatten_then_wrong
    from_before_plus
    from_nothing
    from_number
    from_without_parentheses
    frozen_dropout
    frozen_flag
    frozen_gradient
    frozen_network
    frozen_rate
    frozen_same_as
    frozen_view
    frozen_with_adapter
    frozen_with_arguments
    generic_network
    global_pool_on_flat
    group_norm_groups
    group_norm_groups_const
    image_joined_after_upsampling
    images_of_unequal_size_joined
    inputs_of_one_name
    junk_after_line
    keyword_as_name
    labels_classes_for_regression
    labels_float_for_classes
    labels_of_another_number_of_classes
    labels_of_wrong_element
    layer_behind_plus
    layer_missing
    layers_of_another_network
    line_without_layer
    loss_of_an_output_missing
    loss_of_classes_for_one_value
    loss_of_outputs_swapped
    loss_of_yes_or_no_for_classes
    loss_that_is_none
    lora_argument_of_another_library
    lora_dropout
    lora_gradient_of_frozen_weight
    lora_of_groups
    lora_of_groups_const
    lora_on_layer_norm
    lora_on_network
    lora_rank_missing
    lora_rank_of_conv_too_large
    lora_rank_too_large
    lora_rank_too_large_const
    lora_rank_zero
    lora_twice
    lora_without_rank
    metric_of_classes_for_values
    metric_of_values_for_classes
    metric_of_yes_or_no_for_classes
    metric_that_is_none
    missing_argument
    missing_argument_in_parentheses
    missing_arrow
    missing_braces
    missing_colon
    missing_colon_of_network
    missing_comma
    missing_from
    missing_shapes
    missing_struct
    momentum_above_one
    name_in_files_counts_no_array
    name_in_files_empty_part
    name_in_files_malformed
    name_in_files_of_a_line
    name_in_files_of_an_element
    name_in_files_twice
    named_input
    nested_gives
    nested_gives_image
    nested_gives_output
    nested_of_two
    nested_takes
    nested_takes_const
    nested_type_is_no_layer
    nested_with_several_inputs
    nested_with_several_outputs
    network_in_itself
    networks_in_each_other
    networks_of_one_name
    nothing
    number_as_layer
    one_loss_for_two_outputs
    one_named_input
    optimizer_that_is_none
    output_that_is_input
    output_without_line
    outputs_of_one_name
    own_layer_bare
    own_layer_gives
    own_layer_gives_otherwise
    own_layer_on_tokens
    own_layer_takes
    own_layer_takes_otherwise
    own_layer_without_default
    own_loss_without_meaning
    own_type_is_no_layer
    own_type_unknown
    padding_word_elsewhere
    per_layer_missing
    per_layer_name
    permute_order
    plan_gradient
    plan_line_missing
    plan_line_misspelt
    plan_of_a_network_for_a_layer
    plan_of_a_network_with_a_mistake
    plan_of_another_network
    plan_rate
    pool_of_another_library
    pool_of_too_many
    pool_of_too_many_const
    pool_on_flat
    pool_padding_too_large
    pool_padding_too_large_const
    pool_too_large
    predict_f64
    predict_image
    predict_one_sample
    predict_wrong_sample
    repeated_block_changes_shape
    repeated_block_changes_shape_const
    repeated_block_takes
    repeated_kind
    repeated_kind_without_arguments
    repeated_zero_times
    reshape_loses_elements
    reshape_loses_elements_const
    reshape_not_shape
    reshape_zero
    residual_changes_shape
    residual_changes_shape_const
    residual_empty
    residual_in_parentheses
    residual_inside
    residual_of_two
    residual_takes_outside
    same_as_below
    same_as_itself
    same_as_other_shape
    same_as_other_shape_const
    same_as_unknown
    same_as_view
    scores_before_kl
    scores_before_nll
    semicolon
    sequential_empty
    sequential_repeated_changes_shape
    sequential_takes_outside
    shape_in_parentheses
    shape_without_brackets
    shortcut_of_another_shape
    sigmoid_before_binary_cross_entropy
    size_const_negative
    size_expression_negative
    size_float
    size_negative
    size_string
    size_zero
    size_zero_const
    slope_negative
    slope_string
    softmax_before_cross_entropy
    takes_itself
    too_many_arguments
    too_many_dimensions
    two_bodies_of_one_name
    unknown_activation
    unknown_activation_far
    unknown_activation_type
    unknown_argument
    unknown_argument_of_activation
    unknown_argument_of_another_library
    unknown_attribute
    unknown_attribute_of_network
    unknown_layer
    unknown_layer_far
    unknown_layer_of_another_library
    unknown_network
    unknown_source
    unknown_source_far
    unused_input
    unused_line
    upsample_corners_of_nearest
    upsample_mode_unknown
    upsample_then_wrong_dense
    upsample_zero
    used_before_definition
    weights_half_an_adapter
    weights_mis_shaped
    weights_missing
    weights_missing_below_adapter
    weights_nested_below_adapter
    weights_not_there
    weights_of_another_format
    weights_of_another_rank
    weights_pair_not_there
    weights_prefixed
    weights_regex_group
    weights_regex_malformed
    weights_regex_of_one
    weights_regex_too_wide
    weights_transposed
    weights_truncated
    weights_unexpected
    weights_unexpected_below_adapter
    weights_unknown_rule
    weights_without_file
    wrong_input
    wrong_middle
    wrong_middle_const
    wrong_middle_consts
    wrong_middle_expression
    wrong_output
    wrong_output_activation
    wrong_output_const
    wrong_output_named
    wrong_output_shape
    zero_pad_negative
    zero_pad_of_four
    zero_pad_on_flat
}
