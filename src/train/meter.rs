//! The mean loss, and the speed.

/// What happened since the last record.
#[derive(Default)]
pub(super) struct Meter {
    nats: f64,
    tokens: usize,
    seconds: f64,
}

impl Meter {
    pub fn add(&mut self, loss: f64, tokens: usize, seconds: f64) {
        self.nats += loss * tokens as f64;
        self.tokens += tokens;
        self.seconds += seconds;
    }

    pub fn loss(&self) -> f64 {
        self.nats / self.tokens.max(1) as f64
    }

    pub fn tokens_per_second(&self) -> f64 {
        self.tokens as f64 / self.seconds.max(1e-9)
    }
}
