use anyhow::Result;
#[derive(clap::Args)]
pub struct FitArgs {}
pub fn run(_: FitArgs) -> Result<()> { Ok(()) }
