//! Rules from text.

use super::{Binary, Grammar, Lexical};
use crate::{Error, Result, math::check_distribution};
use ndarray::Array1;

impl Grammar {
    /// Reads rules, each with its probability at its end; `|` stands between the rules of one non-terminal. What stands left
    /// of an arrow is a non-terminal, the first one is the start symbol; any other name is a word.
    ///
    /// ```
    /// # use fabula::text::sources::Grammar;
    /// let grammar = Grammar::parse(
    ///     "S  -> NP VP 1             # a sentence is a noun phrase and a verb phrase
    ///      NP -> D N 1
    ///      VP -> V NP 0.5 | sleeps 0.5
    ///      D  -> the 1
    ///      N  -> fox 0.8 | crow 0.2
    ///      V  -> sees 1",
    /// )?;
    /// assert_eq!(grammar.log_prob("the crow sleeps")?, 0.1f64.ln());
    /// # Ok::<(), fabula::Error>(())
    /// ```
    ///
    /// # Errors
    /// If a line is no rule, a rule has neither one word nor two non-terminals or stands there twice, a non-terminal's
    /// probabilities do not sum to one, or sentences have no finite expected length (or one of more than
    /// [`Grammar::MAX_WORDS`]).
    pub fn parse(rules: &str) -> Result<Grammar> {
        let lines: Vec<(usize, &str)> = rules
            .lines()
            .map(|line| line.split('#').next().unwrap_or_default().trim())
            .enumerate()
            .filter(|(_, line)| !line.is_empty())
            .map(|(i, line)| (i + 1, line))
            .collect();
        let mut grammar = Grammar { names: Vec::new(), words: Vec::new(), binary: Vec::new(), lexical: Vec::new() };
        for &(line, text) in &lines {
            let name = text.split_once("->").map(|(name, _)| name.trim());
            match name {
                Some(name) if name.split_whitespace().count() == 1 => number(&mut grammar.names, name),
                _ => return Err(wrong(line, format!("found {text:?}, expected a rule such as NP -> D N 0.7"))),
            };
        }
        for &(line, text) in &lines {
            let (name, alternatives) = text.split_once("->").expect("the line was read above");
            let a = number(&mut grammar.names, name.trim());
            for rule in alternatives.split('|') {
                grammar.add(a, rule.trim()).map_err(|message| wrong(line, message))?;
            }
        }
        grammar.check()?;
        Ok(grammar)
    }

    fn add(&mut self, a: usize, rule: &str) -> std::result::Result<(), String> {
        let parts: Vec<&str> = rule.split_whitespace().collect();
        let Some((p, symbols)) = parts.split_last() else { return Err("a rule is empty".into()) };
        let name = |name: &str| self.names.iter().position(|known| known == name);
        let p = match p.parse::<f64>() {
            Ok(p) if p > 0.0 && p <= 1.0 => p,
            _ => return Err(format!("{rule:?} ends in {p:?}, expected its probability, above 0 and at most 1")),
        };
        let twice = match symbols {
            [w] if *w == Grammar::MASK => return Err(format!("{w} is no word: it stands for one that is not told")),
            [w] if name(w).is_some() => {
                return Err(format!("{w:?} is a non-terminal, expected a word or two non-terminals"));
            }
            [w] => {
                let w = number(&mut self.words, w);
                self.lexical.push(Lexical { a, w, p });
                self.lexical.iter().filter(|rule| (rule.a, rule.w) == (a, w)).count() > 1
            }
            [b, c] => {
                let known = |symbol| name(symbol).ok_or(format!("{symbol:?} has no rule of its own"));
                let (b, c) = (known(b)?, known(c)?);
                self.binary.push(Binary { a, b, c, p });
                self.binary.iter().filter(|rule| (rule.a, rule.b, rule.c) == (a, b, c)).count() > 1
            }
            _ => return Err(format!("{rule:?} has {} symbols, expected a word or two non-terminals", symbols.len())),
        };
        if twice { Err(format!("{rule:?} stands there twice; add the two probabilities")) } else { Ok(()) }
    }

    fn check(&self) -> Result<()> {
        if self.names.is_empty() {
            return Err(wrong(1, "no rule at all, expected at least one, such as S -> word 1".into()));
        }
        for (a, name) in self.names.iter().enumerate() {
            let (_, p): (Vec<_>, Vec<f64>) = self.rules(a).into_iter().unzip();
            check_distribution(&format!("the set of rules of {name}"), Array1::from(p).view())?;
        }
        self.check_length()
    }
}

fn wrong(line: usize, message: String) -> Error {
    Error::Grammar { line, message }
}

/// The number of a name, a new one if it has none.
fn number(names: &mut Vec<String>, name: &str) -> usize {
    names.iter().position(|known| known == name).unwrap_or_else(|| {
        names.push(name.into());
        names.len() - 1
    })
}
