//! A network as a table.

use crate::table::Align::{Left, Right};
use crate::table::{Table, bytes, grouped};
use crate::{Layer, Path, Role, Row, Value, Workspace};
use core::fmt;

/// The batch for which the table gives the memory of training.
const BATCH: usize = 32;

/// The table that [`summary()`] makes: a line for each layer, and totals. Printed with `{}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The name of the network, or the kind of the layer.
    pub network: String,
    /// The shape of what it takes.
    pub input: String,
    /// The shape of what it gives.
    pub output: String,
    /// One line for each layer.
    pub rows: Vec<Row>,
    /// The number of parameters.
    pub params: usize,
    /// The number of those that learn.
    pub trainable: usize,
    /// The number of saved but untrained values: running statistics.
    pub buffers: usize,
    /// Floating-point operations of inference for one sample; a multiply-add is two.
    pub flops: u64,
    /// Bytes of a [`Workspace`] for inference with one sample.
    pub workspace: usize,
    /// Bytes of a [`Workspace`] for training with batches of 32.
    pub training_workspace: usize,
}

/// The layers of a network with their output shapes, parameters and FLOPs, as Keras' `model.summary()` shows them.
///
/// ```
/// # use nn_core::{Context, Layer, Saved, Scores, parameters};
/// # pub struct Square;
/// # parameters! { impl[] Square }
/// # impl Layer for Square {
/// #     type In = [f32; 2];
/// #     type Out = [f32; 2];
/// #     type Gives = Scores;
/// #     const KIND: &'static str = "Square";
/// #     const FLOPS: u64 = 2;
/// #     fn forward(&self, _: &[[f32; 2]], _: &mut [[f32; 2]], _: Context<'_>) {}
/// #     fn backward(
/// #         &self, _: Saved<'_, Self>, _: &mut [[f32; 2]], _: &mut (), _: (), _: Option<&mut [[f32; 2]]>, _: Context<'_>,
/// #     ) {
/// #     }
/// # }
/// let summary = nn_core::summary(&Square);
/// assert_eq!((summary.params, summary.flops), (0, 2));
/// assert!(summary.to_string().starts_with("Square: [2] -> [2]\n"));
/// ```
pub fn summary<N: Layer>(net: &N) -> Summary {
    summary_of_part(net, N::per_layer(true))
}

/// [`summary()`] of a network of which only some layers learn; the kinds of the others are followed by `frozen`.
pub fn summary_of_part<N: Layer>(net: &N, trainable: N::PerLayer<bool>) -> Summary {
    let mut rows = Vec::new();
    N::rows(&Path::ROOT, &mut |row| rows.push(row));
    let mut frozen: Vec<String> = Vec::new();
    N::map_layers(trainable, &Path::ROOT, &mut |path, learns| {
        if !learns {
            frozen.push(path.to_string());
        }
    });
    let (mut params, mut learned, mut buffers) = (0, 0, 0);
    net.tensors(&Path::ROOT, &mut |path, role, tensor| match role {
        Role::Buffer => buffers += tensor.len(),
        Role::Frozen => params += tensor.len(),
        Role::Parameter => {
            let path = path.to_string();
            let layer = path.rsplit_once('.').map_or("", |(layer, _)| layer);
            params += tensor.len();
            learned += if is_inside(layer, &frozen) { 0 } else { tensor.len() };
        }
    });
    for row in rows.iter_mut().filter(|row| row.params > 0 && is_inside(&row.name, &frozen)) {
        // What is frozen by its type says so already.
        if !row.kind.ends_with(", frozen") {
            row.kind += ", frozen";
        }
    }
    Summary {
        network: N::KIND.to_owned(),
        input: N::In::text(),
        output: N::Out::text(),
        rows,
        params,
        trainable: learned,
        buffers,
        flops: N::FLOPS,
        workspace: Workspace::<N>::bytes(1),
        training_workspace: Workspace::<N>::training_bytes(BATCH),
    }
}

/// Whether a path is one of `layers` or below it.
fn is_inside(path: &str, layers: &[String]) -> bool {
    let inside = |layer: &String| {
        path.strip_prefix(layer.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.') || layer.is_empty())
    };
    layers.iter().any(inside)
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {} -> {}", self.network, self.input, self.output)?;
        let mut table = Table::new([("layer (kind)", Left), ("output", Left), ("parameters", Right), ("FLOPs", Right)]);
        for row in &self.rows {
            let name = if row.name.is_empty() { row.kind.clone() } else { format!("{} ({})", row.name, row.kind) };
            table.row([name, row.output.clone(), grouped(row.params as u64), grouped(row.flops)]);
        }
        write!(f, "{table}")?;
        writeln!(
            f,
            "parameters: {} ({}), trainable: {}",
            grouped(self.params as u64),
            bytes(self.params * size_of::<f32>()),
            grouped(self.trainable as u64)
        )?;
        if self.buffers > 0 {
            writeln!(f, "running statistics: {}", grouped(self.buffers as u64))?;
        }
        writeln!(f, "inference of one sample: {} FLOPs, workspace {}", grouped(self.flops), bytes(self.workspace))?;
        write!(f, "training with batches of {BATCH}: workspace {}", bytes(self.training_workspace))
    }
}
