//! What the notebooks themselves need: claims that are checked against the scoreboard, exercises that check a reader's
//! answer, the numbers of long experiments, and what a computation costs.

mod claim;
mod exercise;
mod measure;
mod runs;
mod show;
mod stored;

pub use claim::{Claim, DRAFT, Reference, Scoreboard, claim, claimed_name};
pub use exercise::{Close, Verdict, exercise};
pub use measure::{core_seconds, linux_mib, peak_mib};
pub use runs::{alone, runs};
pub use show::Show;
pub use stored::{ANEW, Stored, stored};
