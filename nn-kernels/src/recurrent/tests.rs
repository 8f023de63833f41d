//! Recurrent layers against plain f64 loops that know nothing of products, chunks and places.

use super::*;
use crate::{Path, with_path};

/// Numbers around 0 with all bits in use.
fn numbers(len: usize, seed: u64, size: f32) -> Vec<f32> {
    let mut numbers = vec![0.0; len];
    crate::uniform_fill(seed, 0, &mut numbers);
    numbers.iter().map(|u| size * (2.0 * u - 1.0)).collect()
}

/// `max |a − b| ≤ 1e-5 · max |b|`, the bar for single layers.
fn close(what: &str, got: &[f32], expected: &[f64]) {
    assert_eq!(got.len(), expected.len(), "{what}");
    let scale = expected.iter().fold(1e-3_f64, |m, e| m.max(e.abs()));
    for (i, (&g, &e)) in got.iter().zip(expected).enumerate() {
        assert!((f64::from(g) - e).abs() <= 1e-5 * scale, "{what}: element {i} is {g}, not {e}");
    }
}

/// A layer and what goes through it.
struct Case {
    sizes: Recurrence,
    samples: usize,
    /// `W_ih`, `W_hh`, `b_ih`, `b_hh`; the biases empty where there are none.
    weights: [Vec<f32>; 4],
    x: Vec<f32>,
    /// Empty but for a single step.
    start: Vec<f32>,
    dy: Vec<f32>,
}

/// Outputs, gradients of the weights as they lie, of x, and of the state that was given.
type Results<T> = [Vec<T>; 7];

impl Case {
    fn new(sizes: Recurrence, samples: usize, bias: bool) -> Self {
        let Recurrence { steps, inputs, units, .. } = sizes;
        let (columns, biases) = (sizes.gates(), if bias { sizes.gates() } else { 0 });
        let weights = [inputs * columns, units * columns, biases, biases];
        let mut seed = 0;
        let weights = weights.map(|len| {
            seed += 1;
            numbers(len, seed, 1.0 / (units as f32).sqrt())
        });
        let state = if sizes.is_step() { sizes.state() } else { 0 };
        let [x, dy, start] = [(steps * inputs, 5), (steps * sizes.outputs(), 6), (state, 7)]
            .map(|(each, seed)| numbers(samples * each, seed, 1.5));
        Self { sizes, samples, weights, x, start, dy }
    }

    fn run(&self, team: &Team) -> Results<f32> {
        let (sizes, samples) = (self.sizes, self.samples);
        let [input, state, input_bias, state_bias] = &self.weights;
        let bias = |values| Some(values).filter(|values: &&[f32]| !values.is_empty());
        let weights = RecurrentWeights { input, state, input_bias: bias(input_bias), state_bias: bias(state_bias) };
        // What is not written shows.
        let buffer = |len: usize| vec![f32::NAN; samples * len];
        let mut y = buffer(sizes.steps * sizes.outputs());
        let [mut gates, mut d_gates] = [(); 2].map(|()| buffer(sizes.kept_gates()));
        let (mut cells, mut scratch) = (buffer(sizes.kept_cells()), buffer(sizes.scratch()));
        let to = RecurrentBuffers { y: &mut y, gates: &mut gates, cells: &mut cells, scratch: &mut scratch };
        sizes.forward(team, weights, &self.x, &self.start, to);
        let saved = RecurrentSaved { x: &self.x, start: &self.start, y: &y, gates: &gates, cells: &cells };
        let mut d = self.weights.each_ref().map(|weight| vec![f32::NAN; weight.len()]);
        let [input, state, input_bias, state_bias] = &mut d;
        let [mut dx, mut d_start] = [&self.x, &self.start].map(|values| vec![f32::NAN; values.len()]);
        let gradients = RecurrentGradients {
            input: Some(input),
            state: Some(state),
            input_bias: weights.input_bias.map(|_| &mut input_bias[..]),
            state_bias: weights.state_bias.map(|_| &mut state_bias[..]),
            start: Some(&mut d_start),
            x: Some(&mut dx),
            ..RecurrentGradients::default()
        };
        scratch.fill(f32::NAN);
        let (mut before, steps) = (buffer(sizes.steps * sizes.units), &mut scratch[..]);
        let scratch = RecurrentScratch { gates: &mut d_gates, before: &mut before, steps };
        sizes.backward(team, weights, saved, &self.dy, gradients, scratch);
        // The other direction's half is not written.
        let width = if sizes.is_step() { sizes.state() } else { sizes.units };
        let mine = |row: &[f32]| row[sizes.offset()..][..width].to_vec();
        let y = y.chunks_exact(sizes.outputs()).flat_map(mine).collect();
        let [input, state, input_bias, state_bias] = d;
        [y, input, state, input_bias, state_bias, dx, d_start]
    }

