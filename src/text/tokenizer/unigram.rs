//! The unigram language model: tokens have probabilities, and a word is cut in the most probable way.

use super::{Tokenizer, refused, train::Words};
use crate::{Error, Result};
use std::collections::BTreeSet;
use tokenizers::{
    AddedToken,
    models::unigram::{Unigram, UnigramTrainer},
};

/// Begins with many substrings, fits their probabilities by EM, and drops those that are missed least, in turns.
///
///   p(x) = Σ Π p(sᵢ) over all ways s₁ … sₘ to write the word x; the largest Π cuts it                 [token.3]
///   EM: p(v) ← c(v) / Σ c,  c(v) = Σₓ c(x)·Σ αᵢ·p(v)·βⱼ / p(x) over all i < j with xᵢ:ⱼ = v           [token.4]
///
/// Differs: the crate puts exp ψ(c) in place of c, ψ being the digamma function, and drops a token whose c is below ½.
///
/// The crate alone gives another vocabulary each time, for three reasons that are taken away here:
///
/// - It adds floating-point numbers in the order of a hash map and in parts for each thread. Here the words are sorted,
///   and one thread adds.
/// - Characters that EM drops come back with scores in the order of a hash set. Here each character also stands once as
///   a word of its own, so that EM keeps them all.
/// - Tokens of equal score are numbered in that order, too. Here they are sorted: by score, then by the token.
///
/// (It also keeps everything if the alphabet alone fills the vocabulary; what is too much is taken away from the end.)
pub fn train(words: &Words, alphabet: &[String], vocab_size: usize) -> Result<Unigram> {
    let mut trainer = UnigramTrainer::default();
    trainer.show_progress = false;
    trainer.vocab_size = u32::try_from(vocab_size).unwrap_or(u32::MAX);
    trainer.unk_token = Some(Tokenizer::SPECIAL[0].into());
    trainer.special_tokens = Tokenizer::SPECIAL.map(|token| AddedToken::from(token, true)).to_vec();

    let alone = alphabet.iter().map(|character| (character.clone(), 1));
    let sentences = words.iter().map(|(word, &count)| (word.clone(), count)).chain(alone).collect();
    let one_thread = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let one_thread = one_thread.map_err(|error| Error::Tokenizer { message: error.to_string() })?;
    let mut unigram = Unigram::default();
    one_thread.install(|| trainer.do_train(sentences, &mut unigram)).map_err(refused)?;

    let mut pieces: Vec<(String, f64)> = unigram.iter().cloned().collect();
    let special: Vec<(String, f64)> = pieces.drain(..Tokenizer::SPECIAL.len()).collect();
    pieces.sort_by(|(a, p), (b, q)| q.total_cmp(p).then_with(|| a.cmp(b)));
    let required: BTreeSet<&String> = alphabet.iter().collect();
    let mut room = vocab_size - special.len() - required.len();
    pieces.retain(|(piece, _)| {
        required.contains(piece) || {
            let kept = room > 0;
            room = room.saturating_sub(1);
            kept
        }
    });
    Unigram::from(special.into_iter().chain(pieces).collect(), Some(0), false).map_err(refused)
}
