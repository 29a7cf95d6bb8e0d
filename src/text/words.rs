//! The course's simple tokenizer for English.

/// The words and punctuation marks of a text, in lower case.
///
/// A word is a run of letters and digits; an apostrophe or a hyphen between two of them belongs to it (`don't`,
/// `well-fed`). Every other mark stands alone. White space only separates.
///
/// ```
/// use fabula::text::words;
/// let sentence = "\"Don't,\" said the well-fed fox.";
/// assert_eq!(words(sentence), ["\"", "don't", ",", "\"", "said", "the", "well-fed", "fox", "."]);
/// ```
pub fn words(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    let in_word = |i: usize| characters.get(i).is_some_and(|c| c.is_alphanumeric());
    let mut words: Vec<String> = Vec::new();
    let mut continues = false;
    for (i, &c) in characters.iter().enumerate() {
        let inside = in_word(i) || (matches!(c, '\'' | '-') && i > 0 && in_word(i - 1) && in_word(i + 1));
        if c.is_whitespace() {
            continues = false;
            continue;
        }
        match words.last_mut() {
            Some(word) if continues && inside => word.extend(c.to_lowercase()),
            _ => words.push(c.to_lowercase().collect()),
        }
        continues = inside;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn quotes_apostrophes_and_hyphens() {
        assert_eq!(words("the foxes' den"), ["the", "foxes", "'", "den"]);
        assert_eq!(words("'Tis I -- he"), ["'", "tis", "i", "-", "-", "he"]);
        assert_eq!(words("  \n"), Vec::<String>::new());
        assert_eq!(words("ten past 10.30"), ["ten", "past", "10", ".", "30"]);
    }
}