    /// The same by the formulas, a number at a time.
    fn naive(&self) -> Results<f64> {
        let Recurrence { cell, steps, inputs, units, .. } = self.sizes;
        let columns = self.sizes.gates();
        let wide = |values: &[f32]| values.iter().copied().map(f64::from).collect::<Vec<f64>>();
        let [w, u, b, v] = self.weights.each_ref().map(|values| wide(values));
        let [x, dy, start] = [&self.x, &self.dy, &self.start].map(|values| wide(values));
        let width = if self.sizes.is_step() { self.sizes.state() } else { units };
        let lengths = [self.samples * steps * width, w.len(), u.len(), b.len(), v.len(), x.len(), start.len()];
        let mut results: Results<f64> = lengths.map(|len| vec![0.0; len]);
        let sigmoid = |a: f64| 1.0 / (1.0 + (-a).exp());
        for sample in 0..self.samples {
            // What every step began with and computed: h, c, both projections, what the gates became, c behind it.
            let mut past: Vec<[Vec<f64>; 6]> = Vec::new();
            // A part of the state that is given, or zeros.
            let given = |all: &[f64], part: usize| {
                let from = (sample * cell.states() + part) * units;
                all.get(from..from + units).map_or_else(|| vec![0.0; units], <[f64]>::to_vec)
            };
            let [mut h, mut c] = [0, cell.states() - 1].map(|part| given(&start, part));
            let places: Vec<usize> = (0..steps).map(|step| sample * steps + self.sizes.place(step)).collect();
            for &row in &places {
                let sum = |from: &[f64], weight: &[f64], bias: &[f64], j: usize| {
                    let products = from.iter().enumerate().map(|(i, x)| x * weight[i * columns + j]);
                    products.sum::<f64>() + bias.get(j).unwrap_or(&0.0)
                };
                let a: Vec<f64> = (0..columns).map(|j| sum(&x[row * inputs..][..inputs], &w, &b, j)).collect();
                let s: Vec<f64> = (0..columns).map(|j| sum(&h, &u, &v, j)).collect();
                let mut gates = vec![0.0; columns];
                let before = (h.clone(), c.clone());
                for k in 0..units {
                    let at = |gate: usize| gate * units + k;
                    match cell {
                        RecurrentCell::Rnn => {
                            gates[k] = (a[k] + s[k]).tanh();
                            h[k] = gates[k];
                        }
                        RecurrentCell::Lstm => {
                            for gate in [0, 1, 3] {
                                gates[at(gate)] = sigmoid(a[at(gate)] + s[at(gate)]);
                            }
                            gates[at(2)] = (a[at(2)] + s[at(2)]).tanh();
                            c[k] = gates[at(1)] * c[k] + gates[k] * gates[at(2)];
                            h[k] = gates[at(3)] * c[k].tanh();
                        }
                        RecurrentCell::Gru => {
                            for gate in [0, 1] {
                                gates[at(gate)] = sigmoid(a[at(gate)] + s[at(gate)]);
                            }
                            gates[at(2)] = (a[at(2)] + gates[k] * s[at(2)]).tanh();
                            h[k] = (1.0 - gates[at(1)]) * gates[at(2)] + gates[at(1)] * h[k];
                        }
                    }
                }
                results[0][row * width..][..units].copy_from_slice(&h);
                results[0][row * width..][width - units..width].copy_from_slice(if width > units { &c } else { &h });
                past.push([before.0, before.1, s, gates, c.clone(), a]);
            }
            let mut dh = vec![0.0; units];
            let mut dc = if width > units { given(&dy, 1) } else { vec![0.0; units] };
            for (&row, [h, c_before, s, gates, c, _]) in places.iter().zip(&past).rev() {
                // Gradients of the sums of both projections.
                let (mut da, mut ds) = (vec![0.0; columns], vec![0.0; columns]);
                let mut next = vec![0.0; units];
                for k in 0..units {
                    let at = |gate: usize| gate * units + k;
                    let d = dy[row * self.sizes.outputs() + self.sizes.offset() + k] + dh[k];
                    match cell {
                        RecurrentCell::Rnn => da[k] = d * (1.0 - gates[k].powi(2)),
                        RecurrentCell::Lstm => {
                            let [i, f, g, o] = [0, 1, 2, 3].map(|gate| gates[at(gate)]);
                            let d_c = dc[k] + d * o * (1.0 - c[k].tanh().powi(2));
                            da[at(0)] = d_c * g * i * (1.0 - i);
                            da[at(1)] = d_c * c_before[k] * f * (1.0 - f);
                            da[at(2)] = d_c * i * (1.0 - g * g);
                            da[at(3)] = d * c[k].tanh() * o * (1.0 - o);
                            dc[k] = d_c * f;
                        }
                        RecurrentCell::Gru => {
                            let [r, z, n] = [0, 1, 2].map(|gate| gates[at(gate)]);
                            da[at(2)] = d * (1.0 - z) * (1.0 - n * n);
                            da[at(1)] = d * (h[k] - n) * z * (1.0 - z);
                            da[at(0)] = da[at(2)] * s[at(2)] * r * (1.0 - r);
                            next[k] = d * z;
                        }
                    }
                }
                ds.copy_from_slice(&da);
                if cell == RecurrentCell::Gru {
                    (0..units).for_each(|k| ds[2 * units + k] *= gates[k]);
                }
                for j in 0..columns {
                    for i in 0..inputs {
                        results[1][i * columns + j] += x[row * inputs + i] * da[j];
                        results[5][row * inputs + i] += w[i * columns + j] * da[j];
                    }
                    for k in 0..units {
                        results[2][k * columns + j] += h[k] * ds[j];
                        next[k] += u[k * columns + j] * ds[j];
                    }
                    for (result, d) in [(3, &da), (4, &ds)] {
                        if let Some(sum) = results[result].get_mut(j) {
                            *sum += d[j];
                        }
                    }
                }
                dh = next;
            }
            if !start.is_empty() {
                let state = &mut results[6][sample * width..][..width];
                state[width - units..].copy_from_slice(&dc);
                state[..units].copy_from_slice(&dh);
            }
        }
        results
    }
}

