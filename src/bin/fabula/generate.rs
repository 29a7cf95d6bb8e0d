use anyhow::Result;
#[derive(clap::Args)]
pub struct GenerateArgs {}
pub fn run(_: GenerateArgs) -> Result<()> { Ok(()) }
