//! Every task once, whoever sleeps, panics or comes at the same time.

use super::*;
use crate::{Path, path, with_path};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::AtomicU64;
use std::time::Instant;

fn sum_of_indices(team: &Team, tasks: usize) -> u64 {
    let sum = AtomicU64::new(0);
    team.run(tasks, &|i| {
        sum.fetch_add(i as u64 + 1, Ordering::Relaxed);
    });
    sum.into_inner()
}

#[test]
fn every_task_runs_once() {
    for threads in [1, 2, 3, 8] {
        let team = Team::new(threads);
        assert_eq!(team.threads(), threads);
        for tasks in [0, 1, 2, 3, 7, 100, 1000] {
            let count = tasks as u64;
            assert_eq!(sum_of_indices(&team, tasks), count * (count + 1) / 2, "{threads} threads, {tasks} tasks");
        }
    }
}

#[test]
fn many_short_runs_lose_nothing() {
    let team = Team::new(4);
    for _ in 0..20_000 {
        assert_eq!(sum_of_indices(&team, 5), 15);
    }
}

#[test]
fn workers_that_sleep_are_woken() {
    let team = Team::new(3);
    for _ in 0..5 {
        std::thread::sleep(Duration::from_millis(3));
        // Two tasks that wait for each other need two threads.
        let barrier = std::sync::Barrier::new(2);
        team.run(2, &|_| {
            barrier.wait();
        });
    }
}

#[test]
fn idle_workers_park() {
    let team = Team::new(3);
    assert_eq!(sum_of_indices(&team, 10), 55);
    let start = Instant::now();
    while team.shared.sleepers.load(Ordering::SeqCst) < 2 {
        assert!(start.elapsed() < Duration::from_secs(10), "workers are still awake");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_panic_reaches_the_caller_after_all_have_finished() {
    for threads in [1, 4] {
        let team = Team::new(threads);
        let running = AtomicUsize::new(0);
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            team.run(20, &|i| {
                running.fetch_add(1, Ordering::SeqCst);
                std::thread::sleep(Duration::from_micros(200));
                running.fetch_sub(1, Ordering::SeqCst);
                assert_ne!(i, 3, "on purpose");
            });
        }));
        let payload = outcome.expect_err("the panic was swallowed");
        assert!(payload.downcast_ref::<String>().is_some_and(|text| text.contains("on purpose")));
        assert_eq!(running.load(Ordering::SeqCst), 0, "a task was still running");
        assert_eq!(sum_of_indices(&team, 10), 55, "the team works after a panic");
    }
}

#[test]
fn a_payload_that_panics_when_dropped_does_no_harm() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("a payload was dropped");
        }
    }
    // Both threads panic, and each in its turn comes second: its payload is the one that there is no room for.
    for caller_is_second in [true, false] {
        let (team, barrier) = (Team::new(2), std::sync::Barrier::new(2));
        let caller = std::thread::current().id();
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            team.run(2, &|_| {
                barrier.wait();
                if (std::thread::current().id() == caller) == caller_is_second {
                    std::thread::sleep(Duration::from_millis(50));
                }
                std::panic::panic_any(Bomb);
            });
        }));
        let payload = outcome.expect_err("the panic was swallowed");
        assert!(payload.is::<Bomb>(), "the first payload reaches the caller");
        std::mem::forget(payload);
        assert_eq!(sum_of_indices(&team, 10), 55, "the team goes on");
    }
}

#[test]
fn nested_runs_are_serial() {
    let team = Team::new(3);
    let total = AtomicU64::new(0);
    team.run(6, &|_| {
        let me = std::thread::current().id();
        team.run(4, &|i| {
            assert_eq!(std::thread::current().id(), me);
            total.fetch_add(i as u64, Ordering::Relaxed);
        });
    });
    assert_eq!(total.into_inner(), 36);
}

#[test]
fn a_run_of_one_task_leaves_the_team_to_runs_inside() {
    let team = Team::new(2);
    // Two tasks that wait for each other need two threads.
    let barrier = std::sync::Barrier::new(2);
    team.run(1, &|_| {
        team.run(2, &|_| {
            barrier.wait();
        });
    });
}

#[test]
fn tasks_have_the_path_of_their_caller() {
    let (team, barrier) = (Team::new(2), std::sync::Barrier::new(2));
    let paths = || {
        let path = || {
            barrier.wait();
            path()
        };
        team.join(path, path)
    };
    let usual = path();
    for path in Path::ALL.into_iter().filter(|path| path.is_available()) {
        assert_eq!(with_path(path, paths), Ok((path, path)));
        assert_eq!(paths(), (usual, usual), "the next run has its own");
    }
}

#[test]
fn concurrent_callers_share_a_team() {
    let team = Team::new(3);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..2000).for_each(|_| assert_eq!(sum_of_indices(&team, 9), 45)));
        }
    });
}

#[test]
fn long_tasks_let_the_caller_sleep() {
    let team = Team::new(2);
    let barrier = std::sync::Barrier::new(2);
    let caller = std::thread::current().id();
    team.run(2, &|_| {
        barrier.wait();
        if std::thread::current().id() != caller {
            std::thread::sleep(Duration::from_millis(20));
        }
    });
}

#[test]
fn chunks_cover_everything_once() {
    let team = Team::new(3);
    for len in [0, 1, 9, 10, 11, 100] {
        let mut data = vec![0; len];
        team.chunks_mut(&mut data, 10, |chunk, part| {
            part.iter_mut().enumerate().for_each(|(i, v)| *v += 10 * chunk + i)
        });
        assert!(data.iter().enumerate().all(|(i, &v)| i == v));
    }
}

#[test]
fn dropping_joins_the_workers() {
    for _ in 0..50 {
        let team = Team::new(4);
        let shared = Arc::clone(&team.shared);
        sum_of_indices(&team, 8);
        drop(team);
        assert_eq!(Arc::strong_count(&shared), 1);
    }
}