const CELLS: [RecurrentCell; 3] = [RecurrentCell::Rnn, RecurrentCell::Lstm, RecurrentCell::Gru];
/// Samples, steps, inputs, units.
const SIZES: [(usize, usize, usize, usize); 8] = [
    (1, 1, 1, 1),
    (1, 9, 3, 5),
    (3, 1, 4, 17),
    (2, 4, 1, 8),
    (5, 6, 7, 33),
    (70, 3, 5, 16),
    (65, 4, 9, 40),
    (34, 2, 130, 66),
];

#[test]
fn all_cells_sizes_paths_and_directions() {
    let teams = [1, 2, 3, 8].map(Team::new);
    for (cell, (samples, steps, inputs, units)) in CELLS.into_iter().flat_map(|cell| SIZES.map(|sizes| (cell, sizes))) {
        let directions = [
            (Direction::Only, true),
            (Direction::Forward, false),
            (Direction::Reverse, true),
            (Direction::Step, true),
            (Direction::Step, false),
        ];
        for (direction, bias) in directions {
            let steps = if direction == Direction::Step { 1 } else { steps };
            let case = Case::new(Recurrence { cell, steps, inputs, units, direction }, samples, bias);
            let expected = case.naive();
            for path in Path::ALL {
                let what = format!("{cell:?} of {samples} × {steps} × {inputs} -> {units}, {direction:?}, on {path}");
                let run = || {
                    let results = teams.each_ref().map(|team| case.run(team));
                    assert!(results.iter().all(|found| *found == results[0]), "threads change the bits: {what}");
                    let names = ["y", "W_ih", "W_hh", "b_ih", "b_hh", "dx", "state"];
                    for ((name, found), expected) in names.iter().zip(&results[0]).zip(&expected) {
                        close(&format!("{name} of {what}"), found, expected);
                    }
                };
                if with_path(path, run).is_err() {
                    println!("path {path} could not run here");
                }
            }
        }
    }
}

#[test]
fn a_sample_has_the_same_outputs_in_any_company() {
    let team = Team::new(2);
    for cell in CELLS {
        let sizes = Recurrence { cell, steps: 5, inputs: 6, units: 24, direction: Direction::Only };
        let all = Case::new(sizes, 70, true);
        let together = all.run(&team)[0].clone();
        for sample in [0, 31, 69] {
            let x = all.x[sample * 30..][..30].to_vec();
            let dy = all.dy[sample * 120..][..120].to_vec();
            let alone = Case { samples: 1, x, dy, start: vec![], weights: all.weights.clone(), sizes };
            assert!(alone.run(&team)[0] == together[sample * 120..][..120], "{cell:?}: sample {sample}");
        }
    }
}

#[test]
fn samples_are_shared_by_shape() {
    let sizes =
        |steps, units| Recurrence { cell: RecurrentCell::Lstm, steps, inputs: 1, units, direction: Direction::Only };
    assert_eq!([1, 2, 30, 64, 65, 128].map(|samples| sizes(28, 128).chunk(samples)), [1, 1, 15, 32, 22, 32]);
    assert_eq!(sizes(2, 8).chunk(64), 64, "too little to wake anybody");
}

#[test]
#[should_panic(expected = "cell states: 2 samples of 3 values")]
fn sizes_that_do_not_fit_are_refused() {
    let sizes = Recurrence { cell: RecurrentCell::Lstm, steps: 3, inputs: 1, units: 1, direction: Direction::Only };
    let weights = RecurrentWeights { input: &[0.0; 4], state: &[0.0; 4], input_bias: None, state_bias: None };
    let to =
        RecurrentBuffers { y: &mut [0.0; 6], gates: &mut [0.0; 24], cells: &mut [0.0; 5], scratch: &mut [0.0; 12] };
    sizes.forward(&Team::serial(), weights, &[0.0; 6], &[], to);
}
