//! What the notebooks themselves need: claims that are checked against the scoreboard, and exercises that check a
//! reader's answer.

mod claim;
mod exercise;
mod show;

pub use claim::{Claim, DRAFT, Reference, Scoreboard, claim, claimed_name};
pub use exercise::{Close, Verdict, exercise};
pub use show::Show;
