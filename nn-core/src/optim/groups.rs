//! Settings for layers by their position or path.

use super::LayerSettings;
use crate::{Parameters, Path};

/// Mirrors that say how the layers of a network learn, for every network and every layer.
///
/// A *group* is a layer; all layers in one element of an array, `blocks.3.norm` and `blocks.3.conv`, are one group together. Groups are counted
/// in the order of declaration, which is the order from the input to the output for networks without branches.
///
/// ```
/// use nn_core::optim::{Groups, LayerSettings};
/// use nn_core::layers::Dense;
/// type Blocks = [Dense<[f32; 4], [f32; 4]>; 3];
///
/// let settings = Blocks::discriminative(0.5);
/// assert_eq!(settings.map(|block| block.lr), [0.25, 0.5, 1.0]);
/// assert_eq!(Blocks::last(1), [false, false, true]);
/// let own = Blocks::settings(|path| if path == "0" { LayerSettings::FROZEN } else { LayerSettings::TRAINED });
/// assert_eq!(own.map(|block| block.train), [false, true, true]);
/// ```
///
/// For a part of a network its mirror is assigned: `layers.backbone = Features::discriminative(0.8)`.
pub trait Groups: Parameters {
    /// The settings that `of` gives for each layer, by its path: `blocks.3.norm`.
    fn settings(mut of: impl FnMut(&str) -> LayerSettings) -> Self::PerLayer<LayerSettings> {
        Self::map_layers(Self::per_layer(()), &Path::ROOT, &mut |path, ()| of(&path.to_string()))
    }

    /// Learning rates that fall from the output to the input: the last group has factor 1, each one below it `decay` times that of the one
    /// above.
    ///
    /// (Howard and Ruder, 2018: "discriminative fine-tuning", with `decay = 1 / 2.6`; "layer-wise learning-rate decay" for transformers, 0.65 to 0.95)
    fn discriminative(decay: f64) -> Self::PerLayer<LayerSettings> {
        let (numbers, count) = numbered::<Self>();
        Self::map_layers(numbers, &Path::ROOT, &mut |_, number| LayerSettings {
            lr: decay.powi(i32::try_from(count - 1 - number).unwrap_or(i32::MAX)),
            ..LayerSettings::TRAINED
        })
    }

    /// Which layers learn if only the last `groups` groups do.
    fn last(groups: usize) -> Self::PerLayer<bool> {
        let (numbers, count) = numbered::<Self>();
        Self::map_layers(numbers, &Path::ROOT, &mut |_, number| number + groups >= count)
    }

    /// How many groups there are.
    fn count_groups() -> usize {
        numbered::<Self>().1
    }

    /// The same settings with other layers learning.
    fn with_train(
        settings: Self::PerLayer<LayerSettings>,
        train: Self::PerLayer<bool>,
    ) -> Self::PerLayer<LayerSettings> {
        changed::<Self, _>(settings, train, |settings, train| LayerSettings { train, ..settings })
    }

    /// The same settings with other factors of the learning rate.
    fn with_lr(settings: Self::PerLayer<LayerSettings>, lr: Self::PerLayer<f32>) -> Self::PerLayer<LayerSettings> {
        changed::<Self, _>(settings, lr, |settings, lr| LayerSettings { lr: f64::from(lr), ..settings })
    }

    /// The same settings with other factors of the weight decay.
    fn with_weight_decay(
        settings: Self::PerLayer<LayerSettings>,
        weight_decay: Self::PerLayer<f32>,
    ) -> Self::PerLayer<LayerSettings> {
        changed::<Self, _>(settings, weight_decay, |settings, weight_decay| LayerSettings {
            weight_decay: f64::from(weight_decay),
            ..settings
        })
    }
}

impl<P: Parameters + ?Sized> Groups for P {}

/// The settings, changed by what another mirror holds for each layer.
fn changed<P: Parameters + ?Sized, T: Copy>(
    settings: P::PerLayer<LayerSettings>,
    values: P::PerLayer<T>,
    change: impl Fn(LayerSettings, T) -> LayerSettings,
) -> P::PerLayer<LayerSettings> {
    let mut all = Vec::new();
    P::map_layers(values, &Path::ROOT, &mut |_, value| all.push(value));
    let mut all = all.into_iter();
    // Both mirrors have the same layers in the same order.
    P::map_layers(settings, &Path::ROOT, &mut |_, settings| match all.next() {
        Some(value) => change(settings, value),
        None => settings,
    })
}

/// The number of each layer's group, and how many groups there are.
fn numbered<P: Parameters + ?Sized>() -> (P::PerLayer<usize>, usize) {
    let (mut count, mut last) = (0, None);
    let numbers = P::map_layers(P::per_layer(()), &Path::ROOT, &mut |path, ()| {
        let group = group_of(&path.to_string());
        if last.as_ref() != Some(&group) {
            (count, last) = (count + 1, Some(group));
        }
        count - 1
    });
    (numbers, count)
}

/// The path as far as its first index, or all of it.
fn group_of(path: &str) -> String {
    let mut group = String::new();
    for part in path.split('.') {
        group.push_str(part);
        if part.bytes().all(|byte| byte.is_ascii_digit()) {
            break;
        }
        group.push('.');
    }
    group
}

#[cfg(test)]
mod tests {
    use super::group_of;

    #[test]
    fn what_belongs_together() {
        assert_eq!(group_of("backbone.blocks.3.norm"), "backbone.blocks.3");
        assert_eq!(group_of("_blocks.12.conv.0"), group_of("_blocks.12.norm"));
        assert_ne!(group_of("hidden"), group_of("out"));
        assert_ne!(group_of("a.hidden"), group_of("a.norm"));
    }
}
