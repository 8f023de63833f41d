//! `Team`: a few threads that share the tasks of one kernel.
//!
//! A training step of a small network takes 50 to 150 µs and joins its threads a dozen times, so a join must cost well under
//! a microsecond. That rules out waking sleeping threads: the workers of a [`Team`] stay awake for a short while after each
//! piece of work. So that an idle program burns no core, the wait has three stages: spin (answers within 0.3 µs), then yield
//! to whoever wants the core, then park (answers in 5 to 50 µs, costs nothing).
//!
//! How a run works:
//!
//! ```text
//! caller   write the job; remaining = tasks ──► claim tasks, run them ──► wait until done == tasks claimed by workers
//! worker   see remaining > 0 ──► claim a task (remaining -= 1), read the job, run it, done += 1 ──► …
//! ```
//!
//! * Tasks are claimed one at a time. A core that other programs have taken holds up at most the task that it is in, and a
//!   worker that wakes late finds nothing left; nobody waits for it.
//! * A job is read only *after* a task of it was claimed. The caller cannot finish before that task is done, so the job cannot
//!   change or disappear under the reader, and no generation counter is needed.
//! * Outputs are partitioned by task index, never by thread, so results do not depend on the number of threads.

mod join;
mod pointer;
#[cfg(test)]
mod tests;
mod work;

pub(crate) use pointer::SendPointer;

use crate::path::Override;
use std::any::Any;
use std::cell::{Cell, UnsafeCell};
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{JoinHandle, available_parallelism};
use std::time::Duration;

/// How long a worker (or a caller that waits for one) spins before it yields.
const SPIN: Duration = Duration::from_micros(60);
/// How long it yields, after spinning, before it parks.
const YIELD: Duration = Duration::from_micros(100);

type Task<'a> = dyn Fn(usize) + Sync + 'a;

thread_local! {
    /// Whether this thread is inside a task of a run that is shared: a run started there is serial.
    static IN_TASK: Cell<bool> = const { Cell::new(false) };
}

/// A fixed set of threads (the caller and its workers) that runs the tasks of one kernel at a time.
///
/// ```
/// use nn_kernels::Team;
///
/// let team = Team::new(2);
/// let mut squares = [0; 100];
/// team.chunks_mut(&mut squares, 10, |chunk, values| {
///     for (i, value) in values.iter_mut().enumerate() {
///         *value = (10 * chunk + i).pow(2);
///     }
/// });
/// assert_eq!(squares[42], 1764);
/// ```
pub struct Team {
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<()>>,
}

/// A value on cache lines of its own, so that writing it does not slow readers of its neighbours. (Two lines, because
/// processors fetch lines in pairs.)
#[repr(align(128))]
struct Apart<T>(T);

struct Shared {
    /// Tasks of the current job that nobody has claimed.
    remaining: Apart<AtomicUsize>,
    /// Tasks of the current job that workers have finished.
    done: Apart<AtomicUsize>,
    job: UnsafeCell<Job>,
    /// Held by the thread inside `run`.
    busy: AtomicBool,
    /// One flag a worker: it is parked, or about to be.
    parked: Box<[AtomicBool]>,
    sleepers: AtomicUsize,
    /// Workers that have started.
    started: AtomicUsize,
    quit: AtomicBool,
    /// The caller sleeps on `finished` until the workers are done.
    caller_sleeps: AtomicBool,
    lock: Mutex<()>,
    finished: Condvar,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
    /// More threads than cores: spinning would only keep the others from working.
    crowded: bool,
}

#[derive(Clone, Copy)]
struct Job {
    run: *const Task<'static>,
    tasks: usize,
    /// The caller's: tasks may call kernels.
    path: Override,
}

// SAFETY: everything but `job` is Sync by itself. `job` is written only by the holder of `busy` while no task is claimed or
// unfinished, and read only by threads that have claimed a task (see the head of the file).
unsafe impl Sync for Shared {}
// SAFETY: the pointer in `job` is dereferenced only while the `run` that wrote it waits.
unsafe impl Send for Shared {}

impl Team {
    /// A team of `threads` threads, the caller included; 0 means as many as the process may use.
    ///
    /// Starts `threads − 1` workers. If the system refuses to start one, the team is smaller, which [`Team::threads`] tells.
    pub fn new(threads: usize) -> Self {
        let cores = available_parallelism().map_or(1, |cores| cores.get());
        let threads = if threads == 0 { cores } else { threads };
        let shared = Arc::new(Shared {
            remaining: Apart(AtomicUsize::new(0)),
            done: Apart(AtomicUsize::new(0)),
            job: UnsafeCell::new(Job { run: &|_| (), tasks: 0, path: Override::NONE }),
            busy: AtomicBool::new(false),
            parked: (1..threads).map(|_| AtomicBool::new(false)).collect(),
            sleepers: AtomicUsize::new(0),
            started: AtomicUsize::new(0),
            quit: AtomicBool::new(false),
            caller_sleeps: AtomicBool::new(false),
            lock: Mutex::new(()),
            finished: Condvar::new(),
            panic: Mutex::new(None),
            crowded: threads > cores,
        });
        let start = |index: usize| {
            let shared = Arc::clone(&shared);
            let builder = std::thread::Builder::new().name(format!("nn-worker-{index}"));
            builder.spawn(move || shared.work(index)).ok()
        };
        let workers: Vec<_> = (0..threads - 1).map_while(start).collect();
        // A worker that starts later would make its buffers in the middle of somebody's first steps.
        while shared.started.load(Ordering::Acquire) < workers.len() {
            std::thread::yield_now();
        }
        Self { shared, workers }
    }

