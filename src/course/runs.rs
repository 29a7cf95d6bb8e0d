//! Many runs of one experiment: as many at a time as there are cores, each kept as soon as it is done.

use super::{Scoreboard, Stored};
use crate::{Error, Result, math::threads};
use rayon::ThreadPoolBuilder;
use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::Path,
    sync::Mutex,
    thread,
    time::Instant,
};

/// All runs of an experiment, each with a core to itself: the columns that `run(i)` gives, under
/// "⟨`settings[i]`⟩, ⟨column⟩".
///
/// A run that is done is kept in `target/course/runs/⟨name⟩`, and not computed a second time when the experiment was
/// interrupted and starts again; once all are done, nothing is left there. So `settings[i]` says everything that the
/// run follows from, its seed included. A line for each run tells how far the experiment has come.
///
/// # Errors
/// If two runs have the same settings, a file cannot be written, or a run fails: those that have begun are finished
/// first, and kept.
pub fn runs(name: &str, settings: &[String], run: &(dyn Fn(usize) -> Result<Stored> + Sync)) -> Result<Stored> {
    let folder = Scoreboard::path().with_file_name("..").join("target/course/runs").join(name);
    let all = kept_in(&folder, settings, run)?;
    // What cannot be removed lies there without harm.
    fs::remove_dir_all(&folder).ok();
    Ok(all)
}

fn kept_in(folder: &Path, settings: &[String], run: &(dyn Fn(usize) -> Result<Stored> + Sync)) -> Result<Stored> {
    if let Some(i) = (1..settings.len()).find(|&i| settings[..i].contains(&settings[i])) {
        let expected = "other settings for each run, its seed among them".into();
        return Err(Error::Config { name: "settings", found: format!("{:?} twice", settings[i]), expected });
    }
    fs::create_dir_all(folder).map_err(|source| Error::Io { path: folder.into(), source })?;
    let next = Mutex::new(0..settings.len());
    let done = Mutex::new(vec![]);
    let worker = || {
        while let Some(i) = { next.lock().expect("taking a number does not panic").next() } {
            let start = Instant::now();
            let found = once(folder, &settings[i], &|| run(i));
            if found.is_err() {
                *next.lock().expect("as above") = 0..0;
            }
            let mut done = done.lock().expect("nothing below panics");
            done.push((i, found));
            let (count, of, seconds) = (done.len(), settings.len(), start.elapsed().as_secs_f64());
            eprintln!("{count} of {of}: {}: {seconds:.0} s", settings[i]);
        }
    };
    thread::scope(|scope| {
        for _ in 0..threads().min(settings.len()) {
            scope.spawn(|| alone(worker));
        }
    });
    let mut all = Stored::default();
    for (i, found) in done.into_inner().expect("all threads have ended") {
        found?.columns().for_each(|(column, values)| all.push(&format!("{}, {column}", settings[i]), values));
    }
    Ok(all)
}

/// What a computation gives that has one core to itself: its products are not handed to other threads.
pub fn alone<T: Send>(once: impl FnOnce() -> T + Send) -> T {
    let pool = ThreadPoolBuilder::new().num_threads(1).build();
    pool.expect("a system that has started this thread starts another").install(once)
}

/// What was kept of this run, or else the run.
fn once(folder: &Path, setting: &str, run: &dyn Fn() -> Result<Stored>) -> Result<Stored> {
    let mut name = DefaultHasher::new();
    setting.hash(&mut name);
    let path = folder.join(format!("{:016x}.json", name.finish()));
    if let Ok(kept) = Stored::load(&path) {
        return Ok(kept);
    }
    let found = run()?;
    found.save(&path)?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    fn settings(n: usize) -> Vec<String> {
        (0..n).map(|i| format!("rate 0.{i}, seed {i}")).collect()
    }

    #[test]
    fn a_failed_run_costs_only_itself() {
        let (dir, count) = (tempfile::tempdir().unwrap(), AtomicUsize::new(0));
        let squares = |failing: Option<usize>| {
            let run = |i: usize| {
                count.fetch_add(1, SeqCst);
                if failing == Some(i) {
                    return Err(Error::NoSentences);
                }
                let mut one = Stored::default();
                one.push("square", &[(i * i) as f64]);
                one.push("threads", &[rayon::current_num_threads() as f64]);
                Ok(one)
            };
            kept_in(dir.path(), &settings(40), &run)
        };
        assert!(matches!(squares(Some(7)), Err(Error::NoSentences)));
        // The others that had begun are done and kept, and none is begun behind a failure.
        let (before, kept) = (count.swap(0, SeqCst), fs::read_dir(dir.path()).unwrap().count());
        assert!((7..40).contains(&kept) && before == kept + 1, "{before} begun, {kept} kept");
        let all = squares(None).unwrap();
        assert_eq!(count.load(SeqCst), 40 - kept);
        assert_eq!(all.column("rate 0.9, seed 9, square"), [81.0]);
        assert_eq!(all.column("rate 0.0, seed 0, threads"), [1.0]);
        assert_eq!(all.columns().count(), 80);
    }

    #[test]
    fn two_runs_with_the_same_settings_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let same = ["seed 1".to_string(), "seed 1".to_string()];
        let error = kept_in(dir.path(), &same, &|_| Ok(Stored::default())).unwrap_err().to_string();
        assert!(error.contains("\"seed 1\" twice"), "{error}");
    }
}
