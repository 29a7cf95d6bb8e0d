//! A grammar of small English sentences.

use super::Grammar;

impl Grammar {
    /// Sentences of foxes and crows, unambiguous: each has one tree. A verb agrees with its noun, however many words stand
    /// between them: in `the fox that the crows see [MASK]`, the word before the mask speaks of the crows, but it is the fox
    /// that sleeps. Nouns take adjectives before them and one relative clause behind them, in which they are what acts
    /// (`that sees the crows`) or what is acted upon (`that the crows see`).
    pub fn fables() -> Grammar {
        Grammar::parse(RULES).expect("the grammar of the course is a grammar")
    }
}

const RULES: &str = "
    S     -> NP.sg VP.sg 0.55 | NP.pl VP.pl 0.45

    NP.sg -> D.sg N.sg 0.7 | D.sg NR.sg 0.3
    NP.pl -> D.pl N.pl 0.7 | D.pl NR.pl 0.3
    NR.sg -> N.sg R.sg 1                         # a noun and its relative clause
    NR.pl -> N.pl R.pl 1
    R.sg  -> That VP.sg 0.5 | That Gap 0.5
    R.pl  -> That VP.pl 0.5 | That Gap 0.5
    Gap   -> NP.sg V.sg 0.5 | NP.pl V.pl 0.5     # a sentence whose object stands before it
    That  -> that 1

    VP.sg -> V.sg NP.sg 0.3 | V.sg NP.pl 0.2
    VP.pl -> V.pl NP.sg 0.3 | V.pl NP.pl 0.2
    VP.sg -> sleeps 0.15 | runs 0.12 | sings 0.09 | waits 0.08 | laughs 0.06
    VP.pl -> sleep 0.15 | run 0.12 | sing 0.09 | wait 0.08 | laugh 0.06
    V.sg  -> sees 0.3 | follows 0.25 | fears 0.2 | helps 0.15 | feeds 0.1
    V.pl  -> see 0.3 | follow 0.25 | fear 0.2 | help 0.15 | feed 0.1

    D.sg  -> the 0.6 | a 0.25 | every 0.15
    D.pl  -> the 0.6 | some 0.25 | many 0.15
    A     -> clever 0.3 | small 0.25 | hungry 0.2 | proud 0.15 | grey 0.1
    N.sg  -> A N.sg 0.25
    N.pl  -> A N.pl 0.25
    N.sg  -> fox 0.15 | crow 0.12 | wolf 0.1 | hen 0.09 | mouse 0.08 | frog 0.07 | heron 0.05 | miller 0.04 | lion 0.03 | goose 0.02
    N.pl  -> foxes 0.15 | crows 0.12 | wolves 0.1 | hens 0.09 | mice 0.08 | frogs 0.07 | herons 0.05 | millers 0.04 | lions 0.03 | geese 0.02
";
