//! BLEU: how many of the n-grams that were written stand in a reference.

use super::{
    References, Tokenization,
    ngrams::ngrams,
    references::{pairs, some_texts},
};
use crate::{Error, Result, math::rng};
use ndarray_rand::rand::Rng;
use std::fmt;

/// BLEU, the usual score of translations, with the numbers of sacrebleu 2.6.0.
///
/// ```
/// use fabula::metrics::Bleu;
/// let hypotheses = ["The fox saw the grapes.", "It went home."];
/// let references = ["The fox looked at the grapes.", "It went home."];
/// println!("{}", Bleu::default().corpus(&hypotheses, &references)?);
///
/// // Several references for each sentence; Chinese.
/// let bleu = Bleu { tokenization: fabula::metrics::Tokenization::Zh, ..Bleu::default() };
/// println!("{}", bleu.corpus(&["狐狸回家了。"], &[["狐狸回家了。", "狐狸走回家。"]])?);
/// # Ok::<(), fabula::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Bleu {
    /// N, the length of the longest n-grams that are compared: at least 1. Default 4.
    pub max_order: usize,
    /// Default 13a, for English; Chinese needs [`Tokenization::Zh`].
    pub tokenization: Tokenization,
    /// Whether capital letters are the same as small ones. Default false.
    pub lowercase: bool,
    /// What is done about orders without a match. Default [`BleuSmoothing::Exp`].
    pub smoothing: BleuSmoothing,
    /// Whether the mean ends at the last order of which the hypotheses hold an n-gram. For a
    /// [`sentence`](Bleu::sentence) it always does; for a corpus of sentences of fewer than N tokens it should. Default
    /// false.
    pub effective_order: bool,
}

impl Default for Bleu {
    fn default() -> Bleu {
        Bleu {
            max_order: 4,
            tokenization: Tokenization::V13a,
            lowercase: false,
            smoothing: BleuSmoothing::Exp,
            effective_order: false,
        }
    }
}

/// What is done about a precision pₙ of 0, which makes BLEU 0, whatever the other orders say. (If not one word matches,
/// BLEU is 0 with each of them.)
///
/// Source: Chen & Cherry 2014, A Systematic Comparison of Smoothing Techniques for Sentence-Level BLEU: methods 1 to 3.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum BleuSmoothing {
    /// Nothing.
    None,
    /// The number of matches is this small number in place of 0; usually 0.1.
    Floor(f64),
    /// So much is added to the matches and to the n-grams of every order above 1; usually 1.
    AddK(f64),
    /// The k-th order without a match counts as if it had ½ᵏ matches.
    #[default]
    Exp,
}

/// BLEU, and what it was made from.
#[derive(Clone, Debug, PartialEq)]
pub struct BleuScore {
    /// From 0 to 100.
    pub score: f64,
    /// pₙ of n = 1 … N, smoothed, in percent; all 0 if not one word matches.
    pub precisions: Vec<f64>,
    /// BP, from 0 to 1.
    pub brevity_penalty: f64,
    /// The n-grams of n = 1 … N in the hypotheses that stand in a reference, as counted, before any smoothing.
    pub matches: Vec<usize>,
    /// All n-grams of n = 1 … N in the hypotheses.
    pub totals: Vec<usize>,
    /// c, the tokens of the hypotheses.
    pub hypothesis_length: usize,
    /// r, the tokens of the references, of several the one nearest in length.
    pub reference_length: usize,
}

