//! Two pieces of work side by side.

use super::Team;
use std::sync::{Mutex, PoisonError};

/// A piece of work until it runs, and what it gave from then on. One task runs it: the lock is there for the compiler.
struct Half<F, T>(Mutex<(Option<F>, Option<T>)>);

impl<F: FnOnce() -> T, T> Half<F, T> {
    fn new(work: F) -> Self {
        Self(Mutex::new((Some(work), None)))
    }

    fn run(&self) {
        let (work, result) = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *result = work.take().map(|work| work());
    }

    fn into_result(self) -> T {
        let (_, result) = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        result.expect("`Team::run` runs every task, or goes on with its panic")
    }
}

impl Team {
    /// Runs two pieces of work that do not depend on each other, on two threads where the team has them, and gives their results.
    ///
    /// Runs of the team inside them are serial, so this is for work that is too small to be cut up by itself. (If the team is busy
    /// with another thread's run, they come one after the other instead, and runs inside them are as usual.) Allocates nothing.
    ///
    /// # Panics
    ///
    /// As [`Team::run`].
    ///
    /// ```
    /// use nn_kernels::Team;
    ///
    /// let (mut squares, mut cubes) = ([1, 2, 3], [1, 2, 3]);
    /// let (sum, ()) = Team::new(2).join(
    ///     || squares.iter_mut().map(|x| { *x *= *x; *x }).sum::<i32>(),
    ///     || cubes.iter_mut().for_each(|x| *x *= *x * *x),
    /// );
    /// assert_eq!((sum, squares, cubes), (14, [1, 4, 9], [1, 8, 27]));
    /// ```
    pub fn join<A: Send, B: Send>(
        &self,
        first: impl FnOnce() -> A + Send,
        second: impl FnOnce() -> B + Send,
    ) -> (A, B) {
        let (first, second) = (Half::new(first), Half::new(second));
        self.run(2, &|task| if task == 0 { first.run() } else { second.run() });
        (first.into_result(), second.into_result())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_halves_run_once() {
        for team in [Team::serial(), Team::new(2), Team::new(5)] {
            for i in 0..1000 {
                let (mut left, mut right) = (0, 0);
                let results = team.join(
                    || {
                        left += i;
                        left
                    },
                    || {
                        right += 2 * i;
                        right.to_string()
                    },
                );
                assert_eq!((results, left, right), ((i, (2 * i).to_string()), i, 2 * i));
            }
        }
    }

    #[test]
    fn halves_run_side_by_side() {
        let (team, barrier) = (Team::new(2), std::sync::Barrier::new(2));
        let first = std::thread::current().id();
        let (one, two) = team.join(
            || {
                barrier.wait();
                std::thread::current().id()
            },
            || {
                barrier.wait();
                std::thread::current().id()
            },
        );
        assert!(one != two && (one == first || two == first));
    }

    #[test]
    fn a_panic_goes_on_in_the_caller() {
        for team in [Team::serial(), Team::new(2)] {
            let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| team.join(|| (), || panic!("half"))));
            assert_eq!(panic.unwrap_err().downcast_ref(), Some(&"half"));
            assert_eq!(team.join(|| 1, || 2), (1, 2), "the team goes on");
        }
    }
}
