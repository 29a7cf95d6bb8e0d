//! What the notebooks themselves need: claims that are checked against the scoreboard, exercises that check a reader's
//! answer, and the numbers of long experiments.

mod claim;
mod exercise;
mod runs;
mod show;
mod stored;

pub use claim::{Claim, DRAFT, Reference, Scoreboard, claim, claimed_name};
pub use exercise::{Close, Verdict, exercise};
pub use runs::runs;
pub use show::Show;
pub use stored::{ANEW, Stored, stored};