impl Bleu {
    /// BLEU of all hypotheses together.                                                        [decoding.5]
    ///
    ///   BLEU = BP · exp(Σₙ 1/N · ln pₙ)      BP = 1 if c > r, else exp(1 − r/c)
    ///   pₙ = Σ min(count(g), maxⱼ countⱼ(g)) / Σ count(g)
    ///
    /// g runs over the n-grams of each hypothesis, count(g) is how often it stands there, countⱼ(g) how often in its
    /// j-th reference: an n-gram earns no more often than one reference has it. The sums run over all hypotheses, so this
    /// is not the mean of the sentences' BLEU. c and r are the tokens of the hypotheses and, for each the nearest in
    /// length (of two, the shorter), of the references. In percent.
    ///
    /// Source: Papineni, Roukos, Ward & Zhu 2002, BLEU: a Method for Automatic Evaluation of Machine Translation,
    /// section 2; tokens and smoothing: Post 2018, A Call for Clarity in Reporting BLEU Scores. Differs: smoothed, see
    /// [`BleuSmoothing`].
    ///
    /// # Errors
    /// If there is no hypothesis, not one reference or list of references for each, or an empty list; if N is 0 or the
    /// number of the smoothing is negative.
    pub fn corpus(&self, hypotheses: &[impl AsRef<str>], references: &[impl References]) -> Result<BleuScore> {
        self.check()?;
        let mut score = self.empty();
        for (hypothesis, references) in pairs(hypotheses, references)? {
            self.count(hypothesis, &references, &mut score);
        }
        Ok(self.finish(score, self.effective_order))
    }

    /// BLEU of one sentence, with the effective order, as sacrebleu's `sentence_bleu`.
    ///
    /// # Errors
    /// If there is no reference, or as for [`Bleu::corpus`].
    pub fn sentence(&self, hypothesis: &str, references: &(impl References + ?Sized)) -> Result<BleuScore> {
        self.check()?;
        let mut score = self.empty();
        self.count(hypothesis, &some_texts(references, 0)?, &mut score);
        Ok(self.finish(score, true))
    }

    /// BLEU of the one system minus BLEU of the other on so many samples, each as many sentences as there are, drawn with
    /// replacement, the same for both; in rising order. If nearly all have one sign, the difference is no chance of
    /// which sentences were asked.
    ///
    /// Source: Koehn 2004, Statistical Significance Tests for Machine Translation Evaluation.
    ///
    /// # Errors
    /// As for [`Bleu::corpus`].
    pub fn paired_bootstrap(
        &self,
        ours: &[impl AsRef<str>],
        theirs: &[impl AsRef<str>],
        references: &[impl References],
        samples: usize,
        seed: u64,
    ) -> Result<Vec<f64>> {
        let (ours, theirs) = (self.by_sentence(ours, references)?, self.by_sentence(theirs, references)?);
        let mut rng = rng(seed);
        let mut sample = |_| {
            let rows: Vec<usize> = (0..ours.len()).map(|_| rng.random_range(0..ours.len())).collect();
            self.together(rows.iter().map(|&row| &ours[row])) - self.together(rows.iter().map(|&row| &theirs[row]))
        };
        let mut gains: Vec<f64> = (0..samples).map(&mut sample).collect();
        gains.sort_by(f64::total_cmp);
        Ok(gains)
    }

    /// What each sentence adds to the counts.
    fn by_sentence(&self, hypotheses: &[impl AsRef<str>], references: &[impl References]) -> Result<Vec<BleuScore>> {
        self.check()?;
        let counts = |(hypothesis, references): (&str, Vec<&str>)| {
            let mut counts = self.empty();
            self.count(hypothesis, &references, &mut counts);
            counts
        };
        Ok(pairs(hypotheses, references)?.into_iter().map(counts).collect())
    }