    /// A team of the caller alone: starts no thread.
    pub fn serial() -> Self {
        Self::new(1)
    }

    /// How many threads work on a run, the caller included.
    pub fn threads(&self) -> usize {
        self.workers.len() + 1
    }

    /// Runs `f(0)`, `f(1)`, … `f(tasks - 1)`, each once, on the caller and the workers, and returns when all are finished.
    ///
    /// Any thread may take any task, in any order. Tasks should take at least a microsecond. Inside a task, and while another
    /// thread is inside `run` of the same team, the tasks run one after the other on the calling thread. So does a task that is
    /// alone. Such a run is a loop and takes nothing from the team: runs inside it are shared if the team is free by then.
    /// Allocates nothing.
    ///
    /// # Panics
    ///
    /// If tasks panic, one of the panics goes on in the caller after all tasks that were started have finished.
    pub fn run(&self, tasks: usize, f: &(dyn Fn(usize) + Sync)) {
        let serial = tasks <= 1 || self.workers.is_empty() || IN_TASK.get();
        if serial || self.shared.busy.swap(true, Ordering::Acquire) {
            return (0..tasks).for_each(f);
        }
        IN_TASK.set(true);
        let outcome = self.share(tasks, f);
        IN_TASK.set(false);
        self.shared.busy.store(false, Ordering::Release);
        if let Some(payload) = outcome {
            resume_unwind(payload);
        }
    }

    /// Cuts `data` into chunks of `chunk` elements (the last may be shorter) and runs `f(index, chunk)` for each.
    ///
    /// # Panics
    ///
    /// When `chunk` is 0; otherwise as [`Team::run`].
    pub fn chunks_mut<T: Send>(&self, data: &mut [T], chunk: usize, f: impl Fn(usize, &mut [T]) + Sync) {
        assert!(chunk > 0, "chunks of 0 elements do not cover anything");
        let len = data.len();
        let start = SendPointer(data.as_mut_ptr());
        self.run(len.div_ceil(chunk), &|index| {
            let from = index * chunk;
            // SAFETY: chunk `index` lies inside `data`, and no other task has the same index.
            let part = unsafe { start.part(from, chunk.min(len - from)) };
            f(index, part);
        });
    }

    /// The parallel case of `run`; gives the payload of a panic.
    fn share<'a>(&self, tasks: usize, f: &Task<'a>) -> Option<Box<dyn Any + Send>> {
        let shared = &*self.shared;
        // SAFETY: only the lifetime changes; this function returns after the last use (all tasks are claimed and done).
        let run = unsafe { std::mem::transmute::<*const Task<'a>, *const Task<'static>>(f) };
        shared.done.0.store(0, Ordering::Relaxed);
        // SAFETY: we hold `busy`, and no task of an earlier job is claimed or unfinished, so nobody reads the job.
        unsafe { *shared.job.get() = Job { run, tasks, path: Override::current() } };
        // SeqCst pairs with the worker that parks: either it sees the tasks or we see it sleeping.
        shared.remaining.0.store(tasks, Ordering::SeqCst);
        if shared.sleepers.load(Ordering::SeqCst) > 0 {
            self.wake(tasks - 1);
        }
        let mut mine = 0;
        while let Some(left) = shared.claim() {
            shared.guarded(f, tasks - left);
            mine += 1;
        }
        shared.wait_for(tasks - mine);
        shared.panic.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Unparks up to `wanted` workers.
    fn wake(&self, wanted: usize) {
        let asleep = |(_, parked): &(&JoinHandle<()>, &AtomicBool)| parked.swap(false, Ordering::SeqCst);
        for (worker, _) in self.workers.iter().zip(&self.shared.parked).filter(asleep).take(wanted) {
            worker.thread().unpark();
        }
    }
}

impl Drop for Team {
    fn drop(&mut self) {
        self.shared.quit.store(true, Ordering::SeqCst);
        for worker in self.workers.drain(..) {
            worker.thread().unpark();
            // A worker catches the panics of its tasks, so joining cannot fail.
            let _ = worker.join();
        }
    }
}

impl std::fmt::Debug for Team {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Team({} threads)", self.threads())
    }
}
