//! What surrounds the learned part: normalising, cutting into words, and putting together again.

use super::{TokenizerConfig, TokenizerKind, bpe::PREFIX, refused};
use crate::Result;
use tokenizers::{
    DecoderWrapper, NormalizedString, Normalizer, NormalizerWrapper, OffsetReferential, OffsetType, PreTokenizedString,
    PreTokenizer, PreTokenizerWrapper, SplitDelimiterBehavior,
    decoders::{fuse::Fuse, sequence::Sequence as Decoders, strip::Strip, wordpiece::WordPiece},
    normalizers::{BertNormalizer, Lowercase, NFC, Prepend, Replace, Sequence},
    pre_tokenizers::{
        bert::BertPreTokenizer,
        byte_level::ByteLevel,
        split::{Split, SplitPattern},
        whitespace::WhitespaceSplit,
    },
};

/// What BPE and Unigram write for a space, so that it can be seen.
const SPACE: &str = "▁";
/// A word of BPE and Unigram: a run of letters, marks and digits, or of anything else, with the space before it.
const WORD: &str = r"▁?[\p{L}\p{M}\p{N}]+|▁?[^▁\p{L}\p{M}\p{N}]+|▁";

/// The fixed steps of a kind of tokenizer. Without a cut, the whole text is one word.
pub struct Pipeline {
    pub normalizer: Option<NormalizerWrapper>,
    pub cut: Option<PreTokenizerWrapper>,
    /// Without one, tokens are joined with spaces.
    pub decoder: Option<DecoderWrapper>,
}

impl Pipeline {
    pub fn new(config: &TokenizerConfig) -> Result<Pipeline> {
        use TokenizerKind::*;
        let normalizer = normalizer(config)?;
        let cut: Option<PreTokenizerWrapper> = match config.kind {
            Characters => None,
            Words => Some(WhitespaceSplit.into()),
            Bpe | Unigram => {
                let word = SplitPattern::Regex(WORD.into());
                Some(Split::new(word, SplitDelimiterBehavior::Isolated, false).map_err(refused)?.into())
            }
            ByteLevelBpe => Some(byte_level().into()),
            WordPiece => Some(BertPreTokenizer.into()),
        };
        Ok(Pipeline { normalizer, cut, decoder: decoder(config.kind)? })
    }

    /// The normalised text.
    pub fn normalize(&self, text: &str) -> Result<NormalizedString> {
        let mut normalized = NormalizedString::from(text);
        if let Some(normalizer) = &self.normalizer {
            normalizer.normalize(&mut normalized).map_err(refused)?;
        }
        Ok(normalized)
    }

    /// The words of a normalised text, inside which tokens are made.
    pub fn words(&self, normalized: NormalizedString) -> Result<Vec<String>> {
        let mut words = PreTokenizedString::from(normalized);
        if let Some(cut) = &self.cut {
            cut.pre_tokenize(&mut words).map_err(refused)?;
        }
        let words = words.get_splits(OffsetReferential::Original, OffsetType::Byte);
        Ok(words.into_iter().map(|(word, ..)| word.to_string()).filter(|word| !word.is_empty()).collect())
    }
}

fn normalizer(config: &TokenizerConfig) -> Result<Option<NormalizerWrapper>> {
    use TokenizerKind::*;
    let lowercase = config.lowercase.then(|| Lowercase.into());
    let mut steps: Vec<NormalizerWrapper> = match config.kind {
        ByteLevelBpe => lowercase.into_iter().collect(),
        _ => [NFC.into()].into_iter().chain(lowercase).collect(),
    };
    match config.kind {
        Bpe | Unigram => {
            steps.push(Prepend::new(SPACE.into()).into());
            steps.push(Replace::new(" ", SPACE).map_err(refused)?.into());
        }
        // Drops control characters, sets spaces around Chinese characters; strips no accents.
        WordPiece => steps.push(BertNormalizer::new(true, true, Some(false), false).into()),
        _ => (),
    }
    Ok(match steps.len() {
        0 => None,
        1 => steps.pop(),
        _ => Some(Sequence::new(steps).into()),
    })
}

fn decoder(kind: TokenizerKind) -> Result<Option<DecoderWrapper>> {
    Ok(match kind {
        TokenizerKind::Characters => Some(Fuse::new().into()),
        TokenizerKind::Words => None,
        TokenizerKind::Bpe | TokenizerKind::Unigram => {
            let spaces = Replace::new(SPACE, " ").map_err(refused)?;
            Some(Decoders::new(vec![spaces.into(), Fuse::new().into(), Strip::new(' ', 1, 0).into()]).into())
        }
        TokenizerKind::ByteLevelBpe => Some(byte_level().into()),
        TokenizerKind::WordPiece => Some(WordPiece::new(PREFIX.into(), false).into()),
    })
}

/// No space before the text, and offsets that keep the space before a word.
fn byte_level() -> ByteLevel {
    ByteLevel::new(false, false, true)
}