    /// BLEU of all that was counted.
    fn together<'a>(&self, sentences: impl Iterator<Item = &'a BleuScore>) -> f64 {
        let mut all = self.empty();
        for sentence in sentences {
            all.hypothesis_length += sentence.hypothesis_length;
            all.reference_length += sentence.reference_length;
            all.matches.iter_mut().zip(&sentence.matches).for_each(|(sum, m)| *sum += m);
            all.totals.iter_mut().zip(&sentence.totals).for_each(|(sum, t)| *sum += t);
        }
        self.finish(all, self.effective_order).score
    }

    fn check(&self) -> Result<()> {
        let wrong = |name, found: String, expected: &str| Err(Error::Config { name, found, expected: expected.into() });
        if self.max_order == 0 {
            return wrong("the longest n-gram of BLEU", "0".into(), "at least 1");
        }
        match self.smoothing {
            BleuSmoothing::Floor(k) | BleuSmoothing::AddK(k) if !(k.is_finite() && k >= 0.0) => {
                wrong("the smoothing of BLEU", k.to_string(), "a number that is not negative")
            }
            _ => Ok(()),
        }
    }

    fn empty(&self) -> BleuScore {
        BleuScore {
            score: 0.0,
            precisions: vec![0.0; self.max_order],
            brevity_penalty: 1.0,
            matches: vec![0; self.max_order],
            totals: vec![0; self.max_order],
            hypothesis_length: 0,
            reference_length: 0,
        }
    }

    /// Adds the n-grams and lengths of one sentence.
    fn count(&self, hypothesis: &str, references: &[&str], score: &mut BleuScore) {
        let tokens = |text: &str| match self.lowercase {
            true => self.tokenization.tokens(&text.to_lowercase()),
            false => self.tokenization.tokens(text),
        };
        let hypothesis = tokens(hypothesis);
        let references: Vec<Vec<String>> = references.iter().map(|text| tokens(text)).collect();
        let c = hypothesis.len();
        score.hypothesis_length += c;
        score.reference_length += references.iter().map(Vec::len).min_by_key(|&r| (r.abs_diff(c), r)).unwrap_or(0);
        for (n, (matches, total)) in (1..).zip(score.matches.iter_mut().zip(&mut score.totals)) {
            let in_references: Vec<_> = references.iter().map(|tokens| ngrams(tokens, n)).collect();
            for (g, count) in ngrams(&hypothesis, n) {
                let most = in_references.iter().filter_map(|counts| counts.get(g)).max();
                *matches += most.map_or(0, |&most| count.min(most));
                *total += count;
            }
        }
    }

    /// Precisions, brevity penalty and score of what was counted.
    fn finish(&self, mut score: BleuScore, effective_order: bool) -> BleuScore {
        let (c, r) = (score.hypothesis_length as f64, score.reference_length as f64);
        score.brevity_penalty = if c >= r { 1.0 } else { (1.0 - r / c).exp() };
        if score.matches.iter().all(|&matches| matches == 0) {
            return score;
        }
        let (mut order, mut without_match) = (self.max_order, 0);
        for n in 1..=self.max_order {
            let (mut matches, mut total) = (score.matches[n - 1] as f64, score.totals[n - 1] as f64);
            if let (BleuSmoothing::AddK(k), 2..) = (self.smoothing, n) {
                (matches, total) = (matches + k, total + k);
            }
            if total == 0.0 {
                break;
            }
            if effective_order {
                order = n;
            }
            if matches == 0.0 {
                without_match += 1;
                matches = match self.smoothing {
                    BleuSmoothing::Exp => 0.5f64.powi(without_match),
                    BleuSmoothing::Floor(small) => small,
                    BleuSmoothing::None | BleuSmoothing::AddK(_) => 0.0,
                };
            }
            score.precisions[n - 1] = 100.0 * matches / total;
        }
        let logarithms: f64 = score.precisions[..order].iter().map(|p| p.ln()).sum();
        score.score = score.brevity_penalty * (logarithms / order as f64).exp();
        score
    }
}

/// The line that sacrebleu prints.
impl fmt::Display for BleuScore {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let precisions: Vec<String> = self.precisions.iter().map(|p| format!("{p:.1}")).collect();
        let (c, r) = (self.hypothesis_length, self.reference_length);
        let ratio = if r == 0 { 0.0 } else { c as f64 / r as f64 };
        write!(f, "BLEU = {:.2} {} (BP = {:.3} ", self.score, precisions.join("/"), self.brevity_penalty)?;
        write!(f, "ratio = {ratio:.3} hyp_len = {c} ref_len = {r})")
    }
}
