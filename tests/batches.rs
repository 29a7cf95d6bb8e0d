//! Batches hold every token once, and the same seed gives the same batches.

use fabula::{
    Error,
    text::{Block, Padded},
};
use ndarray::array;
use proptest::prelude::*;

const PAD: u32 = 3;

fn sentences() -> impl Strategy<Value = Vec<Vec<u32>>> {
    prop::collection::vec(prop::collection::vec(4u32..50, 0..12), 0..60)
}

#[test]
fn two_streams_of_a_tiny_text() {
    let blocks = Block::blocks(&[10, 11, 12, 13, 14, 15], 2, 2, PAD).unwrap();
    assert_eq!(blocks.len(), 2);
    assert_eq!((&blocks[0].inputs, &blocks[0].targets), (&array![[10, 11], [13, 14]], &array![[11, 12], [14, 15]]));
    assert_eq!((&blocks[1].inputs, &blocks[1].targets), (&array![[12], [PAD]], &array![[13], [PAD]]));
    assert_eq!((&blocks[1].mask, &blocks[0].mask), (&array![[true], [false]], &array![[true, true], [true, true]]));
}

#[test]
fn a_tiny_batch_is_filled_up_at_the_ends() {
    let padded = Padded::new(&[vec![7, 8], vec![], vec![9]], PAD);
    assert_eq!(padded.ids, array![[7, 8], [PAD, PAD], [9, PAD]]);
    assert_eq!(padded.mask, array![[true, true], [false, false], [true, false]]);
    assert_eq!((padded.lengths(), padded.rows), (vec![2, 0, 1], vec![0, 1, 2]));
}

#[test]
fn sizes_of_zero_are_refused_and_nothing_gives_nothing() {
    assert!(matches!(Padded::batches(&[vec![4]], 0, PAD, 1), Err(Error::Config { name: "the batch size", .. })));
    assert!(matches!(Block::blocks(&[4, 5], 1, 0, PAD), Err(Error::Config { name: "the number of steps", .. })));
    assert!(Padded::batches(&[], 4, PAD, 1).unwrap().is_empty());
    assert!(Block::blocks(&[], 4, 4, PAD).unwrap().is_empty() && Block::blocks(&[5], 4, 4, PAD).unwrap().is_empty());
    assert_eq!(Padded::new(&[], PAD).ids.dim(), (0, 0));
}

#[test]
fn other_seeds_give_other_batches_and_similar_lengths_stand_together() {
    let sentences: Vec<Vec<u32>> = (0..1000).map(|i| vec![4; 1 + i * 7 % 40]).collect();
    let batches = |seed| Padded::batches(&sentences, 8, PAD, seed).unwrap();
    assert!(batches(1) == batches(1) && batches(1) != batches(2));
    let filled = |batches: &[Padded]| batches.iter().flat_map(|batch| &batch.mask).filter(|&&token| !token).count();
    let unsorted: Vec<Padded> = sentences.chunks(8).map(|chunk| Padded::new(chunk, PAD)).collect();
    assert!(10 * filled(&batches(1)) < filled(&unsorted), "{} of {}", filled(&batches(1)), filled(&unsorted));
}

proptest! {
    #[test]
    fn every_token_of_every_sentence_is_seen_once(sentences in sentences(), size in 1usize..9, seed in 0u64..4) {
        let batches = Padded::batches(&sentences, size, PAD, seed).unwrap();
        let mut seen = vec![None; sentences.len()];
        for batch in &batches {
            prop_assert!(batch.rows.len() <= size);
            for (b, &row) in batch.rows.iter().enumerate() {
                let ids = batch.ids.row(b).into_iter().zip(batch.mask.row(b));
                let tokens: Vec<u32> = ids.filter(|(_, token)| **token).map(|(id, _)| *id).collect();
                prop_assert_eq!(tokens.len(), batch.lengths()[b]);
                prop_assert!(batch.ids.row(b).iter().skip(tokens.len()).all(|&id| id == PAD));
                prop_assert!(seen[row].replace(tokens).is_none(), "sentence {} stands in two batches", row);
            }
        }
        let seen: Vec<Vec<u32>> = seen.into_iter().map(|tokens| tokens.expect("stands in no batch")).collect();
        prop_assert_eq!(seen, sentences);
    }

    #[test]
    fn every_token_is_read_once_and_predicted_once(n in 0usize..200, streams in 1usize..7, steps in 1usize..9) {
        let ids: Vec<u32> = (100..100 + n as u32).collect();
        let blocks = Block::blocks(&ids, streams, steps, PAD).unwrap();
        let mut inputs = vec![Vec::new(); streams];
        for block in &blocks {
            prop_assert!(block.inputs.ncols() <= steps);
            for ((b, t), &token) in block.mask.indexed_iter() {
                if token {
                    prop_assert_eq!(block.targets[[b, t]], block.inputs[[b, t]] + 1, "the target is the next token");
                    inputs[b].push(block.inputs[[b, t]]);
                } else {
                    prop_assert_eq!((block.inputs[[b, t]], block.targets[[b, t]]), (PAD, PAD));
                }
            }
        }
        // Stream behind stream, they are the text again, without its last token.
        prop_assert_eq!(inputs.concat(), ids[..n.saturating_sub(1)].to_vec());
    }
}
