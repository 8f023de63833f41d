//! A thread that loads batches before they are asked for.
//!
//! Buffers circulate: the consumer writes the wanted indices into a slot and puts it into `wanted`; the thread takes it,
//! loads, and puts it into `loaded`. One thread and two queues keep the order. All queues have their full capacity from the
//! start, and locks that do not allocate guard them, so a batch costs no allocation.

use super::{Dataset, batches::Slot};
use crate::{Error, Result, Value};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, Scope};

/// The consumer's end. Dropping it ends the thread.
pub(super) struct Prefetch<X: Value, Y: Value> {
    exchange: Arc<Exchange<X, Y>>,
    free: Vec<Slot<X, Y>>,
    pass: u64,
}

/// What both threads see.
struct Exchange<X: Value, Y: Value> {
    queues: Mutex<Queues<X, Y>>,
    changed: Condvar,
}

struct Queues<X: Value, Y: Value> {
    wanted: VecDeque<Job<X, Y>>,
    loaded: VecDeque<Loaded<X, Y>>,
    /// The thread holds a job.
    loading: bool,
    /// One of the two sides has gone.
    closed: bool,
}

/// A slot and the pass that it was wanted for: a job of an earlier pass is of no use.
struct Job<X: Value, Y: Value> {
    slot: Slot<X, Y>,
    pass: u64,
}

/// A job that the thread is done with, and how it went.
type Loaded<X, Y> = (Job<X, Y>, Result<()>);

impl<X: Value, Y: Value> Prefetch<X, Y> {
    /// Starts the thread. As many batches are loaded ahead as there are slots.
    pub(super) fn start<'scope, 'data: 'scope>(
        scope: &'scope Scope<'scope, '_>,
        data: &'data dyn Dataset<X, Y>,
        slots: impl Iterator<Item = Slot<X, Y>>,
    ) -> Result<Self> {
        let free: Vec<Slot<X, Y>> = slots.collect();
        let queues = Queues {
            wanted: VecDeque::with_capacity(free.len()),
            loaded: VecDeque::with_capacity(free.len()),
            loading: false,
            closed: false,
        };
        let exchange = Arc::new(Exchange { queues: Mutex::new(queues), changed: Condvar::new() });
        let shared = exchange.clone();
        Builder::new()
            .name("prefetch".into())
            .spawn_scoped(scope, move || {
                let _closed_at_the_end = Close(&shared);
                while let Some(mut job) = shared.next_job() {
                    let outcome = load(&mut job.slot, data);
                    shared.finish(job, outcome);
                }
            })
            .map_err(|source| Error::data("prefetch: no thread could be started", source))?;
        Ok(Self { exchange, free, pass: 0 })
    }

    /// Begins a pass: takes back what was wanted or loaded before and asks for the first batches. `request` writes the
    /// next indices into a slot, or says that there are no more.
    pub(super) fn restart(&mut self, request: impl FnMut(&mut Slot<X, Y>) -> bool) {
        self.pass += 1;
        let mut queues = self.exchange.lock();
        self.free.extend(queues.wanted.drain(..).map(|job| job.slot));
        self.free.extend(queues.loaded.drain(..).map(|(job, _)| job.slot));
        drop(queues);
        self.ask(request);
    }

    /// Waits for the next batch and swaps it with `current`; false at the end of the pass.
    pub(super) fn next(
        &mut self,
        current: &mut Slot<X, Y>,
        mut request: impl FnMut(&mut Slot<X, Y>) -> bool,
    ) -> Result<bool> {
        loop {
            self.ask(&mut request);
            let Some((job, outcome)) = self.exchange.take()? else { return Ok(false) };
            let mut slot = job.slot;
            if job.pass != self.pass {
                self.free.push(slot);
                continue;
            }
            core::mem::swap(&mut slot, current);
            self.free.push(slot);
            self.ask(&mut request);
            return outcome.map(|()| true);
        }
    }

    /// Sends every free slot with the next indices.
    fn ask(&mut self, mut request: impl FnMut(&mut Slot<X, Y>) -> bool) {
        while let Some(mut slot) = self.free.pop() {
            if !request(&mut slot) {
                self.free.push(slot);
                return;
            }
            self.exchange.lock().wanted.push_back(Job { slot, pass: self.pass });
            self.exchange.changed.notify_all();
        }
    }
}

impl<X: Value, Y: Value> Drop for Prefetch<X, Y> {
    fn drop(&mut self) {
        self.exchange.close();
    }
}

/// Closes the exchange when the thread ends, however it ends, so that the consumer never waits in vain.
struct Close<'a, X: Value, Y: Value>(&'a Exchange<X, Y>);

impl<X: Value, Y: Value> Drop for Close<'_, X, Y> {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl<X: Value, Y: Value> Exchange<X, Y> {
    /// Nothing panics while it holds the lock, so a poisoned one guards nothing broken.
    fn lock(&self) -> MutexGuard<'_, Queues<X, Y>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&'a self, queues: MutexGuard<'a, Queues<X, Y>>) -> MutexGuard<'a, Queues<X, Y>> {
        self.changed.wait(queues).unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// The thread's side: the next job; `None` when the consumer has gone.
    fn next_job(&self) -> Option<Job<X, Y>> {
        let mut queues = self.lock();
        loop {
            if queues.closed {
                return None;
            }
            if let Some(job) = queues.wanted.pop_front() {
                queues.loading = true;
                return Some(job);
            }
            queues = self.wait(queues);
        }
    }

    fn finish(&self, job: Job<X, Y>, outcome: Result<()>) {
        let mut queues = self.lock();
        queues.loading = false;
        queues.loaded.push_back((job, outcome));
        drop(queues);
        self.changed.notify_all();
    }

    /// The consumer's side: the next loaded slot; `None` when nothing is on its way.
    fn take(&self) -> Result<Option<Loaded<X, Y>>> {
        let mut queues = self.lock();
        loop {
            if let Some(loaded) = queues.loaded.pop_front() {
                return Ok(Some(loaded));
            }
            if queues.wanted.is_empty() && !queues.loading {
                return Ok(None);
            }
            if queues.closed {
                return Err(Error::data("prefetch", "the loading thread has ended"));
            }
            queues = self.wait(queues);
        }
    }
}

/// Loads a slot; a panic of the source becomes an error.
fn load<X: Value, Y: Value>(slot: &mut Slot<X, Y>, data: &dyn Dataset<X, Y>) -> Result<()> {
    // What a panic leaves behind in the slot is never looked at: the outcome is an error, and a slot is filled before use.
    catch_unwind(AssertUnwindSafe(|| slot.load(data, None))).unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<&str>().copied();
        let words = words.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        let problem = format!("panicked: {}", words.unwrap_or("(no message)"));
        Err(Error::data("Dataset::fill, on the prefetching thread", problem))
    })
}
