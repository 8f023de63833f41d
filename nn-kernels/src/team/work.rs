//! What the threads of a team do: claim tasks, run them, wait.

use super::{IN_TASK, Job, SPIN, Shared, Task, YIELD};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

impl Shared {
    /// Claims a task; gives the number that was left before, so the index is `tasks - left`.
    #[inline]
    pub(super) fn claim(&self) -> Option<usize> {
        let take = |left: usize| left.checked_sub(1);
        self.remaining.0.fetch_update(Ordering::AcqRel, Ordering::Relaxed, take).ok()
    }

    /// Runs one task and keeps the first panic. Never unwinds: a caller that left here would leave tasks behind that borrow from it, and a
    /// worker would be gone without its task being counted.
    #[inline]
    pub(super) fn guarded(&self, run: &Task<'_>, index: usize) {
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| run(index))) {
            let mut first = self.panic.lock().unwrap_or_else(PoisonError::into_inner);
            if first.is_none() {
                *first = Some(payload);
            } else {
                // Not dropped: a payload is anything, and its drop may panic too.
                std::mem::forget(payload);
            }
        }
    }

    /// A worker's life.
    pub(super) fn work(&self, index: usize) {
        IN_TASK.set(true);
        crate::scratch::reserve();
        self.started.fetch_add(1, Ordering::Release);
        loop {
            while let Some(left) = self.claim() {
                // SAFETY: we have claimed a task, so its caller waits until we add to `done`, and the job stays as it is.
                let Job { run, tasks, path } = unsafe { *self.job.get() };
                // Not put back afterwards: this thread calls kernels inside tasks only, and each sets its own.
                path.set();
                // SAFETY: as above; the closure behind the pointer lives until the caller returns.
                self.guarded(unsafe { &*run }, tasks - left);
                self.done.0.fetch_add(1, Ordering::SeqCst);
                if self.caller_sleeps.load(Ordering::SeqCst) {
                    drop(self.lock.lock().unwrap_or_else(PoisonError::into_inner));
                    self.finished.notify_one();
                }
            }
            let called = || self.remaining.0.load(Ordering::Relaxed) > 0 || self.quit.load(Ordering::Relaxed);
            if !self.wait_awake(called) {
                self.park(index);
            }
            if self.quit.load(Ordering::SeqCst) {
                return;
            }
        }
    }

    /// Spins, then yields; false if `ready` did not come true in time.
    fn wait_awake(&self, ready: impl Fn() -> bool) -> bool {
        let start = Instant::now();
        let spin = if self.crowded { Duration::ZERO } else { SPIN };
        loop {
            // The clock costs as much as 20 looks.
            for _ in 0..32 {
                if ready() {
                    return true;
                }
                std::hint::spin_loop();
            }
            let waited = start.elapsed();
            if waited > spin + YIELD {
                return false;
            }
            if waited > spin {
                std::thread::yield_now();
            }
        }
    }

    /// Sleeps until `wake` or `drop` calls (or for no reason, which does no harm).
    fn park(&self, index: usize) {
        self.sleepers.fetch_add(1, Ordering::SeqCst);
        self.parked[index].store(true, Ordering::SeqCst);
        // Look again: a caller that published before the flag was up did not see us.
        if self.remaining.0.load(Ordering::SeqCst) == 0 && !self.quit.load(Ordering::SeqCst) {
            std::thread::park();
        }
        self.parked[index].store(false, Ordering::SeqCst);
        self.sleepers.fetch_sub(1, Ordering::SeqCst);
    }

    /// Waits until the workers have finished `tasks` tasks of this job.
    pub(super) fn wait_for(&self, tasks: usize) {
        let finished = || self.done.0.load(Ordering::Acquire) == tasks;
        if finished() || self.wait_awake(finished) {
            return;
        }
        self.caller_sleeps.store(true, Ordering::SeqCst);
        let mut guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        while self.done.0.load(Ordering::SeqCst) != tasks {
            guard = self.finished.wait(guard).unwrap_or_else(PoisonError::into_inner);
        }
        self.caller_sleeps.store(false, Ordering::SeqCst);
    }
}
